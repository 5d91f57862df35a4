// The 3D viewer: draws a scene made by gamnet.views.scene and knows nothing about Streamlit.
// Text from the scene only ever becomes textContent or canvas text, never markup.
import { STYLESHEET } from "./viewer-style.js";
import { drawOverlay } from "./viewer-overlay.js";
import { moved, same } from "./viewer-camera.js";

const BALL_LIMIT = 2000; // drawn atoms above which bonds are left out
const LABEL_LIMIT = 400; // drawn atoms above which only selected atoms are labelled
const PRINT_WIDTH = 3200; // pixels of an exported picture: 27 cm at 300 dpi
const MAX_BUFFER = 4096; // every WebGL 2 device can draw this many pixels across
const STYLES = {
  "ball-and-stick": { sphere: { scale: 0.27 }, stick: { radius: 0.12 } },
  sticks: { stick: { radius: 0.2 }, sphere: { radius: 0.2 } },
  spheres: { sphere: { scale: 0.6 } },
};
const LABELS = { none: "No labels", element: "Element", site: "Element and index", value: "Value" };

// Shared by all viewers of the page: what the user chose, and where each structure was looked at.
const preferences = { style: "ball-and-stick", labels: "none" };
const views = new Map();
const mounted = new Set();
let library; // promise of the 3Dmol module

function loadLibrary() {
  library ??= import(new URL("./3dmol/3Dmol.es6-min.js", import.meta.url));
  return library;
}

