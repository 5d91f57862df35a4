// Bonds as one mesh: shaded from one atom's colour to the other's, double and triple ones as such, an
// aromatic one with a dashed line on the ring's side. 3Dmol's own sticks change colour at the middle.

const SIDES = 10;
const DASHES = 4;
const MOST = 5000; // sticks in one mesh, whose vertices have 16-bit numbers
// Per order: how far from the axis (in A), how thick (of the style's radius), dashed or not.
const LINES = {
  1: [[0, 1, false]],
  1.5: [[0, 0.8, false], [1, 0.5, true]],
  2: [[-0.5, 0.62, false], [0.5, 0.62, false]],
  3: [[-1, 0.5, false], [0, 0.5, false], [1, 0.5, false]],
};

const sub = (a, b) => [a.x - b.x, a.y - b.y, a.z - b.z];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const scaled = (a, factor) => a.map((value) => value * factor);
const unit = (a) => scaled(a, 1 / Math.hypot(...a));

// The bonds of `atoms` (3Dmol's, with `bonds`, `bondOrder` and `color`): the shapes drawn.
export function drawBonds(library, viewer, atoms, radius) {
  if (!radius) return [];
  const sticks = [];
  for (const atom of atoms) {
    atom.bonds.forEach((other, k) => {
      if (other > atom.index) sticks.push(...lines(atoms, atom, atoms[other], atom.bondOrder[k], radius));
    });
  }
  const shapes = [];
  for (let k = 0; k < sticks.length; k += MOST) {
    shapes.push(viewer.addCustom(mesh(library, sticks.slice(k, k + MOST))));
  }
  return shapes;
}

// The sticks [start, end, colour at the start, at the end, radius] that stand for one bond.
function lines(atoms, a, b, order, radius) {
  const spread = Math.max(2.1 * radius, 0.2);
  const known = LINES[order] ?? LINES[1];
  const aside = known.length > 1 ? scaled(beside(atoms, a, b, order), spread) : [0, 0, 0];
  return known.flatMap(([far, thick, dashed]) => {
    const at = (fraction) => [
      a.x + (b.x - a.x) * fraction + aside[0] * far,
      a.y + (b.y - a.y) * fraction + aside[1] * far,
      a.z + (b.z - a.z) * fraction + aside[2] * far,
    ];
    const stick = (from, to) => [at(from), at(to), from, to, a.color, b.color, radius * thick];
    if (!dashed) return [stick(0, 1)];
    const step = 0.68 / (DASHES - 0.4); // between the atoms' spheres
    return Array.from({ length: DASHES }, (_, k) => stick(0.16 + k * step, 0.16 + (k + 0.6) * step));
  });
}

// The unit vector across a bond in the plane of its neighbours; of an aromatic one, into the ring.
function beside(atoms, a, b, order) {
  const axis = unit(sub(b, a));
  let sum = [0, 0, 0];
  for (const [end, far] of [[a, b], [b, a]]) {
    end.bonds.forEach((other, k) => {
      if (other === far.index || (order === 1.5 && end.bondOrder[k] !== 1.5)) return;
      const way = sub(atoms[other], end);
      const across = way.map((value, axisNumber) => value - dot(way, axis) * axis[axisNumber]);
      if (Math.hypot(...across) < 0.1) return;
      // Two neighbours on opposite sides mean the same plane; of a shared edge, the first ring.
      const sign = dot(across, sum) < 0 ? -1 : 1;
      sum = sum.map((value, k2) => value + sign * across[k2]);
    });
  }
  if (Math.hypot(...sum) > 0.05) return unit(sum);
  return unit(cross(axis, Math.abs(axis[0]) < 0.8 ? [1, 0, 0] : [0, 1, 0]));
}

function mesh(library, sticks) {
  const [vertexArr, normalArr, faceArr, color] = [[], [], [], []];
  for (const [start, end, from, to, first, second, radius] of sticks) {
    const axis = unit(end.map((value, k) => value - start[k]));
    const u = unit(cross(axis, Math.abs(axis[0]) < 0.8 ? [1, 0, 0] : [0, 1, 0]));
    const v = cross(axis, u);
    const [c0, c1] = [from, to].map((fraction) => mixed(library, first, second, fraction));
    const base = vertexArr.length;
    for (let side = 0; side < SIDES; side += 1) {
      const angle = (2 * Math.PI * side) / SIDES;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const n = u.map((value, k) => c * value + s * v[k]);
      for (const [place, shade] of [[start, c0], [end, c1]]) {
        vertexArr.push({ x: place[0] + radius * n[0], y: place[1] + radius * n[1], z: place[2] + radius * n[2] });
        normalArr.push({ x: n[0], y: n[1], z: n[2] });
        color.push(shade);
      }
      const [p, q] = [base + 2 * side, base + 2 * ((side + 1) % SIDES)];
      faceArr.push(p, q, p + 1, q, q + 1, p + 1);
    }
  }
  return { vertexArr, normalArr, faceArr, color };
}

function mixed(library, first, second, fraction) {
  const [a, b] = [library.CC.color(first), library.CC.color(second)];
  const at = (name) => a[name] + (b[name] - a[name]) * fraction;
  return { r: at("r"), g: at("g"), b: at("b") };
}
