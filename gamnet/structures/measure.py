"""Distances, angles and dihedrals between picked atoms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.geometry import find_mic

from gamnet.errors import StructureError
from gamnet.structures.structure import Structure

DISTANCE, ANGLE, DIHEDRAL = "Distance", "Angle", "Dihedral"
_KINDS = {2: DISTANCE, 3: ANGLE, 4: DIHEDRAL}


@dataclass(frozen=True, eq=False)
class Measure:
    """A number between two, three or four atoms, in the order in which they were picked.

    kind : DISTANCE (A), ANGLE (degrees, 0 to 180) or DIHEDRAL (degrees, above -180 up to 180).
    points : [n, 3] A, the atoms as measured: in a crystal each is the image nearest to the one
        before. value : NaN for an angle that is not defined, as of a dihedral along a line.
    """

    kind: str
    atoms: tuple[int, ...]
    points: np.ndarray
    value: float

    @property
    def unit(self) -> str:
        return "Å" if self.kind == DISTANCE else "°"


def measure(structure: Structure, atoms: Sequence[int]) -> Measure:
    """What lies between two to four atoms of a structure, by minimum images in a crystal.

    Raises StructureError for another number of atoms, and for an atom that is not there.
    """
    if len(atoms) not in _KINDS:
        raise StructureError(
            f"{len(atoms)} atoms are picked", "Pick two for a distance, three or four for angles"
        )
    missing = [atom for atom in atoms if not 0 <= atom < structure.n_atoms]
    if missing:
        raise StructureError(
            f"There is no atom {missing[0]}", f"Atoms run from 0 to {structure.n_atoms - 1}"
        )
    chosen = structure.positions[list(atoms)]  # [n, 3]
    steps = np.diff(chosen, axis=0)
    if structure.lattice is not None:
        steps = find_mic(steps, structure.lattice, structure.pbc)[0]
    points = np.concatenate([chosen[:1], chosen[0] + np.cumsum(steps, axis=0)])
    kind = _KINDS[len(atoms)]
    if kind == DISTANCE:
        value = float(np.linalg.norm(steps[0]))
    elif kind == ANGLE:
        value = _angle(-steps[0], steps[1])
    else:
        value = _dihedral(*steps)
    return Measure(kind, tuple(map(int, atoms)), points, value)


def _angle(u: np.ndarray, v: np.ndarray) -> float:
    """Degrees between two vectors [3]; atan2 keeps its digits near 0 and 180, arccos does not."""
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(u, v)), u @ v)))


def _dihedral(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """Degrees between the planes of steps a, b and b, c [3], positive clockwise along b (IUPAC)."""
    first, second = np.cross(a, b), np.cross(b, c)
    if min(np.linalg.norm(first), np.linalg.norm(second)) < 1e-9:
        return float("nan")
    sine = np.linalg.norm(b) * (a @ second)
    return float(np.degrees(np.arctan2(sine, first @ second)))
