// The 3D viewer: draws a scene made by gamnet.views.scene and knows nothing about Streamlit.
// Text from the scene only ever becomes textContent or canvas text, never markup.
import { filling, moved, same } from "./camera.js";
import { createCanvas, destroyCanvas, drawOnce, freeBuffers } from "./canvas.js";
import { listen, make, toolbar } from "./controls.js";
import { load3Dmol } from "./library.js";
import { drawLetters, drawOverlay } from "./overlay.js";
import { figurePanel } from "./figure.js";
import { enlarged, figure, save } from "./picture.js";
import { Surroundings } from "./shapes.js";
import { STYLES, STYLESHEET } from "./style.js";

const BALL_LIMIT = 2000; // drawn atoms above which bonds are left out
const OUTLINE = "#55606c"; // seen on light and dark pages, soft on both
const LABEL_LIMIT = 400; // drawn atoms above which only selected atoms are labelled

// Shared by all viewers of the page: what the user chose, and where each structure was looked at.
const preferences = { style: "ball-and-stick", labels: "letters" };
const views = new Map();
const mounted = new Set();

export class MoleculeViewer {
  constructor(parent) {
    this.onSelect = () => {};
    this.onHover = () => {}; // of an atom's index, or null
    this.selected = [];
    this.sheet = make("style", {}, STYLESHEET);
    this.stage = make("div", { class: "stage" });
    this.overlay = make("canvas", { class: "overlay" });
    this.tip = make("div", { class: "tip", role: "status", hidden: "" });
    this.notice = make("div", { class: "notice", hidden: "" });
    this.announcement = make("div", { class: "unseen", "aria-live": "polite" });
    this.message = make("div", { class: "message", role: "alert" }, "Loading the 3D viewer…");
    this.figure = figurePanel((asked) => this.viewer && this.saveFigure(asked));
    this.root = make(
      "div",
      { class: "viewer", tabindex: "0", role: "application" },
      this.stage,
      this.overlay,
      toolbar(this),
      this.notice,
      this.figure.panel,
      this.announcement,
      this.tip,
      this.message,
    );
    parent.append(this.sheet, this.root);
    listen(this);
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
    drawOnce(this.viewer, () => {
      this.#applyTheme();
      if (this.sceneId !== scene.scene_id) this.#build();
      else this.#restyle();
    });
    this.root.dataset.ready = scene.scene_id;
  }

  destroy() {
    this.destroyed = true;
    mounted.delete(this);
    if (this.viewer) {
      freeBuffers(this.model);
      destroyCanvas(this.viewer);
    }
    this.sheet.remove();
    this.root.remove();
  }

