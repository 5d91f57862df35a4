"""A small flat picture of a structure: atoms as discs, the near ones over the far ones."""

import numpy as np
from scipy.spatial.transform import Rotation

from gamnet.structures.structure import Structure
from gamnet.views.colours import element_colours
from gamnet.views.drawn import drawn_atoms, orientation

_SIZE, _MARGIN = 112, 12  # px
_RADIUS = 0.42  # A


def sketch(structure: Structure) -> str:
    """The structure as SVG, 112 x 112 px: seen as its 3D picture opens, in element colours."""
    drawn = drawn_atoms(structure, neighbours=False)
    turn = Rotation.from_quat(orientation(structure.positions, structure.lattice)).as_matrix()
    points = np.concatenate([drawn.positions, drawn.cell.reshape(-1, 3)]) @ turn.T  # [n, 3]
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    scale = (_SIZE - 2 * _MARGIN) / max(float((high - low).max()), 1.0)
    flat = (points[:, :2] - (low + high) / 2) * (scale, -scale) + _SIZE / 2  # [n, 2] px
    n = len(drawn.positions)
    colours = element_colours([structure.symbols[site] for site in drawn.sites])
    parts = [
        _line(a, b, "#999999", 0.8) for a, b in flat[n:].reshape(-1, 2, 2)
    ]  # the cell's edges lie behind
    bonds = sorted(drawn.bonds.tolist(), key=lambda pair: float(points[pair, 2].mean()))
    parts += [_line(flat[a], flat[b], "#777777", 1.6) for a, b in bonds]
    radius = min(max(_RADIUS * scale, 2.0), 9.0)
    for k in np.argsort(points[:n, 2]):
        x, y = flat[k]
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colours[k]}" '
            'stroke="#444444" stroke-width="0.6"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIZE}" height="{_SIZE}" '
        f'viewBox="0 0 {_SIZE} {_SIZE}">{"".join(parts)}</svg>'
    )


def _line(a: np.ndarray, b: np.ndarray, colour: str, width: float) -> str:
    return (
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )
