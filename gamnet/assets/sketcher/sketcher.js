// A canvas to draw a molecule on: OpenChemLib's editor, what is drawn in words, and a button.
// Knows nothing about Streamlit. Text from outside only ever becomes textContent.
import { DIALOGS, STYLESHEET } from "./style.js";
import { make } from "../viewer/controls.js";

let library; // promise of OpenChemLib, loaded once per page and not before somebody draws
// The last canvas that was taken away, and the molecule that it and the page agreed on.
let draft = { agreed: null, molecule: null };

export class Sketcher {
  // start : {smiles, height}; later changes of the page's molecule leave a begun drawing alone.
  constructor(parent, start) {
    this.onUse = () => {};
    this.sheet = make("style", {}, STYLESHEET);
    this.stage = make("div", { class: "stage" }, "Loading the editor…");
    this.stage.style.height = `${start.height}px`;
    this.drawn = make("span", { class: "drawn", role: "status" });
    this.use = make("button", { type: "button", disabled: "" }, "Use this molecule");
    this.use.addEventListener("click", () => this.#use());
    const label = "Structure editor. Without a mouse, type the molecule as SMILES instead.";
    this.root = make(
      "div",
      { class: "sketcher", role: "group", "aria-label": label },
      this.stage,
      make("div", { class: "foot" }, this.use, this.drawn),
    );
    for (const type of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(type, (event) => this.#typed(event));
    }
    parent.append(this.sheet, this.root);
    this.#open(start.smiles);
  }

  destroy() {
    this.destroyed = true;
    if (this.editor) {
      draft = { agreed: this.agreed, molecule: this.editor.getMolecule() };
      this.editor.destroy();
    }
    this.sheet.remove();
    this.root.remove();
  }

  async #open(smiles) {
    try {
      library ??= import(new URL("../openchemlib/openchemlib.js", import.meta.url));
      this.OCL = await library;
    } catch {
      library = undefined;
      this.stage.classList.add("failed");
      this.stage.setAttribute("role", "alert");
      this.stage.textContent =
        "The editor could not be loaded. Run “python -m gamnet.assets” where the page is " +
        "served, then reload; all other sources of structures work without it.";
      return;
    }
    if (this.destroyed) return;
    this.stage.replaceChildren();
    this.editor = new this.OCL.CanvasEditor(this.stage);
    this.#label();
    const molecule = this.#parse(smiles);
    this.agreed = molecule.getIDCode();
    // Whoever comes back to the molecule that was here before finds the drawing as it was left.
    const kept = draft.agreed === this.agreed;
    this.editor.setOnChangeListener((event) => event.type === "molecule" && this.#changed());
    this.editor.setMolecule(kept ? draft.molecule : molecule);
    this.use.disabled = false;
    requestAnimationFrame(() => (this.root.dataset.ready = "true")); // OpenChemLib draws then
  }

  // An empty canvas where the page shows something that has no formula to start from.
  #parse(smiles) {
    try {
      return this.OCL.Molecule.fromSmiles(smiles);
    } catch {
      return new this.OCL.Molecule(0, 0);
    }
  }

  // OpenChemLib names neither of its canvases, and places its dialogs for pages that do not scroll.
  #label() {
    const { shadowRoot } = this.stage.firstElementChild;
    const [tools, canvas] = shadowRoot.querySelectorAll("canvas");
    tools.setAttribute("role", "img");
    tools.setAttribute("aria-label", "Drawing tools");
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "Drawing");
    shadowRoot.append(make("style", {}, DIALOGS));
  }

  #changed() {
    const molecule = this.editor.getMolecule();
    const { formula } = molecule.getMolecularFormula();
    this.drawn.textContent = molecule.getAllAtoms() ? formula : "Nothing drawn yet";
  }

  #use() {
    const molecule = this.editor.getMolecule();
    this.agreed = molecule.getIDCode();
    this.onUse(molecule.toMolfile());
  }

  // r and c are Streamlit's, space scrolls; here letters are elements. Forms get what is typed.
  #typed(event) {
    event.stopPropagation();
    const plain = event.key.length === 1 && !(event.ctrlKey || event.metaKey || event.altKey);
    if (plain && event.composedPath()[0].tagName === "CANVAS") event.preventDefault();
  }
}
