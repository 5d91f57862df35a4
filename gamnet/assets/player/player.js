// The trajectory player: 3D view, tracks and controls that follow one frame, without the server.
// Text from the data only ever becomes textContent or canvas text, never markup.
import { MoleculeViewer } from "../viewer/viewer.js";
import { make } from "../viewer/controls.js";
import { TrajectoryData } from "./data.js";
import { STYLESHEET } from "./style.js";
import { Tracks } from "./tracks.js";

const SPEEDS = [2, 5, 10, 20, 30, 60]; // frames per second
const NARROW = 820; // px of the player, below which the tracks go under the picture
const BIG_STEP = 10;

export class TrajectoryPlayer {
  constructor(parent) {
    this.onOpen = () => {};
    this.selected = [];
    this.speed = 20;
    this.looping = true;
    this.sheet = make("style", {}, STYLESHEET);
    this.picture = make("div", { class: "picture" });
    this.fault = make("div", { class: "fault", role: "status", hidden: "" });
    this.tracks = new Tracks({
      onScrub: (frame) => {
        this.pause();
        this.go(frame);
      },
      onPick: (atom, add) => this.pick(atom, add),
    });
    this.readout = make("div", { class: "readout" });
    this.jumps = make("div", { class: "jumps", role: "group", "aria-label": "Jump to a frame" });
    this.root = make(
      "div",
      { class: "player", tabindex: "0", role: "group", "aria-label": "Trajectory player" },
      make("div", { class: "panes" }, this.picture, this.tracks.root),
      this.#controls(),
      this.readout,
      this.jumps,
    );
    this.viewer = new MoleculeViewer(this.picture);
    this.viewer.onSelect = (atoms) => this.#select(atoms);
    this.picture.append(this.fault);
    parent.append(this.sheet, this.root);
    this.resized = new ResizeObserver(([entry]) => {
      const narrow = entry.contentRect.width < NARROW;
      if (narrow === this.root.classList.contains("narrow")) return;
      this.root.classList.toggle("narrow", narrow);
      if (this.data) this.go(this.frame);
    });
    this.resized.observe(this.root);
    this.#listen();
  }

  // New data: of the same frames, e.g. another property, keeps frame, selection and camera.
  show(bytes) {
    const before = this.data;
    this.data = new TrajectoryData(bytes);
    if (before?.id !== this.data.id || before.n_frames !== this.data.n_frames) {
      this.pause();
      this.selected = [];
      this.frame = 0;
      while (this.data.failed(this.frame)) this.frame += 1;
    }
    this.slider.max = this.data.n_frames - 1;
    this.tracks.show(this.data, this.#theme());
    this.#listJumps();
    this.go(this.frame);
    this.root.dataset.ready = this.data.id;
    this.root.dataset.property = this.data.property.id;
  }

  destroy() {
    this.pause();
    this.resized.disconnect();
    this.tracks.destroy();
    this.viewer.destroy();
    this.sheet.remove();
    this.root.remove();
  }

  // Every part follows this.
  go(frame) {
    const { data } = this;
    this.frame = Math.min(Math.max(frame, 0), data.n_frames - 1);
    const reason = data.failed(this.frame);
    this.fault.hidden = reason === undefined;
    this.openButton.disabled = reason !== undefined;
    if (reason === undefined) {
      this.viewer.tip.hidden = true; // it spoke of the frame before
      const scene = data.scene(this.frame, this.selected);
      // Stacked, the picture leaves room for the tracks.
      if (this.root.classList.contains("narrow")) scene.height = Math.round(0.75 * scene.height);
      this.viewer.show(scene);
    } else {
      this.fault.replaceChildren(make("strong", {}, "No prediction for this frame"), reason);
    }
    this.tracks.mark(this.frame, this.selected);
    this.slider.value = this.frame;
    this.slider.setAttribute("aria-valuetext", this.#place());
    this.#say();
    for (const button of this.jumps.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(Number(button.dataset.frame) === this.frame));
    }
    this.root.dataset.frame = this.frame;
  }

  step(by) {
    this.pause();
    this.go(this.frame + by);
  }

  pick(atom, add) {
    const others = this.selected.filter((other) => other !== atom);
    const wasIn = others.length < this.selected.length;
    if (add) this.#select(wasIn ? others : [...this.selected, atom]);
    else this.#select(wasIn && !others.length ? [] : [atom]);
    this.go(this.frame);
  }

  clear() {
    this.#select([]);
    this.go(this.frame);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  // Frames follow the clock: what the browser is too slow to draw is left out.
  play() {
    if (this.frame === this.data.n_frames - 1) this.go(0);
    let clock = performance.now();
    const tick = (now) => {
      const due = Math.floor(((now - clock) / 1000) * this.speed);
      if (due > 0) {
        clock += (due / this.speed) * 1000;
        const next = this.frame + due;
        const last = this.data.n_frames - 1;
        if (next > last && !this.looping) {
          this.go(last);
          this.pause();
          return;
        }
        this.go(next % (last + 1));
      }
      this.playing = requestAnimationFrame(tick);
    };
    this.playing = requestAnimationFrame(tick);
    this.#showPlaying();
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = undefined;
    this.#showPlaying();
  }

  #showPlaying() {
    this.playButton.textContent = this.playing ? "Pause" : "Play";
    this.root.dataset.playing = String(Boolean(this.playing));
  }

  #select(atoms) {
    this.selected = atoms;
    this.root.dataset.selected = atoms.join(",");
    this.tracks.mark(this.frame, atoms);
    this.#say();
  }

