// The flat drawing of gamnet.views.flat: atoms are picked and pointed at as in the 3D picture.
// The SVG is our own and holds element symbols alone; it is parsed as a picture, never as a page.
import { follow, point } from "../viewer/linked.js";

const STYLE = `
.flat { position: relative; color: var(--st-text-color, #1d2733); text-align: center; }
.flat svg { max-width: 100%; height: auto; max-height: var(--most); overflow: visible; }
.flat g[data-site] { cursor: pointer; outline: none; }
.flat g[data-site] circle { transition: stroke-width 80ms; }
.flat g.pointed circle, .flat g[data-site]:focus-visible circle { stroke-width: 3.5; }
.flat g.chosen circle { stroke: var(--st-primary-color, #0b6e99); stroke-width: 4; }
`;
const drawings = new WeakMap();

class Drawing {
  constructor(parent) {
    this.onSelect = () => {};
    this.sheet = document.createElement("style");
    this.sheet.textContent = STYLE;
    this.root = document.createElement("div");
    this.root.className = "flat";
    this.root.setAttribute("role", "group");
    parent.append(this.sheet, this.root);
    this.unlink = follow(() => this.structure, this, (site) => this.#point(site));
  }

  show({ svg, structure, selected, alt, height, details }) {
    Object.assign(this, { structure, selected });
    this.root.style.setProperty("--most", `${height}px`);
    this.root.setAttribute("aria-label", alt);
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    this.root.replaceChildren(document.importNode(parsed, true));
    this.atoms = new Map();
    for (const group of this.root.querySelectorAll("g[data-site]")) {
      const site = Number(group.dataset.site);
      this.atoms.set(site, group);
      group.setAttribute("tabindex", this.atoms.size > 1 ? "-1" : "0"); // arrows lead on
      group.setAttribute("role", "button");
      group.setAttribute("aria-label", details[site]);
      group.addEventListener("pointerenter", () => this.#tell(site));
      group.addEventListener("pointerleave", () => this.#tell(null));
      group.addEventListener("focus", () => this.#tell(site));
      group.addEventListener("blur", () => this.#tell(null));
      group.addEventListener("click", (event) => this.#clicked(site, event.shiftKey));
      group.addEventListener("keydown", (event) => {
        if (event.key === "Tab") return;
        event.stopPropagation(); // Streamlit's own keys
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step) {
          event.preventDefault();
          const all = [...this.atoms.values()];
          all[(all.indexOf(group) + step + all.length) % all.length].focus();
        }
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.#clicked(site, event.shiftKey);
      });
    }
    this.#mark();
  }

  destroy() {
    this.unlink();
    this.sheet.remove();
    this.root.remove();
  }

  #tell(site) {
    this.#point(site);
    point(this.structure, site, this);
  }

  #point(site) {
    for (const [other, group] of this.atoms ?? []) group.classList.toggle("pointed", other === site);
  }

  #clicked(site, several) {
    const others = this.selected.filter((other) => other !== site);
    const wasIn = others.length < this.selected.length;
    if (several) this.selected = wasIn ? others : [...this.selected, site];
    else this.selected = wasIn && !others.length ? [] : [site];
    this.#mark();
    this.onSelect(this.selected);
  }

  #mark() {
    for (const [site, group] of this.atoms) {
      const chosen = this.selected.includes(site);
      group.classList.toggle("chosen", chosen);
      group.setAttribute("aria-pressed", String(chosen));
    }
    this.root.dataset.selected = this.selected.join(",");
  }
}

export default function mount({ parentElement, data, setTriggerValue }) {
  let drawing = drawings.get(parentElement);
  if (!drawing) {
    drawing = new Drawing(parentElement);
    drawings.set(parentElement, drawing);
  }
  drawing.onSelect = (sites) => setTriggerValue("select", { sites });
  drawing.show(data);
  return () => {
    drawings.delete(parentElement);
    drawing.destroy();
  };
}
