"""Comparing predictions: which atoms correspond, differences per atom, one scale, one pose."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from gamnet.errors import StructureError
from gamnet.prediction.result import PropertyPrediction
from gamnet.properties import unit_text
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


def corresponds(first: Structure, second: Structure) -> bool:
    """Whether the atoms correspond one to one: the same elements in the same order."""
    return np.array_equal(first.numbers, second.numbers)


def comparable(first: PropertyPrediction, second: PropertyPrediction, by: str) -> bool:
    """Whether the difference of the per-atom values has a meaning: the same unit, and values."""
    if by == GA_SCORES:
        return True
    has = first.contributions is not None and second.contributions is not None
    return has and first.property.unit == second.property.unit


def difference(first: PropertyPrediction, second: PropertyPrediction, by: str) -> np.ndarray:
    """[n_atoms] second minus first, of the values of `gamnet.views.colours.atom_values`.

    Raises StructureError when the numbers of atoms differ.
    """
    a, b = atom_values(first, by), atom_values(second, by)
    if len(a) != len(b):
        raise StructureError(
            f"{len(a)} and {len(b)} atoms cannot be compared one by one",
            "Choose structures with the same elements in the same order",
        )
    return b - a


def difference_scale(
    first: PropertyPrediction, second: PropertyPrediction, by: str, palette: str | None = None
) -> Scale:
    """A diverging scale around zero that spans the differences."""
    values = difference(first, second, by)
    limit = rounded_up(float(np.abs(values).max()))
    scale = value_scale(values, first.property, CONTRIBUTIONS, limit, palette)
    return replace(scale, title=difference_title(first, second, by))


def difference_title(first: PropertyPrediction, second: PropertyPrediction, by: str) -> str:
    """What a difference is of, with its unit."""
    if by == GA_SCORES:
        return "Difference of GA score relative to 1/n"
    unit = unit_text(first.property.unit)
    to = f" to {first.property.symbol}" if first.property.id == second.property.id else "s"
    return f"Difference of contribution{to} ({unit})"


def shared_scale(
    predicted: Sequence[PropertyPrediction], by: str, palette: str | None = None
) -> Scale:
    """One scale that spans the per-atom values of all these predictions of one quantity."""
    values = np.concatenate([atom_values(p, by) for p in predicted])
    return value_scale(values, predicted[0].property, by, None, palette)


def poses(structures: Sequence[Structure]) -> list[list[float]]:
    """Per structure the quaternion (x, y, z, w) to look at it from.

    A structure whose atoms correspond to the first one's is turned onto it (least squares of the
    distances between corresponding atoms), so that both are seen from the same side.
    """
    first = structures[0]
    reference = Rotation.from_quat(orientation(first.positions))
    found = []
    for structure in structures:
        if structure is first or not corresponds(first, structure) or structure.n_atoms < 3:
            found.append(orientation(structure.positions).tolist())
            continue
        a, b = (s.positions - s.positions.mean(axis=0) for s in (first, structure))
        with warnings.catch_warnings():
            # Of atoms on a line any turn about it is as good as any other.
            warnings.simplefilter("ignore", UserWarning)
            onto, _ = Rotation.align_vectors(a, b)
        found.append((reference * onto).as_quat().tolist())
    return found
