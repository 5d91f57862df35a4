"""How far the anchors' level is from QM9's: the same molecules at the same geometry in both."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from gamnet.datasets import get_dataset
from gamnet.labelling.classes import LabelError
from gamnet.writing import new_file

PROPERTY_IDS = ("homo", "lumo")
_FEWEST = 10  # molecules to fit a line to
_FEWEST_OF_ELEMENT = 3


@dataclass(frozen=True)
class Offset:
    """QM9's value = slope x (anchor's value) + intercept, with what that leaves.

    count : molecules.  mean : eV, QM9 minus anchor level.  spread : eV, its standard deviation.
    slope : of the line.  intercept : eV.
    left_out : eV, mean error of the line for a molecule that was left out of the fit.
    constant_left_out : eV, the same of the mean as a constant.
    of_element : eV, mean of QM9 minus the line over the molecules that have the element; S, P, Cl
        and Br cannot be measured, because QM9 has none.
    """

    count: int
    mean: float
    spread: float
    slope: float
    intercept: float
    left_out: float
    constant_left_out: float
    of_element: dict[str, float]

    def apply(self, value: float) -> float:
        """The value (eV) at QM9's level for one of the anchors' level (eV)."""
        return self.slope * value + self.intercept


def fit_offset(ours: np.ndarray, theirs: np.ndarray, elements: list[set[str]]) -> Offset:
    """Fit a line.  ours, theirs : [m] eV.  elements : those of each molecule."""
    count = len(ours)
    if count < _FEWEST:
        raise LabelError(f"{count} QM9 molecules are labelled", f"Label {_FEWEST} or more")
    design = np.stack([ours, np.ones(count)], axis=1)  # [m, 2]
    (slope, intercept), *_ = np.linalg.lstsq(design, theirs, rcond=None)
    residual = theirs - design @ [slope, intercept]
    # The error of a point left out of a linear fit is its residual over 1 - leverage.
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    difference = theirs - ours
    present = {e: np.array([e in one for one in elements]) for e in sorted(set().union(*elements))}
    return Offset(
        count,
        float(difference.mean()),
        float(difference.std()),
        float(slope),
        float(intercept),
        float(np.abs(residual / (1 - leverage)).mean()),
        float(np.abs((difference - difference.mean()) * count / (count - 1)).mean()),
        {
            e: float(residual[has].mean())
            for e, has in present.items()
            if has.sum() >= _FEWEST_OF_ELEMENT
        },
    )


def measured_offsets(table: pa.Table) -> dict[str, Offset]:
    """Property id -> offset, from packed rows of the list "qm9"."""
    rows = [row for row in table.to_pylist() if not row["reason"]]
    known = get_dataset("qm9").table()
    index = [row["source"].removeprefix("qm9:") for row in rows]
    elements = [_elements(known.at[k, "formula"]) for k in index]
    return {
        name: fit_offset(
            np.array([row[name] for row in rows]), known.loc[index, name].to_numpy(), elements
        )
        for name in PROPERTY_IDS
    }


def write_offsets(offsets: dict[str, Offset], level: str, path: Path) -> None:
    """Write the fits as json: "level", then one entry for each property."""
    values = {name: asdict(offset) for name, offset in offsets.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"level": level, "reference": "QM9"} | values, indent=2)
    with new_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_offsets(path: Path) -> dict[str, Offset]:
    """Property id -> offset; raises LabelError if the file is absent or another kind."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        return {name: Offset(**values[name]) for name in PROPERTY_IDS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabelError(f"'{path}' has no offsets ({error})") from error


def _elements(formula: str) -> set[str]:
    return set(re.findall("[A-Z][a-z]?", formula))
