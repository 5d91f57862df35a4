"""Comparing predictions: differences per atom, one scale, one pose."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from gamnet.prediction.result import PropertyPrediction
from gamnet.properties import unit_text
from gamnet.structures.mapping import Mapping, rotation_onto
from gamnet.structures.structure import Structure
from gamnet.views.colours import (
    CONTRIBUTIONS,
    GA_SCORES,
    Scale,
    atom_values,
    rounded_up,
    value_scale,
)
from gamnet.views.drawn import orientation
from gamnet.views.numbers import in_sentence


def comparable(first: PropertyPrediction, second: PropertyPrediction, by: str) -> bool:
    """Whether the difference of the per-atom values has a meaning: the same unit, and values."""
    if by == GA_SCORES:
        return True
    has = first.contributions is not None and second.contributions is not None
    return has and first.property.unit == second.property.unit


def difference(
    first: PropertyPrediction, second: PropertyPrediction, by: str, pairs: Mapping
) -> np.ndarray:
    """[n_mapped] second minus first of corresponding atoms, values of `colours.atom_values`."""
    values: np.ndarray = atom_values(second, by)[pairs.second] - atom_values(first, by)[pairs.first]
    return values


def difference_scale(
    values: np.ndarray,
    first: PropertyPrediction,
    second: PropertyPrediction,
    by: str,
    palette: str | None = None,
) -> Scale:
    """A diverging scale around zero that spans the differences [n_mapped]."""
    limit = rounded_up(float(np.abs(values).max()))
    scale = value_scale(values, first.property, CONTRIBUTIONS, limit, palette)
    return replace(scale, title=difference_title(first, second, by))


def difference_title(first: PropertyPrediction, second: PropertyPrediction, by: str) -> str:
    """What a difference is of, with its unit."""
    if by == GA_SCORES:
        return "Difference of GA score relative to 1/n"
    unit = unit_text(first.property.unit)
    one = first.property.id == second.property.id
    of = f"contribution to {in_sentence(first.property.name)}" if one else "contributions"
    return f"Difference of {of} ({unit})"


def shared_scale(
    predicted: Sequence[PropertyPrediction], by: str, palette: str | None = None
) -> Scale:
    """One scale that spans the per-atom values of all these predictions of one quantity."""
    values = np.concatenate([atom_values(p, by) for p in predicted])
    return value_scale(values, predicted[0].property, by, None, palette)


def poses(
    structures: Sequence[Structure], onto_first: Sequence[Mapping | None]
) -> list[list[float]]:
    """Per structure the quaternion (x, y, z, w) to look at it from.

    onto_first : the atoms of each structure that correspond to the first's, as `Mapping.second`.

    A structure with three such atoms is turned onto the first (least squares of the distances
    between them), so that both are seen from the same side.
    """
    first = structures[0]
    reference = Rotation.from_quat(orientation(first.positions))
    found = []
    for structure, pairs in zip(structures, onto_first, strict=True):
        if structure is first or pairs is None or len(pairs.first) < 3:
            found.append(orientation(structure.positions).tolist())
            continue
        turn = rotation_onto(first.positions[pairs.first], structure.positions[pairs.second])
        found.append((reference * Rotation.from_matrix(turn)).as_quat().tolist())
    return found
