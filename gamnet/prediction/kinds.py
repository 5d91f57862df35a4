"""Kinds of molecules by composition alone, so that errors can be told apart by them.

Three margins: the rarest element, the number of heavy atoms, and the rings and multiple bonds per
heavy atom (degree of unsaturation).
"""

from dataclasses import dataclass

import numpy as np

ELEMENTS = ("P", "Br", "F", "Cl", "S", "N or O", "C and H", "other")
_NUMBERS = {"P": 15, "Br": 35, "F": 9, "Cl": 17, "S": 16}  # the rarest first
_HALOGENS = (1, 9, 17, 35)  # of one bond, as hydrogen
_ORDINARY = {1, 6, 7, 8}
SIZE_ENDS = (9, 15, 25, 40)  # heavy atoms
SIZES = ("up to 9", "10 to 15", "16 to 25", "26 to 40", "more than 40")
UNSATURATION_ENDS = (0.15, 0.45)  # per heavy atom
UNSATURATIONS = ("saturated", "partly unsaturated", "highly unsaturated")
MARGINS = (
    ELEMENTS,
    tuple(f"{size} heavy atoms" for size in SIZES),
    UNSATURATIONS,
)
NAMES = tuple(name for margin in MARGINS for name in margin)


def kind_of(numbers: np.ndarray) -> tuple[int, int, int]:
    """Places in NAMES of a molecule's element, size and unsaturation, from its atomic numbers.

    Degree of unsaturation: 1 + (sum over the atoms of valence - 2) / 2, with valence 4 for C, 3 for
    N and P, 2 for O and S, 1 for H and halogens. Per heavy atom it is 0.67 in benzene, 0.8 in
    naphthalene, 0 in alkanes. Multiple bonds of P and S beyond these valences do not count.
    """
    present = set(numbers.tolist())
    element = next((name for name, z in _NUMBERS.items() if z in present), "")
    if not element:
        element = "N or O" if present & {7, 8} else "C and H"
    if present - _ORDINARY - set(_NUMBERS.values()):
        element = "other"
    heavy = int((numbers > 1).sum())
    size = int(np.searchsorted(SIZE_ENDS, heavy))
    count = {z: int((numbers == z).sum()) for z in present}
    valence = 2 * count.get(6, 0) + count.get(7, 0) + count.get(15, 0)
    valence -= sum(count.get(z, 0) for z in _HALOGENS)
    unsaturation = (1 + valence / 2) / max(heavy, 1)
    level = int(np.searchsorted(UNSATURATION_ENDS, unsaturation))
    return (
        ELEMENTS.index(element),
        len(ELEMENTS) + size,
        len(ELEMENTS) + len(SIZES) + level,
    )


def kinds_of(numbers: np.ndarray, n_atoms: np.ndarray) -> np.ndarray:
    """`kind_of` for structures end to end: numbers [n], n_atoms [s] -> [s, 3]."""
    parts = np.split(numbers, np.cumsum(n_atoms)[:-1])
    return np.array([kind_of(part) for part in parts], np.int64).reshape(-1, len(MARGINS))


def kind_text(kind: tuple[int, int, int] | np.ndarray) -> str:
    """A kind in print: "S, 16 to 25 heavy atoms, highly unsaturated"."""
    return ", ".join(NAMES[k] for k in kind)


@dataclass(frozen=True, eq=False)
class KindErrors:
    """How errors of kinds differ from what the latent vector alone says.

    factors : [p, K], K = len(NAMES): an estimate is multiplied by those of its three places.
    counts : [p, K], held-back structures that each factor is from.
    """

    factors: np.ndarray
    counts: np.ndarray

    def factor(self, kinds: np.ndarray, fewest: int) -> np.ndarray:
        """[s, p] for kinds [s, 3]; NaN where fewer than `fewest` structures were of a place."""
        product = self.factors[:, kinds].prod(axis=2)  # [p, s, 3] -> [p, s]
        measured = (self.counts[:, kinds] >= fewest).all(axis=2)
        return np.where(measured, product, np.nan).T
