// The tracks under one time axis: property, attention shift, and the atom x time heat strip.
// What changes with the frame lies on a second canvas, so that playing redraws three lines only.
import { plain } from "./trajectory-data.js";

const LEFT = 58; // px, for the labels of the rows
const RIGHT = 12;
const PLOT = { top: 24, height: 128 };
const SHIFT = { top: 182, height: 44 };
const STRIP_TOP = 258;
const AXIS = 40; // below the strip
const LEGEND = 44;
const [MIN_STRIP, MAX_STRIP] = [96, 300];

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
    this.data = data;
    this.theme = theme;
    const rows = data.strip_atoms.length;
    this.stripHeight = Math.min(Math.max(rows * 15, MIN_STRIP), MAX_STRIP);
    this.root.style.height = `${STRIP_TOP + this.stripHeight + AXIS + LEGEND}px`;
    this.strip = undefined;
    this.draw();
  }

  // Everything that does not depend on the present frame.
  draw() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.plotWidth = width - LEFT - RIGHT;
    const context = this.#prepare(this.still);
    this.#drawValues(context);
    this.#drawShift(context);
    this.#drawStrip(context);
    this.#drawAxis(context);
    this.#drawLegend(context);
    if (this.frame !== undefined) this.mark(this.frame, this.selected);
  }

  // The cursor at the present frame and the rows of the selected atoms.
  mark(frame, selected) {
    this.frame = frame;
    this.selected = selected;
    if (!this.plotWidth) return;
    const { data, theme } = this;
    const context = this.#prepare(this.moving);
    const x = this.#x(frame);
    context.strokeStyle = theme.text;
    context.lineWidth = 1.25;
    const parts = [PLOT, SHIFT, { top: STRIP_TOP, height: this.stripHeight }];
    for (const { top, height } of parts) line(context, x, top, x, top + height);
    if (!data.failed(frame)) {
      context.beginPath();
      context.arc(x, this.#y(data.values[frame]), 4, 0, 2 * Math.PI);
      context.fillStyle = theme.accent;
      context.fill();
      context.strokeStyle = theme.background;
      context.stroke();
    }
    const height = this.#rowHeight();
    for (const atom of selected) {
      const row = data.strip_atoms.indexOf(atom);
      if (row < 0) continue;
      const top = STRIP_TOP + row * height;
      context.strokeStyle = theme.accent;
      context.lineWidth = 2;
      context.strokeRect(LEFT - 1, top, this.plotWidth + 2, Math.max(height, 3));
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

  #x(frame) {
    return LEFT + ((frame + 0.5) / this.data.n_frames) * this.plotWidth;
  }

  #y(value) {
    const [low, high] = this.range;
    return PLOT.top + PLOT.height * (1 - (value - low) / (high - low));
  }

  #rowHeight() {
    return this.stripHeight / this.data.strip_atoms.length;
  }

  #title(context, text, top) {
    context.font = `600 12px ${this.theme.font}`;
    context.textAlign = "left";
    context.textBaseline = "bottom";
    context.fillStyle = this.theme.text;
    context.fillText(text, LEFT, top - 6);
  }

  #frameLine(context, top, height) {
    context.strokeStyle = this.theme.border;
    context.lineWidth = 1;
    context.strokeRect(LEFT - 0.5, top - 0.5, this.plotWidth + 1, height + 1);
  }

  #drawValues(context) {
    const { data, theme } = this;
    const { name, unit } = data.property;
    this.#title(context, `${name} (${unit})`, PLOT.top);
    this.#frameLine(context, PLOT.top, PLOT.height);
    const known = data.values.filter((value) => !Number.isNaN(value));
    let [low, high] = [Infinity, -Infinity];
    for (const value of known) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const pad = Math.max(0.08 * (high - low), 1e-4 * Math.abs(high), 1e-6);
    this.range = [low - pad, high + pad];
    context.font = `400 11px ${theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticks(...this.range, 4)) {
      const y = this.#y(tick);
      context.fillStyle = theme.text;
      context.fillText(plain(tick), LEFT - 7, y);
      context.strokeStyle = theme.border;
      context.globalAlpha = 0.6;
      line(context, LEFT, y, LEFT + this.plotWidth, y);
      context.globalAlpha = 1;
    }
    this.#drawGaps(context, PLOT.top, PLOT.height);
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    let drawing = false;
    for (let frame = 0; frame < data.n_frames; frame += 1) {
      const value = data.values[frame];
      if (Number.isNaN(value)) drawing = false;
      else if (drawing) context.lineTo(this.#x(frame), this.#y(value));
      else {
        const [x, y] = [this.#x(frame), this.#y(value)];
        const alone = Number.isNaN(data.values[frame + 1] ?? NaN);
        context.moveTo(alone ? x + 1.5 : x, y);
        if (alone) context.arc(x, y, 1.5, 0, 2 * Math.PI); // no line shows it
        drawing = true;
      }
    }
    context.stroke();
  }

  #drawShift(context) {
    const { data, theme } = this;
    this.#title(context, "Attention shift since the frame before (share of all attention)", SHIFT.top);
    this.#frameLine(context, SHIFT.top, SHIFT.height);
    this.#drawGaps(context, SHIFT.top, SHIFT.height);
    let highest = 0;
    for (const value of data.shift) if (value > highest) highest = value;
    const top = highest || 1;
    context.font = `400 11px ${theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = theme.text;
    context.fillText(plain(Number(top.toPrecision(2))), LEFT - 7, SHIFT.top + 6);
    context.fillText("0", LEFT - 7, SHIFT.top + SHIFT.height - 3);
    const jumps = new Set(data.jumps);
    const width = Math.max(this.plotWidth / data.n_frames, 1);
    for (let frame = 0; frame < data.n_frames; frame += 1) {
      const value = data.shift[frame];
      if (!(value > 0)) continue;
      const height = (value / top) * (SHIFT.height - 2);
      const marked = jumps.has(frame);
      context.fillStyle = marked ? theme.accent : theme.text;
      context.globalAlpha = marked ? 1 : 0.35;
      const across = marked ? Math.max(width, 2) : width;
      context.fillRect(this.#x(frame) - across / 2, SHIFT.top + SHIFT.height - height, across, height);
    }
    context.globalAlpha = 1;
  }

  #drawStrip(context) {
    const { data, theme } = this;
    const rows = data.strip_atoms.length;
    const shown =
      rows < data.n_atoms ? ` (${rows} of ${data.n_atoms.toLocaleString("en")} atoms: the largest)` : "";
    this.#title(context, `${data.strip_bar.title}, atom by atom${shown}`, STRIP_TOP);
    this.strip ??= this.#stripPicture();
    context.imageSmoothingEnabled = false;
    context.drawImage(this.strip, LEFT, STRIP_TOP, this.plotWidth, this.stripHeight);
    this.#frameLine(context, STRIP_TOP, this.stripHeight);
    const height = this.#rowHeight();
    const every = Math.max(1, Math.ceil(12 / height));
    context.font = `400 11px ${theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = theme.text;
    for (let row = 0; row < rows; row += every) {
      context.fillText(data.name(data.strip_atoms[row]), LEFT - 7, STRIP_TOP + (row + 0.5) * height);
    }
  }

  // One pixel per atom and column; a column is the mean of its frames. No atom, no colour.
  #stripPicture() {
    const { data } = this;
    const rows = data.strip_atoms.length;
    this.columns = Math.min(data.n_frames, 1600);
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [this.columns, rows];
    const context = picture.getContext("2d");
    const image = context.createImageData(this.columns, rows);
    const table = data.colours.map((text) => [1, 3, 5].map((k) => parseInt(text.slice(k, k + 2), 16)));
    const steps = table.length - 1;
    for (let column = 0; column < this.columns; column += 1) {
      const first = Math.floor((column * data.n_frames) / this.columns);
      const end = Math.max(Math.floor(((column + 1) * data.n_frames) / this.columns), first + 1);
      for (let row = 0; row < rows; row += 1) {
        let [sum, count] = [0, 0];
        for (let frame = first; frame < end; frame += 1) {
          const amount = data.amount(frame, data.strip_atoms[row]);
          if (!Number.isNaN(amount)) [sum, count] = [sum + amount, count + 1];
        }
        if (!count) continue;
        const position = Math.round(((sum / count - data.low) / (data.high - data.low)) * steps);
        const colour = table[Math.min(Math.max(position, 0), steps)];
        image.data.set([...colour, 255], 4 * (row * this.columns + column));
      }
    }
    context.putImageData(image, 0, 0);
    return picture;
  }

  #drawGaps(context, top, height) {
    context.fillStyle = this.theme.text;
    context.globalAlpha = 0.12;
    const width = Math.max(this.plotWidth / this.data.n_frames, 1.5);
    for (const frame of Object.keys(this.data.errors)) {
      context.fillRect(this.#x(Number(frame)) - width / 2, top, width, height);
    }
    context.globalAlpha = 1;
  }

  #drawAxis(context) {
    const { data, theme } = this;
    const top = STRIP_TOP + this.stripHeight;
    const timed = data.timeStep !== undefined;
    const [start, step] = timed ? [data.timeStart, data.timeStep] : [data.first_frame, 1];
    context.font = `400 11px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillStyle = theme.text;
    context.strokeStyle = theme.text;
    const count = Math.max(2, Math.floor(this.plotWidth / 90));
    for (const tick of ticks(start, start + step * (data.n_frames - 1), count)) {
      const frame = (tick - start) / step;
      if (!timed && !Number.isInteger(frame)) continue;
      line(context, this.#x(frame), top, this.#x(frame), top + 4);
      context.fillText(plain(tick), this.#x(frame), top + 7);
    }
    context.font = `600 12px ${theme.font}`;
    context.fillText(timed ? "Time (fs)" : "Frame", LEFT + this.plotWidth / 2, top + 22);
  }

  #drawLegend(context) {
    const { data, theme } = this;
    const top = STRIP_TOP + this.stripHeight + AXIS + 6;
    const length = Math.min(220, this.plotWidth);
    const gradient = context.createLinearGradient(LEFT, 0, LEFT + length, 0);
    const { stops } = data.strip_bar;
    stops.forEach((colour, k) => gradient.addColorStop(k / (stops.length - 1), colour));
    context.fillStyle = gradient;
    context.fillRect(LEFT, top, length, 9);
    context.strokeStyle = theme.border;
    context.strokeRect(LEFT, top, length, 9);
    context.font = `400 11px ${theme.font}`;
    context.textBaseline = "top";
    context.fillStyle = theme.text;
    for (const [position, text] of data.strip_bar.ticks) {
      context.textAlign = position < 0.02 ? "left" : position > 0.98 ? "right" : "center";
      context.fillText(text, LEFT + position * length, top + 13);
    }
    const perColumn = Math.ceil(data.n_frames / this.columns);
    if (perColumn > 1 && this.plotWidth > 460) {
      context.textAlign = "left";
      context.fillText(`Each column is the mean of ${perColumn} frames.`, LEFT + length + 18, top);
    }
  }

  #at(event) {
    const box = this.root.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { n_frames: count } = this.data;
    const frame = Math.floor(((x - LEFT) / this.plotWidth) * count);
    const row = Math.floor((y - STRIP_TOP) / this.#rowHeight());
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

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

// Round numbers between low and high, about `count` of them.
export function ticks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const result = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    result.push(Number((k * step).toPrecision(12)));
  }
  return result;
}
