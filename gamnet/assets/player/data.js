// The block of bytes made by gamnet.trajectory_scene.pack, and the frames in it.

const TYPES = {
  uint8: Uint8Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

export class TrajectoryData {
  constructor(bytes) {
    const block = bytes.slice(); // typed arrays need their own, aligned buffer
    const length = new DataView(block.buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + length)));
    const start = Math.ceil((4 + length) / 8) * 8;
    Object.assign(this, header);
    for (const [name, [type, offset, size]] of Object.entries(header.arrays)) {
      this[name] = new TYPES[type](block.buffer, start + offset, size);
    }
    this.relative = this.#relativeScores();
    this.amounts = this.by === "ga_scores" ? this.relative : this.contributions;
    this.rowSymbols = this.#rowSymbols();
    [this.timeStart, this.timeStep] = this.#timeSteps();
  }

  failed(frame) {
    return this.errors[frame];
  }

  count(frame) {
    return this.offsets[frame + 1] - this.offsets[frame];
  }

  symbol(frame, atom) {
    return this.symbols[this.numbers[this.offsets[frame] + atom]];
  }

  // The value that the colour of an atom shows; NaN where the frame has no such atom.
  amount(frame, atom) {
    return atom < this.count(frame) ? this.amounts[this.offsets[frame] + atom] : NaN;
  }

  colour(amount) {
    const steps = this.colours.length - 1;
    const position = Math.round(((amount - this.low) / (this.high - this.low)) * steps);
    return this.colours[Math.min(Math.max(position, 0), steps)];
  }

  // "C3" when atom 3 is carbon in every frame, else "3".
  name(atom) {
    return `${this.rowSymbols[atom] ?? ""}${atom}`;
  }

  valueText(frame) {
    const { name, unit, decimals } = this.property;
    return `${name} ${minus(this.values[frame].toFixed(decimals))} ${unit}`;
  }

  timeText(frame) {
    const time = this.times?.[frame];
    return time === undefined || Number.isNaN(time) ? "" : `${plain(time)} fs`;
  }

  // The scene of one frame, as MoleculeViewer takes it.
  scene(frame, selected) {
    const [first, count] = [this.offsets[frame], this.count(frame)];
    const atoms = Array.from({ length: count }, (_, atom) => atom);
    const symbols = atoms.map((atom) => this.symbol(frame, atom));
    const amounts = this.amounts.subarray(first, first + count);
    const byElement = this.coloured === "element";
    const [from, to] = [this.bond_offsets[frame], this.bond_offsets[frame + 1]];
    return {
      scene_id: `${this.id}:${frame}`,
      view_id: `trajectory:${this.id}`,
      symbols,
      positions: this.positions.subarray(3 * first, 3 * (first + count)),
      sites: atoms,
      bonds: this.bonds.subarray(2 * from, 2 * to),
      orders: this.orders.subarray(from, to),
      cell: this.#cell(frame),
      rotation: this.rotation,
      colours: atoms.map((atom) =>
        byElement ? this.element_colours[symbols[atom]] : this.colour(amounts[atom]),
      ),
      values: Array.from(amounts, (amount) => minus(amount.toPrecision(3))),
      details: atoms.map((atom) => this.details(frame, atom)),
      bar: this.picture_bar,
      selected: selected.filter((atom) => atom < count),
      height: this.height,
      description: `3D picture of frame ${frame + this.first_frame}, ${count} atoms`,
      file_name: `${this.file_name}-${frame + this.first_frame}.png`,
    };
  }

  details(frame, atom) {
    const row = this.offsets[frame] + atom;
    const score = this.scores[row];
    const lines = [`GA score ${score.toFixed(4)} (${this.relative[row].toFixed(2)} × average)`];
    if (this.contributions) {
      const sign = this.contributions[row] < 0 ? "−" : "+";
      const amount = Math.abs(this.contributions[row]).toPrecision(4);
      lines.push(`Contribution ${sign}${amount} ${this.property.unit}`);
    }
    return lines;
  }

  #relativeScores() {
    const relative = new Float32Array(this.scores.length);
    for (let frame = 0; frame < this.n_frames; frame += 1) {
      const count = this.count(frame);
      for (let k = this.offsets[frame]; k < this.offsets[frame + 1]; k += 1) {
        relative[k] = this.scores[k] * count;
      }
    }
    return relative;
  }

  #rowSymbols() {
    const names = new Array(this.n_atoms);
    for (let frame = 0; frame < this.n_frames; frame += 1) {
      for (let atom = 0; atom < this.count(frame); atom += 1) {
        const symbol = this.symbol(frame, atom);
        names[atom] = names[atom] === undefined || names[atom] === symbol ? symbol : "";
      }
    }
    return names;
  }

  // [time of frame 0, fs per frame] when the frames are evenly spaced, else nothing.
  #timeSteps() {
    if (!this.times) return [];
    const known = [...this.times.keys()].filter((frame) => !Number.isNaN(this.times[frame]));
    const [first, last] = [known[0], known.at(-1)];
    const step = (this.times[last] - this.times[first]) / (last - first);
    const start = this.times[first] - first * step;
    const even = known.every((k) => Math.abs(this.times[k] - start - k * step) < 0.01 * step);
    return even ? [start, step] : [];
  }

  #cell(frame) {
    const edges = [];
    const size = this.cells.length > 72 ? 72 : this.cells.length; // 12 edges, 2 ends, 3 axes
    const first = this.cells.length > 72 ? 72 * frame : 0;
    for (let k = first; k < first + size; k += 6) {
      edges.push([this.cells.subarray(k, k + 3), this.cells.subarray(k + 3, k + 6)]);
    }
    return edges;
  }
}

export function minus(text) {
  return text.replace("-", "−");
}

// A number without trailing zeros.
export function plain(number) {
  return minus(String(Number(number.toPrecision(7))));
}
