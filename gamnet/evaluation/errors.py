"""Where a model errs: its shipped test predictions, summed up overall, by size and by element.

Frames are those of `gamnet.publishing.records`; errors are predicted minus target in the display
unit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gamnet.formulas import element_counts
from gamnet.properties import Property

TAIL = 0.9  # the share of structures whose error is below `tail`
MIN_GROUP = 10  # structures; of fewer a mean says little


@dataclass(frozen=True)
class ErrorSummary:
    """Errors of n structures: mean, median and TAIL quantile of the magnitude, mean (bias)."""

    n: int
    mae: float
    median: float
    tail: float
    bias: float


def errors(frame: pd.DataFrame, prop: Property) -> np.ndarray:
    """[m] predicted minus target, in the display unit."""
    predicted, target = (frame[c].to_numpy(float) for c in (f"{prop.id}_predicted", prop.id))
    return (predicted - target) * prop.display_factor


def summary(error: np.ndarray) -> ErrorSummary:
    """Sum up errors [m], m > 0."""
    size = np.abs(error)
    return ErrorSummary(
        len(error),
        float(size.mean()),
        float(np.median(size)),
        float(np.quantile(size, TAIL)),
        float(error.mean()),
    )


def compositions(frame: pd.DataFrame) -> pd.DataFrame:
    """Atoms of each element, a column per element, rows as in the frame."""
    return pd.DataFrame(element_counts(frame["formula"]), index=frame.index)


def by_heavy_atoms(frame: pd.DataFrame, prop: Property) -> dict[int, ErrorSummary]:
    """Summary per number of atoms that are not hydrogen, ascending."""
    composition = compositions(frame)
    heavy = (frame["n_atoms"] - composition.get("H", 0)).to_numpy()
    error = errors(frame, prop)
    return {int(n): summary(error[heavy == n]) for n in np.unique(heavy)}


def by_element(frame: pd.DataFrame, prop: Property) -> dict[str, ErrorSummary]:
    """Summary of the structures that contain each element, the most frequent one first."""
    present = compositions(frame) > 0
    error = errors(frame, prop)
    order = present.sum().sort_values(ascending=False, kind="stable").index
    return {symbol: summary(error[present[symbol].to_numpy()]) for symbol in order}


def largest(frame: pd.DataFrame, prop: Property, count: int) -> pd.DataFrame:
    """The structures with the largest errors: id, formula, target, predicted, error."""
    error = errors(frame, prop)
    order = np.argsort(-np.abs(error), kind="stable")[:count]
    chosen = frame.iloc[order]
    return pd.DataFrame(
        {
            "id": chosen["id"].to_numpy(),
            "formula": chosen["formula"].to_numpy(),
            "target": chosen[prop.id].to_numpy(float),
            "predicted": chosen[f"{prop.id}_predicted"].to_numpy(float),
            "error": error[order],
        }
    )
