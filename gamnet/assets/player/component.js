// Streamlit's side of the player: one per mounted component, kept between reruns.
import { TrajectoryPlayer } from "./player.js";

const players = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new TrajectoryPlayer(parentElement);
    players.set(parentElement, player);
  }
  player.onOpen = (frame) => setTriggerValue("open", frame);
  player.show(data);
  return () => {
    players.delete(parentElement);
    player.destroy();
  };
}
