"""How far the anchors' level is from QM9's: the same molecules at the same geometry in both."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from gamnet.datasets import get_dataset
from gamnet.datasets.levels import PROPERTY_IDS, Offset
from gamnet.errors import LabelError
from gamnet.writing import new_file

_FEWEST = 10  # molecules to fit a line to
_FEWEST_OF_ELEMENT = 3


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


def _elements(formula: str) -> set[str]:
    return set(re.findall("[A-Z][a-z]?", formula))
