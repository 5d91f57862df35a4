"""What is drawn of a structure: atoms with their images, bonds and the cell's edges."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from ase.data import covalent_radii
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from gamnet.structures.bonds import BOND_TOLERANCE, find_bonds
from gamnet.structures.orders import bond_orders
from gamnet.structures.structure import Structure

# An atom this close to a cell face is repeated on the opposite face.
FACE_TOLERANCE = 0.02  # fractional
# A flat molecule seen exactly from above has no depth.
_TILT = Rotation.from_euler("xy", [-24, 12], degrees=True)
_CRYSTAL_TILT = Rotation.from_euler("yx", [-18, 12], degrees=True)


_ANIONS = {7, 8, 9, 15, 16, 17, 33, 34, 35, 52, 53}  # N, O, F and the elements below them
_NONMETALS = _ANIONS | {1, 2, 5, 6, 10, 14, 18, 32, 36, 54}


@dataclass(frozen=True, eq=False)
class DrawnAtoms:
    """Atoms as drawn: a crystal's are moved into the cell, repeated, and joined by images.

    positions : [n_drawn, 3], Angstrom.
    sites : [n_drawn], index of the atom in the structure that each one shows.
    bonds : [n_bonds, 2], pairs of drawn atoms.
    orders : [n_bonds] as in `gamnet.structures.orders.bond_orders`.
    cell : [n_edges, 2, 3], ends of the cell's edges in Angstrom; empty for a molecule.
    """

    positions: np.ndarray
    sites: np.ndarray
    bonds: np.ndarray
    orders: np.ndarray
    cell: np.ndarray


def drawn_atoms(
    structure: Structure, repeat: tuple[int, int, int] = (1, 1, 1), neighbours: bool = True
) -> DrawnAtoms:
    """Atoms, bonds and cell edges to draw; `repeat` and `neighbours` matter for crystals only.

    repeat : number of cells along each cell vector (1 along vectors that are not periodic).
    neighbours : also draw the atoms outside the cell that are bonded to one inside.
    """
    lattice, pbc = structure.lattice, np.array(structure.pbc)
    if lattice is None:
        sites = np.arange(structure.n_atoms)
        bonds = find_bonds(structure.numbers, structure.positions)
        orders = bond_orders(structure, bonds)
        return DrawnAtoms(structure.positions, sites, bonds, orders, np.empty((0, 2, 3)))
    cells = np.where(pbc, repeat, 1)
    fractional = np.linalg.solve(lattice.T, structure.positions.T).T
    fractional[:, pbc] %= 1.0
    fractional[:, pbc] *= fractional[:, pbc] < 1 - 1e-9  # 1.0 by rounding is the cell's start
    inside, edge = _images(fractional, cells, pbc)
    positions, sites = inside[0] @ lattice, inside[1]
    ionic = bool(_ANIONS & set(structure.numbers.tolist()))
    if neighbours:
        outer = edge[0] @ lattice
        bonded = _bonded_to(
            positions, structure.numbers[sites], outer, structure.numbers[edge[1]], ionic
        )  # [n_edge] bool
        positions = np.concatenate([positions, outer[bonded]])
        sites = np.concatenate([sites, edge[1][bonded]])
    bonds = find_bonds(structure.numbers[sites], positions)
    bonds = bonds[(bonds < len(inside[1])).any(axis=1)]  # none between two atoms outside
    if ionic:
        bonds = bonds[~_metals(structure.numbers[sites])[bonds].all(axis=1)]
    edges = _cell_edges(lattice * cells[:, None])
    return DrawnAtoms(positions, sites, bonds, np.ones(len(bonds)), edges)


def orientation(positions: np.ndarray, lattice: np.ndarray | None = None) -> np.ndarray:
    """[4] quaternion (x, y, z, w) of the camera that shows a structure well, slightly tilted.

    A molecule is seen on its broadest side, the longest extent across the picture. Of a crystal
    the third cell vector points up and the first to the right.
    """
    if lattice is not None:
        up = lattice[2] / np.linalg.norm(lattice[2])
        right = lattice[0] - lattice[0] @ up * up
        right /= np.linalg.norm(right)
        axes = np.array([right, up, np.cross(right, up)])
        return (_CRYSTAL_TILT * Rotation.from_matrix(axes)).as_quat()
    centred = positions - positions.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1].T[::-1]  # rows: longest extent first
    # The sign of an axis is arbitrary: fix it, so that the same structure looks the same.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes = axes * np.sign(largest)
    axes[2] *= np.sign(np.linalg.det(axes))
    return (_TILT * Rotation.from_matrix(axes)).as_quat()


def _images(
    fractional: np.ndarray, repeat: np.ndarray, pbc: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Fractional coordinates and sites of all images in the repeated cell, and just around it."""
    ranges = [range(-1, n + 1) if p else (0,) for n, p in zip(repeat, pbc, strict=True)]
    shifts = np.array(list(product(*ranges)))  # [n_shifts, 3]
    images = (fractional[None] + shifts[:, None]).reshape(-1, 3)
    sites = np.tile(np.arange(len(fractional)), len(shifts))
    low, high = -FACE_TOLERANCE, repeat + FACE_TOLERANCE
    inside = ((images > low) & (images < high) | ~pbc).all(axis=1)
    return (images[inside], sites[inside]), (images[~inside], sites[~inside])


def _metals(numbers: np.ndarray) -> np.ndarray:
    """[n] bool: whether an atom is a metal, which beside anions is bonded to them alone."""
    return ~np.isin(numbers, list(_NONMETALS))


def _bonded_to(
    positions: np.ndarray,
    numbers: np.ndarray,
    others: np.ndarray,
    other_numbers: np.ndarray,
    ionic: bool,
) -> np.ndarray:
    """[n_others] bool: within bonding distance of any of `positions`.

    ionic : two metals are not bonded.
    """
    bonded = np.zeros(len(others), dtype=bool)
    if not len(others):
        return bonded
    radii, other_radii = covalent_radii[numbers], covalent_radii[other_numbers]
    reach = radii.max() + other_radii.max() + BOND_TOLERANCE
    near = cKDTree(others).sparse_distance_matrix(
        cKDTree(positions), reach, output_type="ndarray"
    )  # fields i (other), j, v (distance)
    close = near["v"] < other_radii[near["i"]] + radii[near["j"]] + BOND_TOLERANCE
    if ionic:
        close &= ~(_metals(other_numbers)[near["i"]] & _metals(numbers)[near["j"]])
    bonded[near["i"][close]] = True
    return bonded


def _cell_edges(lattice: np.ndarray) -> np.ndarray:
    """[12, 2, 3] edges of the parallelepiped spanned by the three vectors."""
    corners = np.array(list(product((0, 1), repeat=3)))  # [8, 3]
    pairs = [
        (a, b) for a in range(8) for b in range(a) if np.abs(corners[a] - corners[b]).sum() == 1
    ]
    return (corners @ lattice)[np.array(pairs)]
