"""From one level of theory to another: lines fitted on molecules that have both."""

import json
from dataclasses import dataclass
from pathlib import Path

from gamnet.errors import LabelError

PROPERTY_IDS = ("homo", "lumo")


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


def read_offsets(path: Path) -> dict[str, Offset]:
    """Property id -> offset; raises LabelError if the file is absent or another kind."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        return {name: Offset(**values[name]) for name in PROPERTY_IDS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabelError(f"'{path}' has no offsets ({error})") from error
