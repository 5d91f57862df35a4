// A trajectory's plots as the user touches them: the cursor at the present frame, the rows of the
// selected atoms, scrubbing and picking. What changes with the frame lies on a second canvas, so that
// playing redraws three lines only.
import { LEFT, PLOT, Plots, SHIFT, STRIP_TOP, line } from "./plots.js";

function make(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}

export class Tracks {
  // onScrub(frame), onPick(atom, add): what the user does here.
  constructor({ onScrub, onPick }) {
    this.onScrub = onScrub;
    this.onPick = onPick;
    this.still = make("canvas", "still");
    this.moving = make("canvas", "moving");
    this.tip = make("div", "tip");
    this.tip.hidden = true;
    this.root = make("div", "tracks");
    this.root.setAttribute("role", "img");
    this.root.setAttribute("aria-label", "Property, attention shift and attention of every atom against time");
    this.root.append(this.still, this.moving, this.tip);
    this.resized = new ResizeObserver(() => this.data && this.draw());
    this.resized.observe(this.root);
    this.#listen();
  }

  destroy() {
    this.resized.disconnect();
  }

  show(data, theme) {
    Object.assign(this, { data, theme, plots: new Plots(data, theme) });
    this.root.style.height = `${this.plots.height}px`;
    this.draw();
  }

  // Everything that does not depend on the present frame.
  draw() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.plots.draw(this.#prepare(this.still), width);
    if (this.frame !== undefined) this.mark(this.frame, this.selected);
  }

  // The cursor at the present frame and the rows of the selected atoms.
  mark(frame, selected) {
    this.frame = frame;
    this.selected = selected;
    const { data, theme, plots } = this;
    if (!plots?.plotWidth) return;
    const context = this.#prepare(this.moving);
    const x = plots.x(frame);
    context.strokeStyle = theme.text;
    context.lineWidth = 1.25;
    const parts = [PLOT, SHIFT, { top: STRIP_TOP, height: plots.stripHeight }];
    for (const { top, height } of parts) line(context, x, top, x, top + height);
    if (!data.failed(frame)) {
      context.beginPath();
      context.arc(x, plots.y(data.values[frame]), 4, 0, 2 * Math.PI);
      context.fillStyle = theme.accent;
      context.fill();
      context.strokeStyle = theme.background;
      context.stroke();
    }
    const height = plots.rowHeight;
    for (const atom of selected) {
      const row = data.strip_atoms.indexOf(atom);
      if (row < 0) continue;
      const top = STRIP_TOP + row * height;
      context.strokeStyle = theme.accent;
      context.lineWidth = 2;
      context.strokeRect(LEFT - 1, top, plots.plotWidth + 2, Math.max(height, 3));
      context.font = `700 11px ${theme.font}`;
      context.textAlign = "right";
      context.textBaseline = "middle";
      const text = data.name(atom);
      const across = context.measureText(text).width;
      context.fillStyle = theme.background;
      context.fillRect(LEFT - 9 - across, top + height / 2 - 7, across + 4, 14);
      context.fillStyle = theme.accent;
      context.fillText(text, LEFT - 7, top + height / 2);
    }
    this.root.dataset.frame = frame;
  }

  #prepare(canvas) {
    const [width, height] = [this.root.clientWidth, this.root.clientHeight];
    const ratio = Math.max(window.devicePixelRatio || 1, 2);
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return context;
  }

  #at(event) {
    const box = this.root.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { n_frames: count } = this.data;
    const frame = Math.floor(((x - LEFT) / this.plots.plotWidth) * count);
    const row = Math.floor((y - STRIP_TOP) / this.plots.rowHeight);
    const atom = this.data.strip_atoms[row];
    return { x, y, atom, frame: Math.min(Math.max(frame, 0), count - 1), inLabels: x < LEFT };
  }

  #listen() {
    this.root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.data) return;
      const { frame, atom, inLabels } = this.#at(event);
      this.root.setPointerCapture(event.pointerId);
      this.pressed = { x: event.clientX, y: event.clientY };
      this.dragging = !inLabels;
      if (this.dragging) this.onScrub(frame);
      if (inLabels && atom === undefined) this.pressed = undefined;
    });
    this.root.addEventListener("pointermove", (event) => {
      if (!this.data) return;
      if (this.dragging) this.onScrub(this.#at(event).frame);
      this.#hover(event);
    });
    this.root.addEventListener("pointerup", (event) => {
      const { pressed } = this;
      this.dragging = false;
      this.pressed = undefined;
      if (!pressed) return;
      const still = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 4;
      const { atom } = this.#at(event);
      if (still && atom !== undefined) this.onPick(atom, event.shiftKey);
    });
    this.root.addEventListener("pointercancel", () => (this.dragging = false));
    this.root.addEventListener("pointerleave", () => (this.tip.hidden = true));
  }

  #hover(event) {
    const { data } = this;
    const { x, y, frame, atom, inLabels } = this.#at(event);
    const beside = [`Frame ${frame + data.first_frame}`, data.timeText(frame)].filter(Boolean).join(" · ");
    const lines = [beside];
    if (inLabels) {
      this.tip.hidden = true;
      return;
    }
    if (data.failed(frame)) lines.push("No prediction");
    else if (atom === undefined) {
      lines.push(data.valueText(frame));
      if (data.shift[frame] >= 0) lines.push(`Attention shift ${data.shift[frame].toFixed(3)}`);
    } else if (atom < data.count(frame)) {
      lines[0] = `${data.symbol(frame, atom)} · atom ${atom} · ${beside}`;
      lines.push(...data.details(frame, atom));
    } else lines.push(`This frame has no atom ${atom}`);
    this.tip.replaceChildren(
      ...lines.map((text) => {
        const element = make("div", "");
        element.textContent = text;
        return element;
      }),
    );
    this.tip.hidden = false;
    const width = this.root.clientWidth;
    const left = x + 14 + this.tip.offsetWidth > width ? x - 14 - this.tip.offsetWidth : x + 14;
    this.tip.style.left = `${Math.max(left, 0)}px`;
    this.tip.style.top = `${Math.max(y - this.tip.offsetHeight - 10, 0)}px`;
  }
}
