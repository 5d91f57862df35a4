// Arithmetic of cameras. A view is 3Dmol's: centre x, y, z, distance, and the quaternion x, y, z, w of
// the rotation.

export function same(a, b) {
  return a.every((value, k) => Math.abs(value - b[k]) < 1e-9);
}

// `view` after the turn and the zoom that lead from `before` to `after`; it keeps its own centre.
export function moved(view, before, after) {
  const [x, y, z, w] = before.slice(4);
  const turn = product(after.slice(4), [-x, -y, -z, w]);
  return [...view.slice(0, 3), view[3] + after[3] - before[3], ...product(turn, view.slice(4))];
}

function product([ax, ay, az, aw], [bx, by, bz, bw]) {
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
}

// How much to zoom so that the atoms fill the space between the toolbar and the colour bar.
export function filling(viewer, atoms, box) {
  const mean = (axis) => atoms.reduce((sum, atom) => sum + atom[axis], 0) / atoms.length;
  const centre = { x: mean("x"), y: mean("y"), z: mean("z") };
  // A small molecule does not fill the frame: at least 5 A are shown.
  const space = ["x", "y", "z"].flatMap((axis) =>
    [-2.5, 2.5].map((shift) => ({ ...centre, [axis]: centre[axis] + shift })),
  );
  const points = viewer.modelToScreen([...atoms, ...space]);
  const span = (axis) => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [top, bottom]] = [span("x"), span("y")];
  const margin = 60; // half an atom on either side, in pixels
  const width = (box.width - 2 * margin) / Math.max(right - left, 40);
  const height = (box.height - 104 - 2 * margin) / Math.max(bottom - top, 40);
  return Math.min(width, height, 4);
}
