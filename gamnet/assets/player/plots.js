// The plots of a trajectory, as they are at every frame: property, attention shift, and the atom x time
// heat strip with its axis and its legend, under one time axis.
import { plain } from "./data.js";

export const LEFT = 58; // px, for the labels of the rows
const RIGHT = 12;
export const PLOT = { top: 24, height: 128 };
export const SHIFT = { top: 182, height: 44 };
export const STRIP_TOP = 258;
const AXIS = 40; // below the strip
const LEGEND = 44;
const [MIN_STRIP, MAX_STRIP] = [96, 300];

export class Plots {
  constructor(data, theme) {
    Object.assign(this, { data, theme });
    this.stripHeight = Math.min(Math.max(data.strip_atoms.length * 15, MIN_STRIP), MAX_STRIP);
    this.rowHeight = this.stripHeight / data.strip_atoms.length;
    this.height = STRIP_TOP + this.stripHeight + AXIS + LEGEND;
    this.range = range(data.values);
  }

  draw(context, width) {
    this.plotWidth = width - LEFT - RIGHT;
    this.#drawValues(context);
    this.#drawShift(context);
    this.#drawStrip(context);
    this.#drawAxis(context);
    this.#drawLegend(context);
  }

  x(frame) {
    return LEFT + ((frame + 0.5) / this.data.n_frames) * this.plotWidth;
  }

  y(value) {
    const [low, high] = this.range;
    return PLOT.top + PLOT.height * (1 - (value - low) / (high - low));
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
    context.font = `400 11px ${theme.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticks(...this.range, 4)) {
      const y = this.y(tick);
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
      else if (drawing) context.lineTo(this.x(frame), this.y(value));
      else {
        const [x, y] = [this.x(frame), this.y(value)];
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
      context.fillRect(this.x(frame) - across / 2, SHIFT.top + SHIFT.height - height, across, height);
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
    const height = this.rowHeight;
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
      context.fillRect(this.x(Number(frame)) - width / 2, top, width, height);
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
      line(context, this.x(frame), top, this.x(frame), top + 4);
      context.fillText(plain(tick), this.x(frame), top + 7);
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
}

// Ends of the property's axis, a little beyond its values.
function range(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  let [low, high] = [Infinity, -Infinity];
  for (const value of known) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const pad = Math.max(0.08 * (high - low), 1e-4 * Math.abs(high), 1e-6);
  return [low - pad, high + pad];
}

export function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

// Round numbers between low and high, about `count` of them.
function ticks(low, high, count) {
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
