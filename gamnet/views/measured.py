"""Measured distances and angles: what the viewer draws, and the texts of the list."""

from collections.abc import Sequence

import numpy as np

from gamnet.structures.measure import DISTANCE, Measure, measure
from gamnet.structures.structure import Structure
from gamnet.views.numbers import number

MOST = 4  # atoms that have one number between them


def measures(structure: Structure, atoms: Sequence[int]) -> list[Measure]:
    """All that two to four picked atoms give, the number between all of them last.

    The distances from each to the next, the angles of three in a row, the dihedral of four; none
    for fewer than two atoms or more than four.
    """
    if not 2 <= len(atoms) <= MOST:
        return []
    return [
        measure(structure, atoms[start : start + size])
        for size in range(2, len(atoms) + 1)
        for start in range(len(atoms) - size + 1)
    ]


def measure_text(found: Measure) -> str:
    """The number with its unit."""
    if np.isnan(found.value):
        return "not defined"
    if found.kind == DISTANCE:
        return f"{number(found.value, 3)} Å"
    return f"{number(found.value, 1)}°"


def measure_name(found: Measure, symbols: Sequence[str]) -> str:
    """What was measured: "Angle C1–O3–H9"."""
    return f"{found.kind} {'–'.join(f'{symbols[atom]}{atom}' for atom in found.atoms)}"


def measure_scene(found: Measure) -> dict[str, object]:
    """The JSON-ready lines and label of a measure, as a scene's "measure"."""
    return {
        "atoms": list(found.atoms),
        "points": np.round(found.points, 4).tolist(),
        "text": measure_text(found),
    }