function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export class MoleculeViewer {
  constructor(parent) {
    this.onSelect = () => {};
    this.selected = [];
    this.sheet = make("style", {}, STYLESHEET);
    this.stage = make("div", { class: "stage" });
    this.overlay = make("canvas", { class: "overlay" });
    this.tip = make("div", { class: "tip", role: "status", hidden: "" });
    this.notice = make("div", { class: "notice", hidden: "" });
    this.message = make("div", { class: "message", role: "alert" }, "Loading the 3D viewer…");
    this.root = make(
      "div",
      { class: "viewer", tabindex: "0", role: "application" },
      this.stage,
      this.overlay,
      this.#toolbar(),
      this.notice,
      this.tip,
      this.message,
    );
    parent.append(this.sheet, this.root);
    this.#listen();
    mounted.add(this);
  }

  // Draw a scene: rebuild for another structure, recolour in place for the same one.
  async show(scene) {
    this.scene = scene;
    this.selected = scene.selected;
    this.root.style.height = `${scene.height}px`;
    this.root.setAttribute("aria-label", scene.description);
    try {
      await this.#prepare();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.destroyed || scene !== this.scene) return;
    this.#applyTheme();
    if (this.sceneId !== scene.scene_id) this.#build();
    else this.#restyle();
    this.root.dataset.ready = scene.scene_id;
  }

  destroy() {
    this.destroyed = true;
    mounted.delete(this);
    if (this.viewer) {
      this.viewer.setViewChangeCallback(null);
      this.viewer.spin(false);
      this.#free();
      this.viewer.divwatcher?.disconnect();
      this.viewer.intwatcher?.disconnect();
      // 3Dmol draws every viewer of a page with one WebGL context: give it back with the last one.
      const context = this.viewer.renderer.getContext();
      if (mounted.size === 0) context?.getExtension("WEBGL_lose_context")?.loseContext();
    }
    this.sheet.remove();
    this.root.remove();
  }

  async #prepare() {
    if (this.viewer) return;
    if (!hasWebGL()) {
      throw new Error(
        "This browser has no WebGL 2, which the 3D picture needs. Switch on hardware " +
          "acceleration or use another browser; the chart and the table show the same numbers.",
      );
    }
    let $3Dmol;
    try {
      $3Dmol = await loadLibrary();
    } catch {
      library = undefined;
      throw new Error(
        "3Dmol.js could not be loaded. Run “python -m gamnet.assets” where the page is served, " +
          "then reload; the chart and the table show the same numbers.",
      );
    }
    if (this.viewer || this.destroyed) return;
    this.viewer = $3Dmol.createViewer(this.stage, { hoverDuration: 40, lowerZoomLimit: 2 });
    this.viewer.setViewChangeCallback(() => this.#viewChanged());
    this.message.hidden = true;
  }

  #fail(error) {
    this.message.textContent = error.message ?? String(error);
    this.message.hidden = false;
    this.message.classList.add("failed");
  }

  #applyTheme() {
    const style = getComputedStyle(this.root);
    const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    this.theme = {
      background: colour("--st-background-color", "#ffffff"),
      text: colour("--st-text-color", "#1d2733"),
      accent: colour("--st-primary-color", "#0b6e99"),
      font: colour("--st-font", "sans-serif"),
    };
    this.viewer.setBackgroundColor(this.theme.background);
  }

  #build() {
    const { scene, viewer } = this;
    this.#free();
    viewer.removeAllModels();
    viewer.removeAllShapes();
    this.halos = [];
    this.sceneId = scene.scene_id;
    // Scenes with one view_id, such as the frames of a trajectory, share their camera.
    this.viewId = scene.view_id ?? scene.scene_id;
    const atoms = scene.symbols.map((elem, i) => ({
      elem,
      x: scene.positions[3 * i],
      y: scene.positions[3 * i + 1],
      z: scene.positions[3 * i + 2],
      site: scene.sites[i],
      bonds: [],
      bondOrder: [],
    }));
    for (let k = 0; k < scene.bonds.length; k += 2) {
      const [a, b] = [scene.bonds[k], scene.bonds[k + 1]];
      atoms[a].bonds.push(b);
      atoms[a].bondOrder.push(1);
      atoms[b].bonds.push(a);
      atoms[b].bondOrder.push(1);
    }
    this.model = viewer.addModel();
    this.model.addAtoms(atoms);
    this.model.setClickable({}, true, (atom, _, event) => this.#clicked(atom, event));
    this.model.setHoverable({}, true, (atom, _, event) => this.#hover(atom, event), () => this.#unhover());
    for (const [start, end] of scene.cell) {
      const [from, to] = [start, end].map(([x, y, z]) => ({ x, y, z }));
      viewer.addCylinder({ start: from, end: to, radius: 0.025, color: this.theme.text, opacity: 0.55 });
    }
    const large = atoms.length > BALL_LIMIT;
    this.styleMenu.disabled = large;
    this.notice.hidden = !large;
    this.notice.textContent = large
      ? `${atoms.length.toLocaleString("en")} atoms drawn as spheres: bonds are shown up to ${BALL_LIMIT.toLocaleString("en")}.`
      : "";
    this.#restyle(false);
    const view = scene.group ? this.#groupView() : views.get(this.viewId);
    if (view) {
      this.#alone(() => {
        viewer.setView(view);
        viewer.render(); // setView alone does not draw what was added
      });
    } else this.#reset();
  }

  // Colours, style and halos of the atoms that are there; the camera is left where it is.
  #restyle(render = true) {
    const { scene, viewer, model } = this;
    this.#free();
    for (const atom of model.selectedAtoms({})) atom.color = scene.colours[atom.site];
    const large = scene.symbols.length > BALL_LIMIT;
    model.setStyle({}, STYLES[large ? "spheres" : preferences.style]);
    this.styleMenu.value = large ? "spheres" : preferences.style;
    this.labelMenu.value = preferences.labels;
    this.#halo();
    if (render) viewer.render();
  }

  // 3Dmol leaves a replaced model's buffers in graphics memory.
  #free() {
    for (const object of [this.model?.molObj, this.model?.renderedMolObj]) {
      for (const child of object?.children ?? []) child.geometry?.dispose?.();
    }
  }

  #halo() {
    const { viewer, model, scene, theme } = this;
    for (const shape of this.halos) viewer.removeShape(shape);
    const chosen = new Set(this.selected);
    this.halos = model.selectedAtoms({}).filter((atom) => chosen.has(atom.site)).map((atom) =>
      viewer.addSphere({
        center: { x: atom.x, y: atom.y, z: atom.z },
        radius: preferences.style === "spheres" ? 1.3 : 0.75,
        color: theme.accent,
        opacity: 0.45,
      }),
    );
    this.root.dataset.selected = scene.scene_id ? this.selected.join(",") : "";
  }

  #reset() {
    const { viewer } = this;
    this.#alone(() => {
      viewer.setView([0, 0, 0, 0, ...this.scene.rotation]);
      viewer.zoomTo();
      for (let pass = 0; pass < 2; pass += 1) this.#fit(); // perspective: the second pass corrects
      viewer.render();
    });
  }

  #resetAll() {
    for (const viewer of [this, ...this.#group()]) viewer.#reset();
  }

  // The other viewers whose scenes have the same `group`: their cameras are locked to this one's.
  #group() {
    const { group } = this.scene;
    return [...mounted].filter((other) => group && other !== this && other.view && other.scene?.group === group);
  }

  // Where a new member of the group starts: turned and zoomed as the others are.
  #groupView() {
    const saved = views.get(this.viewId); // the reset below writes over it
    this.#reset();
    this.home = this.view;
    const [other] = this.#group();
    return other ? moved(this.home, other.home, other.view) : saved;
  }

  // Move the camera without taking the group along.
  #alone(move) {
    this.view = null;
    move();
    this.view = this.viewer.getView();
  }

  #lead() {
    const [before, after] = [this.view, this.viewer.getView()];
    if (!before || same(before, after)) return;
    this.view = after;
    for (const other of this.#group()) other.#follow(before, after);
  }

  #follow(before, after) {
    const view = same(this.view, before) ? after : moved(this.view, before, after);
    this.#alone(() => this.viewer.setView(view));
  }

  // Zoom so that the atoms fill the space between the toolbar and the colour bar, and centre them.
  #fit() {
    const { viewer } = this;
    const box = this.stage.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const atoms = this.model.selectedAtoms({});
    const mean = (axis) => atoms.reduce((sum, atom) => sum + atom[axis], 0) / atoms.length;
    const centre = { x: mean("x"), y: mean("y"), z: mean("z") };
    // A small molecule does not fill the frame: at least 5 A are shown.
    const space = ["x", "y", "z"].flatMap((axis) =>
      [-2.5, 2.5].map((shift) => ({ ...centre, [axis]: centre[axis] + shift })),
    );
    const points = viewer.modelToScreen([...atoms, ...space]);
    const span = (axis) => {
      const values = points.map((point) => point[axis]);
      return [Math.min(...values), Math.max(...values)];
    };
    const [[left, right], [top, bottom]] = [span("x"), span("y")];
    const margin = 60; // half an atom on either side, in pixels
    const width = (box.width - 2 * margin) / Math.max(right - left, 40);
    const height = (box.height - 90 - 2 * margin) / Math.max(bottom - top, 40);
    viewer.zoom(Math.min(width, height, 4));
  }

  #viewChanged() {
    if (!this.model) return; // 3Dmol draws once before there is anything to draw
    views.set(this.viewId, this.viewer.getView());
    if (views.size > 64) views.delete(views.keys().next().value);
    this.#lead();
    this.#paint();
  }

  #paint() {
    const box = this.stage.getBoundingClientRect();
    const ratio = Math.max(window.devicePixelRatio || 1, 2);
    this.overlay.width = box.width * ratio;
    this.overlay.height = box.height * ratio;
    this.#drawOverlay(this.overlay.getContext("2d"), ratio, box.width, box.height);
  }

  #drawOverlay(context, ratio, width, height) {
    const atoms = this.model.selectedAtoms({});
    const all = preferences.labels !== "none" && atoms.length <= LABEL_LIMIT;
    const chosen = new Set(this.selected);
    const labelled = atoms.filter((atom) => all || chosen.has(atom.site));
    const origin = this.stage.getBoundingClientRect();
    const labels = this.viewer.modelToScreen(labelled).map((point, k) => ({
      x: point.x - origin.left - window.scrollX,
      y: point.y - origin.top - window.scrollY,
      text: this.#label(labelled[k], all ? preferences.labels : "site"),
      strong: chosen.has(labelled[k].site),
    }));
    context.save();
    context.scale(ratio, ratio);
    drawOverlay(context, { width, height, labels, bar: this.scene.bar, theme: this.theme });
    context.restore();
  }

  #label(atom, kind) {
    if (kind === "element") return atom.elem;
    if (kind === "value") return this.scene.values[atom.site];
    return `${atom.elem}${atom.site}`;
  }

  // The picture as seen, overlay included, at print resolution.
  savePicture() {
    const { viewer } = this;
    const box = this.stage.getBoundingClientRect();
    const pixels = Math.max(window.devicePixelRatio || 1, 2); // 3Dmol draws at least double
    const longest = Math.max(box.width, box.height);
    const factor = Math.min(PRINT_WIDTH / box.width, MAX_BUFFER / longest) / pixels;
    viewer.setViewChangeCallback(null);
    viewer.setWidth(box.width * factor);
    viewer.setHeight(box.height * factor);
    viewer.render();
    const picture = document.createElement("canvas");
    picture.width = Math.round(box.width * factor * pixels);
    picture.height = Math.round(box.height * factor * pixels);
    const context = picture.getContext("2d");
    context.drawImage(viewer.getCanvas(), 0, 0, picture.width, picture.height);
    viewer.resize();
    for (const side of ["width", "height"]) viewer.getCanvas().style[side] = "100%";
    viewer.setViewChangeCallback(() => this.#viewChanged());
    viewer.render();
    this.#drawOverlay(context, factor * pixels, box.width, box.height);
    picture.toBlob((blob) => {
      const link = make("a", { href: URL.createObjectURL(blob), download: this.scene.file_name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  #select(sites) {
    this.selected = sites;
    this.#halo();
    this.viewer.render();
    this.onSelect(sites);
  }

  #clicked(atom, event) {
    this.picked = true;
    const others = this.selected.filter((site) => site !== atom.site);
    const wasIn = others.length < this.selected.length;
    if (event.shiftKey) this.#select(wasIn ? others : [...this.selected, atom.site]);
    else this.#select(wasIn && others.length === 0 ? [] : [atom.site]);
  }

  #hover(atom, event) {
    const lines = [`${atom.elem} · atom ${atom.site}`, ...this.scene.details[atom.site]];
    this.tip.replaceChildren(...lines.map((line) => make("div", {}, line)));
    const box = this.root.getBoundingClientRect();
    const x = (event?.clientX ?? box.left) - box.left;
    const y = (event?.clientY ?? box.top) - box.top;
    this.tip.hidden = false;
    this.tip.style.left = `${Math.min(x + 14, box.width - this.tip.offsetWidth - 8)}px`;
    this.tip.style.top = `${Math.min(y + 14, box.height - this.tip.offsetHeight - 8)}px`;
    this.stage.style.cursor = "pointer";
  }

  #unhover() {
    this.tip.hidden = true;
    this.stage.style.cursor = "";
  }

  #toolbar() {
    this.styleMenu = this.#menu("Drawing style", Object.keys(STYLES), (name) => {
      preferences.style = name;
      this.#restyle();
    });
    this.labelMenu = this.#menu("Atom labels", Object.entries(LABELS), (name) => {
      preferences.labels = name;
      this.viewer.render();
    });
    const spin = this.#button("Spin", "Turn the picture slowly", () => {
      this.spinning = !this.spinning;
      this.viewer.spin(this.spinning ? "y" : false, 0.5);
      spin.setAttribute("aria-pressed", String(this.spinning));
    });
    return make(
      "div",
      { class: "toolbar" },
      this.styleMenu,
      this.labelMenu,
      spin,
      this.#button("Reset view", "Show the whole structure again (0)", () => this.#resetAll()),
      this.#button("PNG", "Save the picture as seen, 3,200 pixels wide", () => this.savePicture()),
    );
  }

  #menu(name, options, change) {
    const menu = make("select", { title: name, "aria-label": name });
    for (const option of options) {
      const [value, text] = Array.isArray(option) ? option : [option, option];
      menu.append(make("option", { value }, text[0].toUpperCase() + text.slice(1)));
    }
    menu.addEventListener("change", () => change(menu.value));
    return menu;
  }

  #button(text, title, press) {
    const button = make("button", { type: "button", title }, text);
    button.addEventListener("click", () => this.viewer && press());
    return button;
  }

  #listen() {
    // A click that hit no atom, and was not the end of a drag, clears the selection.
    this.stage.addEventListener("mousedown", (event) => {
      this.down = [event.clientX, event.clientY];
      this.picked = false;
      this.root.focus({ preventScroll: true });
    });
    this.stage.addEventListener("click", (event) => {
      const still = this.down?.[0] === event.clientX && this.down?.[1] === event.clientY;
      if (still && !this.picked && !event.shiftKey && this.selected.length) this.#select([]);
    });
    for (const type of ["keyup", "keypress"]) {
      this.root.addEventListener(type, (event) => event.stopPropagation());
    }
    this.root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      event.stopPropagation(); // r and c are Streamlit's
      if (event.target === this.root && this.viewer && this.#key(event.key)) event.preventDefault();
    });
  }

  #key(key) {
    const { viewer } = this;
    const turns = { ArrowLeft: [-10, "y"], ArrowRight: [10, "y"], ArrowUp: [-10, "x"], ArrowDown: [10, "x"] };
    const step = { "]": 1, "[": -1 }[key];
    if (turns[key]) viewer.rotate(...turns[key]);
    else if (key === "+" || key === "=") viewer.zoom(1.15);
    else if (key === "-") viewer.zoom(1 / 1.15);
    else if (key === "0" || key === "Home") this.#resetAll();
    else if (key === "Escape") this.#select([]);
    else if (step) {
      const count = this.scene.colours.length;
      const last = this.selected.at(-1) ?? (step > 0 ? -1 : 0);
      this.#select([(last + step + count) % count]);
    } else return false;
    return true;
  }
}
