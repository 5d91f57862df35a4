// Streamlit's side of the viewer: one MoleculeViewer per mounted component, kept between reruns.
import { link } from "./linked.js";
import { MoleculeViewer } from "./viewer.js";

const viewers = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = new MoleculeViewer(parentElement);
    viewer.unlink = link(viewer);
    viewers.set(parentElement, viewer);
  }
  viewer.onSelect = (sites) => setTriggerValue("select", { sites });
  viewer.show(data);
  return () => {
    viewers.delete(parentElement);
    viewer.unlink();
    viewer.destroy();
  };
}
