// A report's page: the pictures and charts of all structures, coloured by the chosen property.
// Everything is in the page; text from outside only ever becomes textContent.
import { drawBars } from "./chart.js";
import { MoleculeViewer } from "../viewer/viewer.js";

const HEIGHT = 430; // pixels

const report = JSON.parse(document.getElementById("report-data").textContent);
const [property, colour] = ["property", "colour"].map((id) => document.getElementById(id));

class Panel {
  constructor(section, structure) {
    this.section = section;
    this.structure = structure;
    this.selected = [];
    this.chart = section.querySelector(".chart");
  }

  // The picture costs time and memory: it is made when the reader comes near.
  open() {
    if (this.viewer) return;
    this.viewer = new MoleculeViewer(this.section.querySelector(".picture"));
    this.viewer.onSelect = (sites) => this.select(sites);
    this.draw();
  }

  get map() {
    const maps = this.structure.maps[property.value];
    return maps[colour.value] ?? maps.ga_scores;
  }

  draw() {
    if (!this.viewer) return;
    const { map, structure, selected } = this;
    const labels = structure.scene.symbols_of_sites.map((symbol, site) => `${symbol}${site}`);
    this.viewer.show({
      ...structure.scene,
      ...map,
      details: structure.details[property.value],
      file_name: `structure-${structure.number}-${property.value}-${map.by}.png`,
      height: HEIGHT,
      selected,
    });
    drawBars(this.chart, {
      labels,
      values: map.amounts,
      colours: map.colours,
      details: structure.details[property.value],
      title: map.title,
      average: map.by === "ga_scores" ? 1 : null,
      selected,
      onSelect: (site) => this.select(selected.includes(site) ? [] : [site]),
    });
    for (const row of this.section.querySelectorAll("[data-atom]")) {
      row.classList.toggle("selected", selected.includes(Number(row.dataset.atom)));
    }
  }

  select(sites) {
    this.selected = sites;
    this.draw();
  }
}

const panels = report.structures.map(
  (structure) => new Panel(document.getElementById(`structure-${structure.number}`), structure),
);
const drawAll = () => panels.forEach((panel) => panel.draw());

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) panels.find((panel) => panel.section === target).open();
    }
  },
  { rootMargin: "300px" },
);
panels.forEach((panel) => near.observe(panel.section));
const resized = new ResizeObserver(drawAll);
panels.forEach((panel) => resized.observe(panel.chart));

property.addEventListener("change", drawAll);
colour.addEventListener("change", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
// On paper everything is there, on white.
addEventListener("beforeprint", () => {
  document.documentElement.classList.add("paper");
  panels.forEach((panel) => panel.open());
  document.querySelectorAll("details").forEach((part) => (part.open = true));
  drawAll();
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("paper");
  drawAll();
});
