"""In words, how far a measured per-atom map can be taken for the orbital that it explains."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gamnet.explanation.agreement import MIN_HEAVY_ATOMS, has_contrast
from gamnet.network.units import fit_scaling
from gamnet.prediction.domain import OUTSIDE
from gamnet.prediction.entry import Entry, MapAgreement
from gamnet.prediction.result import Prediction
from gamnet.prediction.shipped import entry_agreement
from gamnet.properties import Property

BASELINE = "element_mean"
MAP_NAMES = {
    "ga_scores": "GA scores",
    "contributions": "Contributions (magnitude)",
    "occlusion": "Occlusion (atom removed)",
    BASELINE: "Element means (no skill)",
}
# Mean Pearson correlation over the heavy atoms of a molecule.
FAITHFUL, ROUGH = 0.9, 0.7
# A map has to beat the element means by this much to tell more than the element does.
MARGIN = 0.05


def verdict(agreement: Mapping[str, MapAgreement], map_name: str) -> str:
    """What one map is worth, from `gamnet.explanation.faithfulness` of one property: a clause."""
    reached = agreement[map_name]["pearson"]
    if reached < agreement[BASELINE]["pearson"] + MARGIN:
        return "tells no more about where the orbital is than the atom's element does"
    if reached >= FAITHFUL:
        return "shows where the orbital is"
    if reached >= ROUGH:
        return "shows roughly where the orbital is, and errs on single atoms"
    return "tells more than the atom's element does, but is no picture of the orbital"


@dataclass(frozen=True)
class Faithfulness:
    """Agreement of one kind of map with the truth, mean over molecules (heavy atoms only).

    pearson, spearman : correlation over the atoms.  top1 : share of molecules whose highest atom
    is the right one.  n : molecules.  baseline : pearson of the map that knows each element's
    mean and nothing else.  verdict : what that is worth, a clause whose subject is the map.
    """

    pearson: float
    spearman: float
    top1: float
    n: int
    baseline: float
    verdict: str

    @property
    def has_skill(self) -> bool:
        """Whether the map says more than the elements alone do, by a margin that matters."""
        return self.pearson >= self.baseline + MARGIN


def measured(entry: Entry, property_id: str, by: str) -> Faithfulness | None:
    """The measured faithfulness of a shipped model's map; None where it was not measured.

    entry : of `gamnet.prediction.shipped.available`.
    by : a key of `gamnet.explanation.verdicts.MAP_NAMES`.
    """
    maps = entry_agreement(entry).get(property_id, {})
    if by not in maps or BASELINE not in maps:
        return None
    found = maps[by]
    return Faithfulness(
        found["pearson"],
        found["spearman"],
        found["top1"],
        found["n"],
        baseline=maps[BASELINE]["pearson"],
        verdict=verdict(maps, by),
    )


def unmeasured(prediction: Prediction, values: np.ndarray) -> str | None:
    """Why what was measured of a map says nothing of this one, a sentence; None where it does.

    values : [n_atoms] of the map.

    Measured were molecules like the training data, over their heavy atoms, three at least.
    """
    structure = prediction.structure
    if structure is None or structure.periodic:
        return "It was measured on molecules, and this is a crystal."
    heavy = structure.numbers > 1
    if heavy.sum() < MIN_HEAVY_ATOMS:
        n = int(heavy.sum())
        return (
            f"It was measured on molecules of at least {MIN_HEAVY_ATOMS} atoms other than "
            f"hydrogen, and this one has {n or 'none'}."
        )
    if not has_contrast(values[heavy]):
        return "All atoms other than hydrogen are equal by symmetry: the map singles out none."
    if prediction.domain is not None and prediction.domain.verdict == OUTSIDE:
        return "It was measured on molecules like the training data, which this one is not."
    return None


def additivity(prop: Property, counts: np.ndarray, targets: np.ndarray) -> float:
    """Share of a property's variance that a sum over the elements alone explains (R squared).

    prop : extensive, or per atom, of which the sum is over the elements' shares.
    counts : [n, n_z] atoms of each element.  targets : [n].
    """
    fit = fit_scaling((prop,), counts, targets[:, None], additive=True)
    parts = counts / counts.sum(axis=1, keepdims=True) if prop.scaling == "per_atom" else counts
    predicted = fit.baseline[0] + parts @ fit.element_reference[0]  # [n]
    return 1 - float(np.var(targets - predicted) / np.var(targets))
