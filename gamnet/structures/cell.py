"""The cell of a periodic structure: its numbers, and the same structure repeated or strained."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd

import numpy as np
from ase.data import atomic_masses
from ase.units import kg

from gamnet.errors import StructureError
from gamnet.structures.structure import Structure, location, make_structure

MAX_STRAIN = 0.2  # beyond it a crystal is another one


@dataclass(frozen=True)
class Cell:
    """Lengths and angles of a cell.

    lengths : a, b, c in A; None along a vector that is not periodic.
    angles : alpha, beta, gamma in degrees; None where one of the two vectors is not periodic.
    volume : A^3, and density : g/cm^3, of a crystal; area : A^2, of a slab; else None.
    formula_units : how often the reduced formula stands in the cell.
    """

    lengths: tuple[float | None, float | None, float | None]
    angles: tuple[float | None, float | None, float | None]
    volume: float | None
    density: float | None
    area: float | None
    formula_units: int


def cell_of(structure: Structure) -> Cell:
    """The numbers of a structure's cell; raises StructureError for a molecule."""
    if structure.lattice is None:
        raise StructureError(f"{structure.formula} has no cell", "Give a periodic structure")
    vectors, pbc = structure.lattice, structure.pbc
    norms = np.linalg.norm(vectors, axis=1)
    pairs = ((1, 2), (0, 2), (0, 1))
    lengths = tuple(float(norms[k]) if pbc[k] else None for k in range(3))
    angles = tuple(
        float(np.degrees(np.arccos(vectors[i] @ vectors[j] / (norms[i] * norms[j]))))
        if pbc[i] and pbc[j]
        else None
        for i, j in pairs
    )
    volume = float(abs(np.linalg.det(vectors))) if all(pbc) else None
    mass = 1e3 * float(atomic_masses[structure.numbers].sum()) / kg  # g
    area = None
    if sum(pbc) == 2:
        one, other = vectors[np.array(pbc)]
        area = float(np.linalg.norm(np.cross(one, other)))
    return Cell(
        (lengths[0], lengths[1], lengths[2]),
        (angles[0], angles[1], angles[2]),
        volume,
        None if volume is None else mass / (volume * 1e-24),
        area,
        gcd(*np.unique(structure.numbers, return_counts=True)[1].tolist()),
    )


def supercell(structure: Structure, repeat: Sequence[int]) -> Structure:
    """The structure repeated along each of its three cell vectors; copies follow one another.

    Raises StructureError for a number below 1, or above 1 where the structure is not periodic.
    """
    lattice = _lattice(structure)
    counts = np.asarray(repeat, dtype=int)
    if (
        counts.shape != (3,)
        or (counts < 1).any()
        or ((counts > 1) & ~np.array(structure.pbc)).any()
    ):
        raise StructureError(
            f"A cell cannot be repeated {' x '.join(map(str, repeat))} times",
            "Give three numbers of 1 or more, 1 where it is not periodic",
        )
    shifts = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1).reshape(-1, 3)
    positions = (structure.positions[None] + (shifts @ lattice)[:, None]).reshape(-1, 3)
    text = " x ".join(map(str, counts))
    return make_structure(
        np.tile(structure.numbers, len(shifts)), positions, lattice * counts[:, None],
        structure.pbc, f"{structure.source}, {text} cells", structure.frame,
        replace(
            structure.info, dataset="", id="", charge=structure.info.charge * len(shifts),
            unpaired=structure.info.unpaired * len(shifts),
        ),
    )  # fmt: skip


def deformation(structure: Structure, amount: float, axis: int | None = None) -> np.ndarray:
    """[3, 3] F = 1 + amount * n n^T with n along a cell vector, or (1 + amount) * 1 for None."""
    if axis is None:
        return (1 + amount) * np.eye(3)
    direction = _lattice(structure)[axis]
    direction = direction / np.linalg.norm(direction)
    return np.eye(3) + amount * np.outer(direction, direction)


def strained(structure: Structure, amount: float, axis: int | None = None) -> Structure:
    """The crystal stretched by a relative `amount`, in all directions or along one cell vector.

    Cell vectors and atoms move alike (affinely), nothing relaxes: x -> F x with F of
    `deformation`. Raises StructureError for a molecule, a direction that is not periodic, or an
    amount beyond MAX_STRAIN.
    """
    lattice = _lattice(structure)
    if not abs(amount) <= MAX_STRAIN:
        raise StructureError(
            f"A strain of {amount:.0%} is beyond {MAX_STRAIN:.0%}", "Give a smaller one"
        )
    asked = structure.pbc if axis is None else (structure.pbc[axis],)
    if not all(asked):
        raise StructureError(
            f"{location(structure.source, structure.frame)}the cell is not periodic there",
            "Strain along a periodic cell vector",
        )
    F = deformation(structure, amount, axis)
    return make_structure(
        structure.numbers, structure.positions @ F.T, lattice @ F.T, structure.pbc,
        structure.source, structure.frame, replace(structure.info, dataset="", id=""),
    )  # fmt: skip


def _lattice(structure: Structure) -> np.ndarray:
    if structure.lattice is None:
        raise StructureError(f"{structure.formula} has no cell", "Give a periodic structure")
    return structure.lattice
