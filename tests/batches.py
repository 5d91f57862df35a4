"""What the tests of batches share: lists that are opened, and predictions without a network."""

import numpy as np
from readings import told
from records import PROPERTIES

from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.screening.items import Item, Reader, Row, TablePart, open_part
from gamnet.structures.structure import Failure, Structure


def items(*parts) -> list[Item]:
    return list(Reader(parts))


def opened(text: str, name: str = "list.csv") -> TablePart:
    part = open_part(text.encode(), name)
    assert isinstance(part, TablePart), part
    return part


def predicted(structure: Structure | Failure) -> Prediction:
    """Numbers that depend on the structure alone."""
    if isinstance(structure, Failure):
        return Prediction(structure.source, structure.frame, "m", None, error=structure.error)
    n = structure.n_atoms
    parts = structure.numbers / 10.0
    properties = {
        name: PropertyPrediction(
            PROPERTIES[name], -6.5 + parts.sum(), -6.5, np.full(n, 1 / n), parts
        )
        for name in ("homo", "alpha")
    }
    warnings = told(structure)
    return Prediction(structure.source, structure.frame, "m", structure, properties, warnings)


def rows_of(*parts) -> list[Row]:
    return [Row(item.id, item.text, predicted(item.structure)) for item in items(*parts)]
