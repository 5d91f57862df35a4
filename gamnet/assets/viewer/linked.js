// One atom pointed at in one place of the page is lit up in the others: in the 3D picture, in the
// flat drawing and in the bar chart. Each component is loaded by itself, so they meet at the document.
const EVENT = "gamnet:pointed";

// Tell that an atom (null: none) of a structure is pointed at.
export function point(structure, site, from) {
  document.dispatchEvent(new CustomEvent(EVENT, { detail: { structure, site, from } }));
}

// Call `show(site)` when an atom of `structure()` is pointed at elsewhere; returns how to stop.
export function follow(structure, from, show) {
  const heard = ({ detail }) => {
    if (detail.from !== from && detail.structure === structure()) show(detail.site);
  };
  document.addEventListener(EVENT, heard);
  return () => document.removeEventListener(EVENT, heard);
}

// Link a MoleculeViewer whose scene has `linked`: a ring stands where an atom is pointed at.
export function link(viewer) {
  const ring = document.createElement("div");
  ring.className = "pointed";
  ring.style.cssText =
    "position:absolute;z-index:1;width:34px;height:34px;margin:-17px 0 0 -17px;border-radius:50%;" +
    "border:3px solid currentColor;box-sizing:border-box;pointer-events:none";
  ring.hidden = true;
  viewer.root.append(ring);
  const structure = () => viewer.scene?.linked;
  viewer.onHover = (site) => structure() && point(structure(), site, viewer);
  const stop = follow(structure, viewer, (site) => {
    const atom = viewer.atoms?.find((one) => one.site === site);
    ring.hidden = !atom;
    viewer.root.dataset.pointed = atom ? String(site) : "";
    if (!atom) return;
    const [at] = viewer.viewer.modelToScreen([atom]);
    const box = viewer.root.getBoundingClientRect();
    ring.style.left = `${at.x - window.scrollX - box.left}px`;
    ring.style.top = `${at.y - window.scrollY - box.top}px`;
  });
  const chart = watchChart(structure);
  return () => {
    stop();
    chart();
  };
}

// The chart is Streamlit's: it is drawn when it likes, so it is looked for until it is there.
function watchChart(structure) {
  const bars = () => document.querySelector(".st-key-atoms_chart .js-plotly-plot");
  const look = setInterval(() => {
    const drawn = bars();
    if (!drawn?.on || drawn.gamnetLinked) return;
    drawn.gamnetLinked = true;
    drawn.on("plotly_hover", ({ points }) => point(structure(), points[0].customdata?.[0], drawn));
    drawn.on("plotly_unhover", () => point(structure(), null, drawn));
  }, 700);
  const stop = follow(structure, "chart", (site) => {
    const drawn = bars();
    const paths = drawn?.querySelectorAll(".bars .point path") ?? [];
    const sites = drawn?.data?.[0]?.customdata ?? [];
    paths.forEach((path, k) => {
      path.style.filter = site !== null && sites[k]?.[0] === site ? "brightness(0.7)" : "";
    });
  });
  return () => {
    clearInterval(look);
    stop();
  };
}