  async #prepare() {
    if (this.viewer) return;
    const $3Dmol = await load3Dmol();
    if (this.viewer || this.destroyed) return;
    this.viewer = createCanvas($3Dmol, this.stage);
    this.around = new Surroundings($3Dmol, this.viewer);
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
    this.viewer.setViewStyle({ style: "outline", color: OUTLINE, width: 0.025 });
  }

  #build() {
    const { scene, viewer } = this;
    freeBuffers(this.model);
    viewer.removeAllModels();
    viewer.removeAllShapes();
    this.around.forget();
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
      const order = scene.orders[k / 2];
      atoms[a].bonds.push(b);
      atoms[a].bondOrder.push(order);
      atoms[b].bonds.push(a);
      atoms[b].bondOrder.push(order);
    }
    this.model = viewer.addModel();
    this.model.addAtoms(atoms);
    this.atoms = this.model.selectedAtoms({}); // 3Dmol's own copies
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
    this.#restyle();
    const view = scene.group ? this.#groupView() : views.get(this.viewId);
    if (view) this.#alone(() => viewer.setView(view));
    else this.#reset();
  }

  // Colours, style and halos of the atoms that are there; the camera is left where it is.
  #restyle() {
    const { scene, model } = this;
    freeBuffers(this.model);
    for (const atom of this.atoms) atom.color = scene.colours[atom.site];
    const large = scene.symbols.length > BALL_LIMIT;
    const { sphere, bond } = STYLES[large ? "spheres" : preferences.style];
    model.setStyle({}, { sphere });
    this.around.bonds(this.atoms, bond);
    this.styleMenu.value = large ? "spheres" : preferences.style;
    this.labelMenu.value = preferences.labels;
    this.#mark();
    this.around.showOrbital(scene.orbital);
    this.root.dataset.orbital = this.around.orbitalId ?? "";
    this.root.dataset.polyhedra = String(this.around.showPolyhedra(scene.polyhedra, scene.colours));
  }

  #mark() {
    const spheres = preferences.style === "spheres";
    const arcs = this.around.mark(this.scene, this.atoms, this.selected, spheres, this.theme);
    this.root.dataset.arcs = String(arcs);
    this.root.dataset.measure = this.around.measure?.text ?? "";
    this.root.dataset.selected = this.selected.join(",");
  }

  #reset() {
    const { viewer } = this;
    this.#alone(() => {
      viewer.setView([0, 0, 0, 0, ...this.scene.rotation]);
      viewer.zoomTo({ model: this.model }); // the atoms, whatever is drawn around them
      const box = this.stage.getBoundingClientRect();
      for (let pass = 0; pass < 2 && box.width && box.height; pass += 1) {
        viewer.zoom(filling(viewer, this.atoms, box)); // perspective: the second pass corrects
      }
    });
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

  // stretch : of the viewer's own pixels to those of the overlay.
  #drawOverlay(context, ratio, width, height, stretch = 1, withBar = true) {
    const kind = preferences.labels;
    const few = this.atoms.length <= LABEL_LIMIT;
    const all = few && kind !== "none" && kind !== "letters";
    const chosen = new Set(this.selected);
    const labelled = this.atoms.filter((atom) => all || chosen.has(atom.site));
    const origin = this.stage.getBoundingClientRect();
    const named = labelled.map((atom) => {
      const { x, y, z, site } = atom;
      const text = this.#label(atom, all ? preferences.labels : "site");
      return { x, y, z, text, strong: chosen.has(site) };
    });
    const marks = [...named, ...this.around.labels()];
    const placed = (points) =>
      this.viewer.modelToScreen(points).map((point, k) => ({
        ...points[k],
        x: (point.x - origin.left - window.scrollX) * stretch,
        y: (point.y - origin.top - window.scrollY) * stretch,
      }));
    const labels = placed(marks);
    context.save();
    context.scale(ratio, ratio);
    // Colours that mean numbers hide which element an atom is; its letter says so.
    const several = new Set(this.scene.symbols.filter((symbol) => symbol !== "H")).size > 1;
    if (few && several && kind === "letters" && !this.scene.bar.swatches) {
      drawLetters(context, this.#discs(placed), chosen, this.theme);
    }
    drawOverlay(context, { width, height, labels, bar: withBar && this.scene.bar, theme: this.theme });
    context.restore();
  }

  // The atoms as they lie on the screen, nearest first: middle and radius in pixels.
  #discs(placed) {
    const { sphere } = STYLES[this.styleMenu.value];
    const turned = this.viewer.modelGroup.matrixWorld.elements;
    const depth = (atom) => turned[2] * atom.x + turned[6] * atom.y + turned[10] * atom.z;
    const middles = placed(this.atoms.map(({ x, y, z, elem, site, color }) => ({ x, y, z, elem, site, color })));
    // A point at an atom's rim, across the line of sight.
    const rims = placed(
      this.atoms.map((atom) => {
        const radius = sphere.radius ?? sphere.scale * this.around.radius(atom.elem);
        return { x: atom.x + turned[0] * radius, y: atom.y + turned[4] * radius, z: atom.z + turned[8] * radius };
      }),
    );
    return middles
      .map((disc, k) => ({
        ...disc,
        depth: depth(this.atoms[k]),
        radius: Math.hypot(rims[k].x - disc.x, rims[k].y - disc.y),
      }))
      .sort((a, b) => b.depth - a.depth);
  }

  #label(atom, kind) {
    if (kind === "element") return atom.elem;
    if (kind === "value") return this.scene.values[atom.site];
    return `${atom.elem}${atom.site}`;
  }

  // Save the picture as seen, overlay included, at print resolution.
  savePicture() {
    this.viewer.setViewChangeCallback(null);
    const box = this.stage.getBoundingClientRect();
    const [picture, ratio] = enlarged(this.viewer, box);
    this.viewer.setViewChangeCallback(() => this.#viewChanged());
    this.viewer.render();
    this.#drawOverlay(picture.getContext("2d"), ratio, box.width, box.height);
    save(picture, this.scene.file_name);
  }

  toggleFigure() {
    this.figure.panel.hidden = !this.figure.panel.hidden;
    const { bar, description } = this.scene;
    const colours = bar.title ? [`Colours: ${bar.title}`, bar.note].filter(Boolean).join(", ") : "Element colours";
    this.figure.caption.value = `${description}. ${colours}.`;
  }

  // Save a figure of an exact size in pixels; letters : height of the colour bar's title in pixels.
  saveFigure({ width, height, letters, transparent, bar }) {
    this.viewer.setViewChangeCallback(null);
    const picture = figure(this.viewer, { width, height, transparent }, this.theme.background, (context, ratio) => {
      const unit = letters / 12; // the overlay's title has 12
      this.#drawOverlay(context, unit, width / unit, height / unit, ratio / unit, bar);
    });
    this.viewer.setViewChangeCallback(() => this.#viewChanged());
    this.viewer.render();
    save(picture, this.scene.file_name);
  }

  select(sites) {
    this.selected = sites;
    this.#mark();
    this.viewer.render();
    this.announcement.textContent = this.#spoken();
    this.onSelect(sites);
  }

  // What is selected, for those who hear the page.
  #spoken() {
    if (!this.selected.length) return "No atom selected";
    const site = this.selected.at(-1);
    const { elem } = this.atoms.find((atom) => atom.site === site);
    const more = this.selected.length > 1 ? `, ${this.selected.length} atoms selected` : "";
    return [`${elem}, atom ${site}`, ...this.scene.details[site]].join(", ") + more;
  }

  #clicked(atom, event) {
    this.picked = true;
    const others = this.selected.filter((site) => site !== atom.site);
    const wasIn = others.length < this.selected.length;
    if (event.shiftKey) this.select(wasIn ? others : [...this.selected, atom.site]);
    else this.select(wasIn && others.length === 0 ? [] : [atom.site]);
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
    this.onHover(atom.site);
  }

  #unhover() {
    this.tip.hidden = true;
    this.stage.style.cursor = "";
    this.onHover(null);
  }

  // What the toolbar and the keys do; without a picture (no WebGL) they do nothing.
  setStyle(name) {
    preferences.style = name;
    drawOnce(this.viewer, () => this.#restyle());
  }

  setLabels(kind) {
    preferences.labels = kind;
    this.viewer.render();
  }

  toggleSpin() {
    this.spinning = !this.spinning;
    this.viewer.spin(this.spinning ? "y" : false, 0.5);
    return this.spinning;
  }

  resetViews() {
    for (const other of [this, ...this.#group()]) drawOnce(other.viewer, () => other.#reset());
  }

  // Select the next (1) or the previous (-1) atom.
  step(by) {
    const count = this.scene.colours.length;
    const last = this.selected.at(-1) ?? (by > 0 ? -1 : 0);
    this.select([(last + by + count) % count]);
  }
}
