"""The symmetry of a crystal: space group, sites that are equal, primitive and conventional cell."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import spglib

from gamnet.errors import StructureError
from gamnet.structures.structure import Structure, make_structure

# How far an atom may be from its symmetric place: files round to three decimals, and relaxed
# structures are off by some mA.
TOLERANCE = 0.01  # A
MAX_ATOMS = 2_000  # more take seconds

Kind = Literal["primitive", "conventional"]
_SYSTEMS = (
    (2, "triclinic"), (15, "monoclinic"), (74, "orthorhombic"), (142, "tetragonal"),
    (167, "trigonal"), (194, "hexagonal"), (230, "cubic"),
)  # fmt: skip


class SymmetryError(StructureError):
    """The structure has no space group, or none was found."""


@dataclass(frozen=True)
class SiteGroup:
    """Atoms that the crystal's symmetry carries into each other.

    wyckoff : multiplicity in the conventional cell and letter ("4a").  site_symmetry : the point
    group of the place ("m-3m").  atoms : of the structure, ascending.  fractional : [3] place of
    the first one, 0 to 1, in the structure's own cell.
    """

    element: str
    wyckoff: str
    site_symmetry: str
    atoms: tuple[int, ...]
    fractional: tuple[float, float, float]

    @property
    def name(self) -> str:
        """Element and Wyckoff position: "Na 4a"."""
        return f"{self.element} {self.wyckoff}"


@dataclass(frozen=True)
class Symmetry:
    """number : of the space group, 1 to 230.  symbol : Hermann-Mauguin, short ("Fm-3m").

    hall : Hall symbol.  point_group : Hermann-Mauguin.  groups : all atoms, each in one group.
    tolerance : A, within which atoms are at their symmetric places.
    """

    number: int
    symbol: str
    hall: str
    point_group: str
    groups: tuple[SiteGroup, ...]
    tolerance: float

    @property
    def system(self) -> str:
        """Crystal system: triclinic to cubic."""
        return crystal_system(self.number)

    def group_of(self, atom: int) -> SiteGroup:
        """The group that an atom belongs to."""
        return next(group for group in self.groups if atom in group.atoms)


def crystal_system(number: int) -> str:
    """The crystal system of a space group's number, 1 to 230."""
    return next(name for last, name in _SYSTEMS if number <= last)


def find_symmetry(structure: Structure, tolerance: float = TOLERANCE) -> Symmetry:
    """Space group and groups of equal sites (spglib), within `tolerance` A.

    Groups are in the order of their first atoms. Raises SymmetryError for what is not periodic in
    three directions, for more than MAX_ATOMS atoms, and where spglib finds nothing.
    """
    cell = _cell(structure)
    found = spglib.get_symmetry_dataset(cell, symprec=tolerance)
    if found is None:
        raise SymmetryError(
            f"No symmetry was found within {tolerance:g} A", "Try a smaller or a larger tolerance"
        )
    fractional = np.array(cell[1]) % 1.0
    # How many of the given cells make a conventional one, in numbers of atoms.
    ratio = len(found.std_types) / structure.n_atoms
    groups = []
    for first in np.unique(found.crystallographic_orbits):
        atoms = np.flatnonzero(found.crystallographic_orbits == first)
        x, y, z = (fractional[atoms[0]].round(6) % 1.0).tolist()
        groups.append(
            SiteGroup(
                structure.symbols[first],
                f"{round(len(atoms) * ratio)}{found.wyckoffs[first]}",
                # Dots stand for axes without symmetry; print leaves them out where nothing is left.
                found.site_symmetry_symbols[first].replace(".", "") or "1",
                tuple(atoms.tolist()),
                (x, y, z),
            )
        )
    groups.sort(key=lambda group: group.atoms[0])
    return Symmetry(
        found.number, found.international, found.hall, found.pointgroup, tuple(groups), tolerance
    )


def standard_cell(structure: Structure, kind: Kind, tolerance: float = TOLERANCE) -> Structure:
    """The same crystal in its primitive or its conventional cell (spglib's choice of axes).

    Nothing is idealised: atoms stay where they are, up to `tolerance`. It keeps its source, being
    the same crystal; values per atom are the same, atoms have other numbers. Raises as
    `find_symmetry`.
    """
    found = spglib.standardize_cell(
        _cell(structure), to_primitive=kind == "primitive", no_idealize=True, symprec=tolerance
    )
    if found is None:
        raise SymmetryError(
            f"No {kind} cell was found within {tolerance:g} A", "Try another tolerance"
        )
    lattice, fractional, numbers = (np.asarray(part) for part in found)
    order = np.argsort(_first_places(structure.numbers, numbers), kind="stable")
    return make_structure(
        numbers[order],
        (fractional @ lattice)[order],
        lattice,
        structure.pbc,
        structure.source,
        structure.frame,
        structure.info,
    )


def _first_places(before: np.ndarray, numbers: np.ndarray) -> list[int]:
    """[n] place of each element's first atom: elements keep their order."""
    order = {z: k for k, z in enumerate(dict.fromkeys(before.tolist()))}
    return [order[int(z)] for z in numbers]


def _cell(structure: Structure) -> tuple[list[list[float]], list[list[float]], list[int]]:
    """What spglib takes: cell vectors (rows, A), fractional coordinates, atomic numbers."""
    if structure.lattice is None or not all(structure.pbc):
        raise SymmetryError(
            f"{structure.formula} is not periodic in three directions, so it has no space group",
            "Give a crystal",
        )
    if structure.n_atoms > MAX_ATOMS:
        raise SymmetryError(
            f"{structure.n_atoms:,} atoms: symmetry is looked for in up to {MAX_ATOMS:,}",
            "Give a smaller cell",
        )
    fractional = np.linalg.solve(structure.lattice.T, structure.positions.T).T
    return structure.lattice.tolist(), fractional.tolist(), structure.numbers.tolist()