  #place() {
    const { data, frame } = this;
    const last = data.first_frame + data.n_frames - 1;
    const text = `Frame ${frame + data.first_frame} / ${last}`;
    return [text, data.timeText(frame)].filter(Boolean).join(" · ");
  }

  // The numbers of the present frame and of the selected atoms.
  #say() {
    const { data, frame } = this;
    const parts = [make("span", { class: "place" }, this.#place())];
    if (!data.failed(frame)) {
      parts.push(make("span", {}, data.valueText(frame)));
      for (const atom of this.selected.slice(0, 3)) {
        const text =
          atom < data.count(frame)
            ? `${data.symbol(frame, atom)}${atom}: ${data.details(frame, atom).join(", ")}`
            : `this frame has no atom ${atom}`;
        parts.push(make("span", {}, text));
      }
      const more = this.selected.length - 3;
      if (more > 0) parts.push(make("span", {}, `and ${more} more selected`));
    }
    this.readout.replaceChildren(...parts);
  }

  #listJumps() {
    const { data } = this;
    const buttons = data.jumps.map((frame) => {
      const place = data.timeText(frame) || `frame ${frame + data.first_frame}`;
      const button = make(
        "button",
        { type: "button", "data-frame": frame, title: `Frame ${frame + data.first_frame}` },
        `${place} (${data.shift[frame].toFixed(3)})`,
      );
      button.addEventListener("click", () => {
        this.pause();
        this.go(frame);
      });
      return button;
    });
    const text = buttons.length
      ? "Largest attention shifts:"
      : "The attention does not move between frames with the same atoms.";
    this.jumps.replaceChildren(make("span", {}, text), ...buttons);
  }

  #controls() {
    const button = (text, title, press) => {
      const label = text.length > 1 ? text : title; // ‹ and › say nothing when read aloud
      const element = make("button", { type: "button", title, "aria-label": label }, text);
      element.addEventListener("click", press);
      return element;
    };
    this.playButton = make("button", { type: "button", class: "play", title: "Space" }, "Play");
    this.playButton.addEventListener("click", () => this.toggle());
    this.slider = make("input", { type: "range", min: 0, value: 0, "aria-label": "Frame" });
    this.slider.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.slider.value));
    });
    const speed = make("select", { "aria-label": "Speed", title: "Speed" });
    for (const value of SPEEDS) speed.append(make("option", { value }, `${value} frames/s`));
    speed.value = this.speed;
    speed.addEventListener("change", () => (this.speed = Number(speed.value)));
    const loop = button("Loop", "Begin again at the end", () => {
      this.looping = !this.looping;
      loop.setAttribute("aria-pressed", String(this.looping));
    });
    loop.setAttribute("aria-pressed", "true");
    this.openButton = button("Open in Explain", "Show this frame on the page Explain", () => {
      this.pause();
      this.onOpen(this.frame);
    });
    return make(
      "div",
      { class: "controls" },
      this.playButton,
      button("‹", "Frame before (left arrow)", () => this.step(-1)),
      button("›", "Next frame (right arrow)", () => this.step(1)),
      this.slider,
      speed,
      loop,
      this.openButton,
    );
  }

  #listen() {
    this.tracks.root.addEventListener("pointerdown", () => this.root.focus({ preventScroll: true }));
    // Before the viewer sees it: the space bar plays wherever the focus is, except on a button.
    this.root.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    for (const type of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(type, (event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
      });
    }
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.data) return;
    const target = event.composedPath()[0];
    if (target.tagName === "SELECT") return;
    const inPicture = target.classList.contains("viewer"); // there, arrows turn the molecule
    const size = event.shiftKey ? BIG_STEP : 1;
    const { key } = event;
    if (key === " " && target.tagName !== "BUTTON") this.toggle();
    else if (key === ",") this.step(-1);
    else if (key === ".") this.step(1);
    else if (key === "n" || key === "p") this.#nextJump(key === "n" ? 1 : -1);
    else if (inPicture) return;
    else if (key === "ArrowLeft") this.step(-size);
    else if (key === "ArrowRight") this.step(size);
    else if (key === "Home") this.step(-this.frame);
    else if (key === "End") this.step(this.data.n_frames);
    else if (key === "Escape") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #nextJump(direction) {
    const inOrder = [...this.data.jumps].sort((a, b) => direction * (a - b));
    const next = inOrder.find((frame) => direction * (frame - this.frame) > 0);
    if (next !== undefined) this.step(next - this.frame);
  }

  #theme() {
    const style = getComputedStyle(this.root);
    const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    return {
      background: colour("--st-background-color", "#ffffff"),
      text: colour("--st-text-color", "#1d2733"),
      accent: colour("--st-primary-color", "#0b6e99"),
      border: colour("--st-border-color", "#d5dae0"),
      font: colour("--st-font", "sans-serif"),
    };
  }
}
