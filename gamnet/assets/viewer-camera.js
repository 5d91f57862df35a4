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
