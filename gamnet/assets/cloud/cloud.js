// Many points, drawn by plotly.js and changed in place: another colour keeps the zoom, and the
// browser need not set up WebGL anew, which takes longer than all the rest.

import { Card } from "./card.js";

const PLOTLY = new URL("../plotly/plotly-gl2d.min.js", import.meta.url);
const FULL_SCREEN = {
  width: 600,
  height: 470,
  path:
    "M32 32C14.3 32 0 46.3 0 64v96c0 17.7 14.3 32 32 32s32-14.3 32-32V96h64c17.7 0 32-14.3 " +
    "32-32s-14.3-32-32-32H32zM64 352c0-17.7-14.3-32-32-32s-32 14.3-32 32v96c0 17.7 14.3 32 32 " +
    "32h96c17.7 0 32-14.3 32-32s-14.3-32-32-32H64V352zM320 32c-17.7 0-32 14.3-32 32s14.3 32 32 " +
    "32h64v64c0 17.7 14.3 32 32 32s32-14.3 32-32V64c0-17.7-14.3-32-32-32H320zM448 352c0-17.7-" +
    "14.3-32-32-32s-32 14.3-32 32v64H320c-17.7 0-32 14.3-32 32s14.3 32 32 32h96c17.7 0 32-14.3 " +
    "32-32V352z",
};

let library; // promise of plotly.js

function loadPlotly() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script"); // it is no module
    script.src = PLOTLY;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = undefined;
      reject(new Error("plotly.js could not be loaded; reload the page to try again."));
    };
    document.head.append(script);
  });
  return library;
}

function same(a, b) {
  return a.length === b.length && a.every((row, k) => row === b[k]);
}

const ascending = (rows) => [...new Set(rows)].sort((a, b) => a - b);

export class Cloud {
  constructor(parent) {
    this.onSelect = () => {};
    this.selected = []; // rows of the table behind the points, ascending
    this.changes = 0;
    // Always the same object: for another one Plotly would begin anew.
    this.config = {
      displaylogo: false,
      displayModeBar: true, // the lasso must be seen to be found
      scrollZoom: true,
      modeBarButtonsToAdd: [
        { name: "Full screen", title: "Full screen", icon: FULL_SCREEN, click: () => this.#full() },
      ],
    };
    this.root = document.createElement("div");
    this.root.setAttribute("role", "figure");
    this.chart = document.createElement("div");
    this.message = document.createElement("p");
    this.message.hidden = true;
    this.root.append(this.chart, this.message);
    parent.append(this.root);
    this.card = new Card(this.root);
    this.resized = new ResizeObserver(() => this.#resize());
    this.resized.observe(this.root);
  }

  // data: the figure as JSON text, the rows that are selected, what the chart shows in words.
  async show(data) {
    this.root.setAttribute("aria-label", data.alt);
    this.root.style.minHeight = `${data.height}px`; // nothing below may jump
    this.data = data;
    const asked = ascending(data.selected);
    const shown = [data.figure, ...Object.values(this.#colours())].join();
    if (this.shown === shown && same(asked, this.selected)) return;
    this.selected = asked;
    this.shown = undefined;
    try {
      await this.#draw();
      this.shown = shown;
      this.message.hidden = true;
    } catch (error) {
      this.message.textContent = error.message;
      this.message.hidden = false;
    }
  }

  async #draw() {
    const Plotly = await loadPlotly();
    if (this.gone) return;
    const { data, layout } = JSON.parse(this.data.figure);
    this.changes += 1;
    this.#theme(layout);
    // The outline of an old selection does not outlive a change.
    Object.assign(layout, this.#size(), { selectionrevision: this.changes, selections: [] });
    // Plotly tells of its own changes as if the visitor had made them.
    this.drawing = true;
    try {
      await Plotly.react(this.chart, data, layout, this.config);
      if (this.gone) return;
      if (this.selected.length) await this.#mark();
    } finally {
      this.drawing = false;
    }
    if (!this.listening) this.#listen();
    this.root.dataset.ready = String(this.changes);
  }

  destroy() {
    this.gone = true;
    this.resized.disconnect();
    window.Plotly?.purge(this.chart);
    this.root.remove();
  }

  async #mark() {
    const wanted = new Set(this.selected);
    const places = this.chart._fullData.map((trace) => {
      const found = [];
      trace.customdata.forEach((row, k) => wanted.has(row) && found.push(k));
      return found;
    });
    await window.Plotly.restyle(this.chart, { selectedpoints: places });
  }

  #listen() {
    this.listening = true;
    this.chart.on("plotly_click", ({ points, event }) => {
      const row = points[0].customdata;
      this.#choose(event.shiftKey ? [...this.selected, row] : [row], false);
    });
    this.chart.on("plotly_selected", (chosen) => {
      if (chosen) this.#choose(chosen.points.map((point) => point.customdata), true);
    });
    this.chart.on("plotly_hover", ({ points }) => this.card.show(this.#about(points[0])));
    this.chart.on("plotly_unhover", () => this.card.show());
    this.chart.on("plotly_deselect", () => this.#choose([], true));
  }

  // What `cards` of the data says of a point's row, and the value that it is coloured by.
  #about({ customdata: row, ["marker.color"]: value }) {
    const { cards } = this.data;
    if (!cards) return undefined;
    const shown = typeof value === "number" ? [`${cards.colour}: ${this.#number(value)}`] : [];
    return { lines: [cards.names[row], ...shown], smiles: cards.smiles?.[row] };
  }

  #number(value) {
    return Number(value.toPrecision(4)).toString().replace("-", "−");
  }

  #choose(rows, drawn) {
    if (this.drawing) return;
    const chosen = ascending(rows);
    // Plotly tells of one selection several times, e.g. when the axes change.
    if (drawn && same(chosen, this.selected)) return;
    if (drawn) this.selected = chosen; // already shown so
    this.onSelect(chosen, drawn);
  }

  #full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen();
  }

  #size() {
    const whole = document.fullscreenElement === this.root;
    return {
      width: Math.max(this.root.clientWidth, 150),
      height: whole ? this.root.clientHeight : this.data.height,
    };
  }

  #resize() {
    if (!this.listening || !this.root.clientWidth) return;
    const { width, height } = this.#size();
    const { layout } = this.chart;
    if (layout.width !== width || layout.height !== height) {
      window.Plotly.relayout(this.chart, { width, height });
    }
  }

  // The page's own look.
  #colours() {
    const style = getComputedStyle(this.root);
    const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    return {
      background: colour("--st-background-color", "#ffffff"),
      text: colour("--st-text-color", "#1d2733"),
      line: colour("--st-border-color", "#d5dae0"),
      family: colour("--st-font", "sans-serif"),
    };
  }

  #theme(layout) {
    const { background, text, line, family } = this.#colours();
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true };
    this.root.style.background = background; // of the full screen
    layout.template = {
      layout: {
        paper_bgcolor: background,
        plot_bgcolor: background,
        font: { color: text, family, size: 12 },
        xaxis: axis,
        yaxis: axis,
        hoverlabel: { bgcolor: background, bordercolor: line, font: { color: text } },
        modebar: { bgcolor: "rgba(0, 0, 0, 0)", color: text, activecolor: text, orientation: "h" },
      },
    };
  }
}
