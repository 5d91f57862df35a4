"""Which atoms are bonded, by their covalent radii, and what follows: molecules, open bonds."""

import numpy as np
from ase.data import covalent_radii
from ase.data.vdw_alvarez import vdw_radii
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

# Bonds are drawn, never used by a model: closer than the covalent radii (Cordero et al., Dalton
# Trans. 2008) plus the usual tolerance of viewers.
BOND_TOLERANCE = 0.3  # A


def find_bonds(
    numbers: np.ndarray, positions: np.ndarray, tolerance: float = BOND_TOLERANCE
) -> np.ndarray:
    """[n_bonds, 2] pairs a < b closer than the sum of their covalent radii plus `tolerance` (A)."""
    pairs = _closer_than(positions, covalent_radii[numbers], tolerance)
    return pairs[np.lexsort(pairs.T[::-1])]


def _closer_than(positions: np.ndarray, radii: np.ndarray, tolerance: float) -> np.ndarray:
    """[n_pairs, 2] pairs a < b closer than the sum of their radii plus `tolerance` (A)."""
    pairs = cKDTree(positions).query_pairs(
        2 * radii.max() + tolerance, output_type="ndarray"
    )  # [n_pairs, 2]
    distance = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    return pairs[distance < radii[pairs].sum(axis=1) + tolerance]


# Atoms of two molecules touch within their van der Waals radii and this: the complexes of the S22
# set (Jurecka et al., Phys. Chem. Chem. Phys. 2006, 8, 1985) do, with 0.3 A to spare.
CONTACT = 0.5  # A
_UNKNOWN_RADIUS = 2.0  # A, for the elements without one


def n_separate(numbers: np.ndarray, positions: np.ndarray) -> int:
    """Into how many parts the atoms fall that touch nowhere, by van der Waals radii.

    Radii: Alvarez, Dalton Trans. 2013, 42, 8617.
    """
    radii = np.nan_to_num(vdw_radii, nan=_UNKNOWN_RADIUS)[numbers]
    pairs = _closer_than(positions, radii, CONTACT)
    n_atoms = len(numbers)
    touching = coo_array((np.ones(len(pairs), bool), pairs.T), shape=(n_atoms, n_atoms))
    return int(connected_components(touching, directed=False)[0])


# Bonds that an atom forms, and how much may be lacking to its bond orders before it must be that
# of a hydrogen: carbon's are the surest, and in a diatomic such as CO nothing is usual.
_VALENCE = {6: 4.0, 7: 3.0, 8: 2.0}
_LACKING = {6: 0.7, 7: 1.05, 8: 1.05}
_DIATOMIC_LACKING = 1.7
_PAULING = 0.71 / np.log(10)  # A


def lacks_hydrogens(numbers: np.ndarray, positions: np.ndarray) -> bool:
    """Whether a molecule has no hydrogen atom, but a C, N or O that is short of bonds for it.

    Bond orders are exp((r_i + r_j - d) / 0.31 A), the covalent radii's sum less the distance
    (Pauling, J. Am. Chem. Soc. 1947, 69, 542).
    """
    if len(numbers) == 0 or (numbers == 1).any():
        return False
    total = np.zeros(len(numbers))
    if len(numbers) > 1:
        pairs = find_bonds(numbers, positions)
        distance = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
        orders = np.exp((covalent_radii[numbers[pairs]].sum(axis=1) - distance) / _PAULING)
        np.add.at(total, pairs, orders[:, None])
    for z, valence in _VALENCE.items():
        lacking = valence - total[numbers == z]
        if (lacking > (_DIATOMIC_LACKING if len(numbers) == 2 else _LACKING[z])).any():
            return True
    return False
