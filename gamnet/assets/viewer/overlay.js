// What lies over the molecule: atom labels and the colour bar, on a 2D canvas so that both are in
// the exported picture.

export function drawOverlay(context, { width, height, labels, bar, theme }) {
  const taken = [];
  // The selected atoms' labels first; one that would lie on another is left out.
  for (const label of [...labels].sort((a, b) => Boolean(b.strong) - Boolean(a.strong))) {
    drawLabel(context, label, theme, taken);
  }
  if (bar) drawBar(context, bar, width, height, theme);
}

// The element's letter on every atom but hydrogen, where no nearer atom covers its middle; the
// selected atoms have labels of their own. discs : nearest first.
export function drawLetters(context, discs, chosen, theme) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  discs.forEach(({ x, y, elem, site, color, radius }, k) => {
    if (elem === "H" || chosen.has(site) || radius < 6) return;
    const nearer = discs.slice(0, k);
    if (nearer.some((other) => Math.hypot(other.x - x, other.y - y) < other.radius)) return;
    context.font = `600 ${Math.min(radius * 0.95, 22)}px ${theme.font}`;
    context.fillStyle = isLight(color) ? "#1d2733" : "#ffffff";
    context.globalAlpha = 0.85;
    context.fillText(elem, x, y + radius * 0.06);
  });
  context.globalAlpha = 1;
}

// Whether dark ink is read better than white on a colour #rrggbb, by its luminance (WCAG).
function isLight(colour) {
  const [r, g, b] = [1, 3, 5].map((k) => {
    const part = parseInt(colour.slice(k, k + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

function outlined(context, text, x, y, theme) {
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = theme.background;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

function drawLabel(context, { x, y, text, strong }, theme, taken) {
  context.font = `${strong ? 700 : 500} 12px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const half = context.measureText(text).width / 2;
  const box = { left: x - half, right: x + half, top: y - 7, bottom: y + 7 };
  const lies = (other) =>
    box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
  if (!strong && taken.some(lies)) return;
  taken.push(box);
  outlined(context, text, x, y, theme);
}

function drawBar(context, bar, width, height, theme) {
  const length = Math.min(240, width - 56);
  const [left, top, thickness] = [20, height - 34, 9];
  if (bar.swatches) {
    drawSwatches(context, bar.swatches, left, top, theme);
    return;
  }
  const gradient = context.createLinearGradient(left, 0, left + length, 0);
  bar.stops.forEach((colour, k) => gradient.addColorStop(k / (bar.stops.length - 1), colour));
  context.fillStyle = gradient;
  context.fillRect(left, top, length, thickness);
  context.strokeStyle = theme.text;
  context.globalAlpha = 0.4;
  context.lineWidth = 0.75;
  context.strokeRect(left, top, length, thickness);
  context.globalAlpha = 1;
  context.font = `600 12px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  outlined(context, bar.title, left, top - (bar.note ? 19 : 5), theme);
  if (bar.note) {
    context.font = `400 11px ${theme.font}`;
    outlined(context, bar.note, left, top - 5, theme);
  }
  context.font = `400 11px ${theme.font}`;
  context.textBaseline = "top";
  for (const [position, text] of bar.ticks) {
    const x = left + position * length;
    context.textAlign = position < 0.02 ? "left" : position > 0.98 ? "right" : "center";
    outlined(context, text, x, top + thickness + 4, theme);
    context.fillRect(x - 0.5, top + thickness, 1, 3);
  }
}

function drawSwatches(context, swatches, left, top, theme) {
  context.font = `600 12px ${theme.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  let x = left;
  for (const [text, colour] of swatches) {
    context.beginPath();
    context.arc(x + 6, top + 8, 6, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = theme.text;
    context.lineWidth = 0.5;
    context.stroke();
    outlined(context, text, x + 17, top + 9, theme);
    x += 28 + context.measureText(text).width;
  }
}
