// The viewer's toolbar, mouse and keyboard.
import { STYLES } from "./style.js";

const LABELS = { letters: "Letters on a map", none: "No labels", element: "Element", site: "Element and index", value: "Value" };

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// The toolbar of a MoleculeViewer, which gets its two menus as styleMenu and labelMenu.
export function toolbar(viewer) {
  const styles = Object.keys(STYLES).map((name) => [name, name[0].toUpperCase() + name.slice(1)]);
  const ready = (action) => (...values) => viewer.viewer && action(...values);
  viewer.styleMenu = menu("Drawing style", styles, ready((name) => viewer.setStyle(name)));
  viewer.labelMenu = menu(
    "Atom labels",
    Object.entries(LABELS),
    ready((kind) => viewer.setLabels(kind)),
  );
  const spin = button(
    "Spin",
    "Turn the picture slowly",
    ready(() => spin.setAttribute("aria-pressed", String(viewer.toggleSpin()))),
  );
  const reset = ready(() => viewer.resetViews());
  const picture = ready(() => viewer.savePicture());
  return make(
    "div",
    { class: "toolbar" },
    viewer.styleMenu,
    viewer.labelMenu,
    spin,
    button("Reset view", "Show the whole structure again (0)", reset),
    button("Figure", "A figure to publish: size in mm, resolution, background", ready(() => viewer.toggleFigure())),
    button("PNG", "Save the picture as seen, 3,200 pixels wide", picture),
  );
}

function menu(name, options, change) {
  const element = make("select", { title: name, "aria-label": name });
  for (const [value, text] of options) element.append(make("option", { value }, text));
  element.addEventListener("change", () => change(element.value));
  return element;
}

function button(text, title, press) {
  const element = make("button", { type: "button", title }, text);
  element.addEventListener("click", press);
  return element;
}

// 3Dmol itself turns and zooms with the mouse; here is what a click and a key mean.
export function listen(viewer) {
  const { root, stage } = viewer;
  let down; // where the button was pressed
  stage.addEventListener("mousedown", (event) => {
    down = [event.clientX, event.clientY];
    viewer.picked = false;
    root.focus({ preventScroll: true });
  });
  listenToTouch(viewer);
  // A click that hit no atom, and was not the end of a drag, clears the selection.
  stage.addEventListener("click", (event) => {
    const still = down?.[0] === event.clientX && down?.[1] === event.clientY;
    if (still && !viewer.picked && !event.shiftKey && viewer.selected.length) viewer.select([]);
  });
  for (const type of ["keyup", "keypress"]) {
    root.addEventListener(type, (event) => event.stopPropagation());
  }
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // r and c are Streamlit's
    if (event.target === root && viewer.viewer && pressed(viewer, event.key)) event.preventDefault();
  });
}

// One finger is the page's, which scrolls; its tap comes as a click. Two turn and zoom.
function listenToTouch(viewer) {
  const TURN = 0.5; // degrees per pixel
  let before; // the two fingers' middle and distance
  const seen = ([a, b]) => ({
    x: (a.clientX + b.clientX) / 2,
    y: (a.clientY + b.clientY) / 2,
    apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  });
  const touched = (event) => {
    event.stopPropagation(); // 3Dmol would take the first finger
    const { touches } = event;
    if (touches.length !== 2 || !viewer.viewer) {
      before = undefined;
      return;
    }
    event.preventDefault();
    const now = seen(touches);
    if (before) {
      viewer.viewer.rotate((now.x - before.x) * TURN, "y");
      viewer.viewer.rotate((now.y - before.y) * TURN, "x");
      if (before.apart > 0) viewer.viewer.zoom(now.apart / before.apart);
    }
    before = now;
  };
  for (const type of ["touchstart", "touchmove", "touchend", "touchcancel"]) {
    viewer.stage.addEventListener(type, touched, { capture: true, passive: false });
  }
}

const TURNS = {
  ArrowLeft: [-10, "y"],
  ArrowRight: [10, "y"],
  ArrowUp: [-10, "x"],
  ArrowDown: [10, "x"],
};

// Do what the key stands for; false for any other key.
function pressed(viewer, key) {
  if (TURNS[key]) viewer.viewer.rotate(...TURNS[key]);
  else if (key === "+" || key === "=") viewer.viewer.zoom(1.15);
  else if (key === "-") viewer.viewer.zoom(1 / 1.15);
  else if (key === "0" || key === "Home") viewer.resetViews();
  else if (key === "]" || key === "[") viewer.step(key === "]" ? 1 : -1);
  else if (key === "Escape") viewer.select([]);
  else return false;
  return true;
}
