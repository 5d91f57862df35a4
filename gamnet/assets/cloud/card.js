// What a point is, while it is pointed at: its name and, from its SMILES, its skeletal formula.
const EDITOR = new URL("../openchemlib/openchemlib.js", import.meta.url);
const [WIDTH, HEIGHT] = [150, 100];

let library; // promise of OpenChemLib, loaded when something is first pointed at

export class Card {
  constructor(parent) {
    this.root = document.createElement("div");
    this.root.className = "gamnet-card";
    this.root.hidden = true;
    this.root.style.cssText =
      "position:absolute;left:8px;bottom:8px;z-index:5;padding:6px 10px;border-radius:8px;" +
      "font-size:12px;line-height:1.4;pointer-events:none;text-align:center;background:#fff;" +
      "color:#1d2733;border:1px solid #d5dae0;max-width:220px";
    parent.style.position = "relative";
    parent.append(this.root);
  }

  // about : {lines, smiles} of the point's row, undefined for none.
  async show(about) {
    this.about = about;
    this.root.hidden = !about;
    if (!about) return;
    const lines = about.lines.map((text, k) => {
      const line = document.createElement("div");
      line.textContent = text;
      if (!k) line.style.fontWeight = "600";
      return line;
    });
    this.root.replaceChildren(...lines);
    if (!about.smiles) return;
    try {
      library ??= import(EDITOR);
      const { Molecule } = await library;
      if (this.about !== about) return; // another point by now
      const svg = Molecule.fromSmiles(about.smiles).toSVG(WIDTH, HEIGHT, undefined, {
        autoCrop: true, suppressChiralText: true, suppressCIPParity: true, suppressESR: true,
      });
      const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
      this.root.prepend(document.importNode(parsed, true));
    } catch {
      library = undefined; // the name alone is a card, too
    }
  }
}
