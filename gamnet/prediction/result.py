"""Prediction, the one result that every page, file format and figure is a view of."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gamnet.errors import UnknownPropertyError
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
    """

    property: Property
    value: float
    baseline: float
    ga_scores: np.ndarray
    contributions: np.ndarray | None
    uncertainty: float | None = None


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

    def to_frame(self) -> "pd.DataFrame":
        """Per-atom table: index i, element, x, y, z (A), GA score and contribution per property."""
        from gamnet.export.files import atoms_frame

        return atoms_frame(self)

    def view(self, property_id: str, by: str = "ga_scores") -> "py3Dmol.view":
        """py3Dmol view for notebooks, atoms coloured by `ga_scores` or `contributions`."""
        from gamnet.views.colours import notebook_view

        return notebook_view(self, property_id, by)
