"""Prediction, the one result that every page, file format and figure is a view of."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gamnet.errors import StructureError, UnknownPropertyError
from gamnet.prediction.domain import Domain
from gamnet.properties import Property
from gamnet.structures.structure import Structure

if TYPE_CHECKING:
    import pandas as pd
    import py3Dmol


@dataclass(frozen=True, eq=False)
class PropertyPrediction:
    """A predicted value with its explanation.

    value, baseline : in `property.unit`.
    ga_scores : [n_atoms], softmax attention of the property's GA head, sum 1.
    contributions : [n_atoms], in `property.unit`, baseline + sum = value; None for the paper's
        head, whose nonlinear read-out has no exact share per atom.
    uncertainty : expected absolute error of this value, in `property.unit`; None for a model
        without calibration and for a structure unlike all of the training data.
    verdict : what the value means ("metal", "insulator", "unsure"), where it means one of two
        things; else None, as for a structure without `uncertainty`.
    """

    property: Property
    value: float
    baseline: float
    ga_scores: np.ndarray
    contributions: np.ndarray | None
    uncertainty: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, eq=False)
class Prediction:
    """All predictions for one structure; `error` is set, and `properties` empty, if it failed.

    domain : how like the training data the structure is; None if that was not measured.
    """

    source: str
    frame: int
    model: str
    structure: Structure | None
    properties: dict[str, PropertyPrediction] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    error: str | None = None
    domain: Domain | None = None

    def __getitem__(self, property_id: str) -> PropertyPrediction:
        if property_id not in self.properties:
            raise UnknownPropertyError(
                f"No prediction of '{property_id}'", f"Available: {', '.join(self.properties)}"
            )
        return self.properties[property_id]

    @property
    def known_structure(self) -> Structure:
        """The structure; raises StructureError where it could not be read."""
        if self.structure is None:
            raise StructureError(
                f"There is no structure of '{self.source}'",
                self.error or "Give one that can be read",
            )
        return self.structure

    def to_frame(self) -> "pd.DataFrame":
        """Per-atom table: index i, element, x, y, z (A), GA score and contribution per property."""
        return atoms_frame(self)

    def view(self, property_id: str, by: str = "ga_scores") -> "py3Dmol.view":
        """py3Dmol view for notebooks, atoms coloured by `ga_scores` or `contributions`."""
        # Through the front door: what is drawn lies floors above.
        import gamnet

        return gamnet.notebook_view(self, property_id, by)


def atoms_frame(prediction: Prediction) -> pd.DataFrame:
    """Per-atom table: index i, element, x, y, z (A), ga_score_<property>, contribution_<property>.

    Contributions are in the property's unit, and left out where the model has none. A failed
    prediction gives an empty table.
    """
    structure = prediction.structure
    if structure is None or not prediction.properties:
        index = pd.RangeIndex(0, name="i")
        return pd.DataFrame(columns=["element", "x", "y", "z"], index=index)
    columns: dict[str, object] = {"element": structure.symbols}
    columns |= dict(zip("xyz", structure.positions.T, strict=True))
    columns |= per_atom_arrays(prediction)
    return pd.DataFrame(columns, index=pd.RangeIndex(structure.n_atoms, name="i"))


def per_atom_arrays(prediction: Prediction) -> dict[str, np.ndarray]:
    """ga_score_<property> and, where there are some, contribution_<property>: [n_atoms] each."""
    arrays = {}
    for property_id, predicted in prediction.properties.items():
        arrays[f"ga_score_{property_id}"] = np.asarray(predicted.ga_scores, dtype=np.float64)
        if predicted.contributions is not None:
            contributions = np.asarray(predicted.contributions, dtype=np.float64)
            arrays[f"contribution_{property_id}"] = contributions
    return arrays
