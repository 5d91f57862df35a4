// Streamlit's side of the sketcher: one per mounted component, kept between reruns.
import { Sketcher } from "./sketcher.js";

const sketchers = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  let sketcher = sketchers.get(parentElement);
  if (!sketcher) {
    sketcher = new Sketcher(parentElement, data);
    sketchers.set(parentElement, sketcher);
  }
  sketcher.onUse = (molfile) => setTriggerValue("use", molfile);
  return () => {
    sketchers.delete(parentElement);
    sketcher.destroy();
  };
}
