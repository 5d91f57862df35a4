"""How far per-atom maps agree with known ones, molecule by molecule."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from gamnet.prediction.entry import MapAgreement

MIN_HEAVY_ATOMS = 3  # with two points every correlation is 1 or -1
# Values that symmetry makes equal differ by rounding and by how far a geometry was relaxed.
_EQUAL = 1e-3


@dataclass(frozen=True)
class Agreement:
    """Means over molecules, heavy atoms only.

    pearson, spearman : correlation over the atoms of a molecule; 0 for a map without contrast.
    top1 : share of molecules whose highest atom is the true one.  n : molecules compared.
    """

    pearson: float
    spearman: float
    top1: float
    n: int

    def to_dict(self) -> MapAgreement:
        """The record as plain values."""
        return {
            "pearson": self.pearson, "spearman": self.spearman, "top1": self.top1, "n": self.n,
        }  # fmt: skip


def has_contrast(values: np.ndarray) -> bool:
    """Whether values [n] differ by more than a thousandth of the largest size."""
    return bool(len(values) and np.ptp(values) > _EQUAL * np.abs(values).max())


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of a map with a truth [n]; a map without contrast says, and scores, nothing."""
    if not (has_contrast(a) and has_contrast(b)):
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def undefined(first: np.ndarray, second: np.ndarray) -> str | None:
    """Why two per-atom maps [n] have no correlation; None where they have one."""
    if len(first) < MIN_HEAVY_ATOMS:
        return f"fewer than {MIN_HEAVY_ATOMS} atoms"
    if not (has_contrast(first) and has_contrast(second)):
        return "all atoms equal"
    return None


def agreement(maps: list[np.ndarray], truths: list[np.ndarray]) -> Agreement:
    """Compare maps with truths, molecule by molecule: [n_heavy] each."""
    linear = [pearson(m, t) for m, t in zip(maps, truths, strict=True)]
    spearman = [
        pearson(rankdata(m), rankdata(t)) if has_contrast(m) else 0.0
        for m, t in zip(maps, truths, strict=True)
    ]
    # Equal atoms of a symmetric molecule are equally right.
    top = [t[m.argmax()] >= t.max() * (1 - 1e-3) for m, t in zip(maps, truths, strict=True)]
    return Agreement(
        float(np.mean(linear)), float(np.mean(spearman)), float(np.mean(top)), len(maps)
    )


def comparable(truth: np.ndarray) -> bool:
    """Whether a molecule's populations [n_heavy] are known, enough, and not flat by symmetry."""
    return bool(
        len(truth) >= MIN_HEAVY_ATOMS and not np.isnan(truth).any() and np.ptp(truth) >= 1e-4
    )


def element_baseline(numbers: list[np.ndarray], truths: list[np.ndarray]) -> list[np.ndarray]:
    """The no-skill map: each element's mean population over all other molecules.

    numbers, truths : [n_heavy] of each molecule.
    """
    total, count = np.zeros(119), np.zeros(119)
    for z, truth in zip(numbers, truths, strict=True):
        np.add.at(total, z, truth)
        np.add.at(count, z, 1)
    maps = []
    for z, truth in zip(numbers, truths, strict=True):
        own_total = np.bincount(z, truth, minlength=119)
        own_count = np.bincount(z, minlength=119)
        mean = (total - own_total) / np.maximum(count - own_count, 1)  # [119]
        maps.append(mean[z])
    return maps
