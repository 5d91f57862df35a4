// Streamlit's side of a cloud of points: one per mounted component, kept between reruns.
import { Cloud } from "./cloud.js";

const clouds = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  let cloud = clouds.get(parentElement);
  if (!cloud) {
    cloud = new Cloud(parentElement);
    clouds.set(parentElement, cloud);
  }
  cloud.onSelect = (rows, drawn) => setTriggerValue("select", { rows, drawn });
  cloud.show(data);
  return () => {
    clouds.delete(parentElement);
    cloud.destroy();
  };
}
