"""Make the shipped structures of this file anew: `python -m gamnet.examples.structures`.

They are ideal: from lattice constants and bond lengths of the literature, nothing is relaxed.
"""

import sys

import numpy as np
from ase import Atoms
from ase.build import graphene
from ase.io import read, write
from ase.spacegroup import crystal
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from gamnet.examples import STRUCTURES

_BOND, _SECOND = 1.43, 2.45  # A: mean bond of fullerenes, and distance of second neighbours
_PT_PT, _HEIGHT = 2.70, 2.15  # A: in a small cluster, and of its base above the sheet
_CELLS, _VACUUM = 5, 10.0  # of the graphene sheet, -, A


def c70() -> Atoms:
    """C70: both halves of C60 along a five-fold axis, mirrored, with a belt of ten atoms between.

    Bonds of 1.43 A and second neighbours at 2.45 A, as well as all of them can be had (least
    squares): the symmetry D5h follows from the cage.
    """
    cage = Atoms(read(STRUCTURES["c60"].path, index=0))
    cage.positions -= cage.positions.mean(axis=0)
    bonded = _bonds(cage.positions, 1.6)
    # The middle of a pentagon: five atoms, each bonded to two of the others.
    first = next(ring for ring in _rings(bonded, 5))
    axis = cage.positions[list(first)].mean(axis=0)
    turn, _ = Rotation.align_vectors([[0, 0, 1.0]], [axis / np.linalg.norm(axis)])
    positions = turn.apply(cage.positions)
    half = positions[positions[:, 2] > 0]  # [30, 3]
    rim = half[np.argsort(half[:, 2])[:10]]
    rise = np.array([0, 0, 1.2])
    belt = rim * [1.05, 1.05, 0]
    start = np.concatenate([half + rise, half * [1, 1, -1] - rise, belt])
    edges = _bonds(start[:60], 1.6)
    above = np.argsort(half[:, 2])[:10]
    pairs = [set(pair) for pair in edges]
    for k, atom in enumerate(above):
        edges += [(int(atom), 60 + k), (int(atom) + 30, 60 + k)]
    # Along the rim every other gap has a bond; the belt has its bonds below the others.
    order = above[np.argsort(np.arctan2(*half[above, :2].T))]
    place = {int(atom): 60 + k for k, atom in enumerate(above)}
    for a, b in zip(order.tolist(), np.roll(order, -1).tolist(), strict=True):
        if {a, b} not in pairs:
            edges.append((place[a], place[b]))
    return Atoms("C70", _settled(start, np.array(edges)))


def _bonds(positions: np.ndarray, cutoff: float) -> list[tuple[int, int]]:
    """Pairs of atoms nearer than the cutoff."""
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    return [(int(a), int(b)) for a, b in np.argwhere(np.triu(distance < cutoff, 1))]


def _rings(bonded: list[tuple[int, int]], size: int) -> list[tuple[int, ...]]:
    """Rings of so many atoms, as paths that come back to where they began."""
    around: dict[int, list[int]] = {}
    for a, b in bonded:
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    paths: list[tuple[int, ...]] = [(atom,) for atom in around]
    for _ in range(size - 1):
        paths = [(*path, n) for path in paths for n in around[path[-1]] if n not in path]
    return [path for path in paths if path[0] in around[path[-1]]]


def _settled(start: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Positions [n, 3] whose bonds and second neighbours come nearest to their lengths."""
    around: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    second = np.array(
        sorted({(min(x, y), max(x, y)) for n in around.values() for x in n for y in n if x != y})
    )
    i, j = np.concatenate([edges, second]).T
    wanted = np.repeat([_BOND, _SECOND], [len(edges), len(second)])
    strength = np.repeat([1.0, 0.2], [len(edges), len(second)])

    def energy(flat: np.ndarray) -> tuple[float, np.ndarray]:
        x = flat.reshape(-1, 3)
        vector = x[i] - x[j]
        length = np.linalg.norm(vector, axis=1)
        off = length - wanted
        force = (2 * strength * off / length)[:, None] * vector
        gradient = np.zeros_like(x)
        np.add.at(gradient, i, force)
        np.add.at(gradient, j, -force)
        return float((strength * off**2).sum()), gradient.ravel()

    found = minimize(energy, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 5000})
    x: np.ndarray = found.x.reshape(-1, 3)
    return x - x.mean(axis=0)


def platinum_on_graphene() -> Atoms:
    """A tetrahedron of platinum on a sheet of graphene (a = 2.46 A)."""
    sheet = graphene(a=2.46, size=(_CELLS, _CELLS, 1), vacuum=_VACUUM)
    height = _PT_PT * np.sqrt(2 / 3)
    corners = [np.array([np.cos(t), np.sin(t), 0]) for t in 2 * np.pi * np.arange(3) / 3]
    base = [_PT_PT / np.sqrt(3) * corner for corner in corners]
    cluster = Atoms("Pt4", [*base, (0, 0, height)])
    middle = sheet.positions[:, :2].mean(axis=0)
    cluster.translate([*middle, sheet.positions[0, 2] + _HEIGHT])
    return sheet + cluster


def samarium_iron() -> Atoms:
    """SmFe12 of the ThMn12 type, a = 8.35 and c = 4.81 A as measured of films.

    Y. Hirayama, Y. K. Takahashi, S. Hirosawa, K. Hono, Scripta Materialia 138, 62 (2017). The free
    coordinates of 8i and 8j are those usual for the type.
    """
    return crystal(
        ("Sm", "Fe", "Fe", "Fe"),
        [(0, 0, 0), (0.25, 0.25, 0.25), (0.359, 0, 0), (0.270, 0.5, 0)],
        spacegroup=139, cellpar=[8.35, 8.35, 4.81, 90, 90, 90],
    )  # fmt: skip


MAKERS = {"c70": c70, "pt-graphene": platinum_on_graphene, "smfe12": samarium_iron}


def main() -> int:
    for name, make in MAKERS.items():
        atoms, path = make(), STRUCTURES[name].path
        if path.suffix == ".cif":
            atoms = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
        write(path, atoms)
        print(f"{path}: {len(atoms)} atoms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
