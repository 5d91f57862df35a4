"""Which atoms are bonded, by their covalent radii."""

import numpy as np
from ase.data import covalent_radii
from scipy.spatial import cKDTree

# Bonds are drawn, never used by a model: closer than the covalent radii (Cordero et al., Dalton
# Trans. 2008) plus the usual tolerance of viewers.
BOND_TOLERANCE = 0.3  # A


def find_bonds(
    numbers: np.ndarray, positions: np.ndarray, tolerance: float = BOND_TOLERANCE
) -> np.ndarray:
    """[n_bonds, 2] pairs a < b closer than the sum of their covalent radii plus `tolerance` (A)."""
    radii = covalent_radii[numbers]
    pairs = cKDTree(positions).query_pairs(
        2 * radii.max() + tolerance, output_type="ndarray"
    )  # [n_pairs, 2]
    distance = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    pairs = pairs[distance < radii[pairs].sum(axis=1) + tolerance]
    return pairs[np.lexsort(pairs.T[::-1])]
