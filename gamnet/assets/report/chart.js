// A bar per atom, as SVG made of elements: small, printable, and its text is never markup.

const SVG = "http://www.w3.org/2000/svg";
const MOST = 120; // bars; of more atoms the largest values are drawn
const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [52, 56, 26, 26, 190];

function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Sites in the order drawn: all, or the largest by magnitude and the selected ones.
function shownSites(values, selected) {
  const sites = values.map((_, site) => site);
  if (sites.length <= MOST) return sites;
  const rank = (site) => (selected.includes(site) ? Infinity : Math.abs(values[site] ?? 0));
  const largest = sites.sort((a, b) => rank(b) - rank(a)).slice(0, MOST);
  return largest.sort((a, b) => a - b);
}

export function drawBars(place, { labels, values, colours, details, title, average, selected, onSelect }) {
  const sites = shownSites(values, selected);
  const heights = sites.map((site) => values[site] ?? 0);
  const low = Math.min(0, ...heights);
  const high = Math.max(average ?? 0, ...heights, low + 1e-9);
  const width = Math.max(place.clientWidth, 240);
  const step = (width - LEFT - RIGHT) / sites.length;
  const bar = Math.min(step * 0.75, 28);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const picture = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "group", "aria-label": title });
  picture.append(shape("title", {}, title), shape("text", { x: 0, y: 14, class: "title" }, title));
  for (const value of new Set([low, 0, high])) {
    picture.append(
      shape("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
      shape("text", { x: LEFT - 6, y: y(value) + 4, class: "tick" }, number(value)),
    );
  }
  if (average !== null) {
    picture.append(
      shape("line", { x1: LEFT, x2: width - RIGHT, y1: y(average), y2: y(average), class: "average" }),
      shape("text", { x: width - RIGHT + 4, y: y(average) + 4, class: "mark" }, "average"),
    );
  }
  const every = Math.ceil(26 / step); // atoms between two labels that do not touch
  sites.forEach((site, k) => {
    const x = LEFT + (k + 0.5) * step;
    const [top, bottom] = [y(Math.max(heights[k], 0)), y(Math.min(heights[k], 0))];
    const group = shape(
      "g",
      {
        class: selected.length && !selected.includes(site) ? "bar faded" : "bar",
        tabindex: 0, role: "button", "data-site": site,
        "aria-label": [labels[site], ...details[site]].join(", "),
        "aria-pressed": selected.includes(site),
      },
      shape("title", {}, [labels[site], ...details[site]].join("\n")),
      shape("rect", { x: x - bar / 2, y: top, width: bar, height: Math.max(bottom - top, 0.5), fill: colours[site] }),
    );
    const choose = () => {
      onSelect(site);
      // The chart was drawn anew: the bar that was pressed keeps the keyboard.
      place.querySelector(`.bar[data-site="${site}"]`)?.focus({ preventScroll: true });
    };
    group.addEventListener("click", choose);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    });
    picture.append(group);
    if (k % every === 0) picture.append(shape("text", { x, y: HEIGHT - 8, class: "atom" }, labels[site]));
  });
  const parts = [picture];
  if (sites.length < values.length) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = `${sites.length} of ${values.length} atoms shown: those with the largest values.`;
    parts.push(note);
  }
  place.replaceChildren(...parts);
}

function number(value) {
  return Number(value.toPrecision(3)).toString().replace("-", "−");
}
