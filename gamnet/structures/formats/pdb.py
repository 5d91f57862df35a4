"""pdb, column by column: models, alternate locations, elements and charges.

Of an atom line only name, location, residue, coordinates, element and charge are read: serial
numbers, in whatever digits, mean nothing here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

import numpy as np
from ase.data import atomic_numbers

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    atomic_number,
    isotopes,
    library_call,
    shorten,
)

_DAMAGED = "Check the file; it may be truncated: copy it again"
# Where the decimal points of x, y and z stand.
_POINTS = (34, 42, 50)
# Residues whose atoms' names are the standard's: each starts with the symbol of its element.
_STANDARD = {
    "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE", "LEU", "LYS", "MET",
    "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL", "A", "C", "G", "T", "U", "I", "DA", "DC", "DG",
    "DT", "DU", "HOH", "WAT", "H2O", "DOD",
}  # fmt: skip
# Symbols that no program means by the first letter alone, whatever column they start in.
_TWO_LETTERS = {"CL", "BR", "FE", "CU", "SI"}
_CHARGE = re.compile(r"(\d)([+-])|([+-])(\d)")


@dataclass(frozen=True)
class _Atom:
    """An atom line; residue : what tells the residue from every other one of the model."""

    name: str
    location: str
    residue: tuple[str, int]
    position: tuple[float, float, float]
    symbol: str
    guessed: bool
    charge: int


def read_pdb(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each model of a pdb file; of a residue's alternate locations the first is taken.

    The cell is taken for space group P 1 alone: any other would need its symmetry applied.
    """
    for cell, lines in _models(stream):
        try:
            yield _read_model(cell, lines)
        except ReadError as error:
            yield error


def _models(stream: TextIO) -> Iterator[tuple[str, list[str] | None]]:
    """CRYST1 line and atom lines of each model; None for one that the file's end cuts off."""
    cell, atoms, is_open = "", list[str](), False
    for line in stream:
        record = line[:6].rstrip()
        if record == "CRYST1":
            cell = line
        elif line.startswith(("ATOM", "HETATM")):
            atoms.append(line.rstrip("\n"))
        elif record in ("MODEL", "ENDMDL", "END"):
            # A model without atoms is kept, to be refused; one that the next begins in ends there.
            if atoms or (is_open and record != "MODEL"):
                yield cell, atoms
            atoms, is_open = [], record == "MODEL"
    if is_open:
        yield cell, None
    elif atoms:
        yield cell, atoms


def _read_model(cell: str, lines: list[str] | None) -> Frame:
    if lines is None:
        raise ReadError("The last MODEL has no ENDMDL", "The file is truncated: copy it again")
    if not lines:
        raise ReadError("The model has no atoms", "Give at least one ATOM or HETATM line")
    seen: Counter[tuple[str, ...]] = Counter()
    atoms = [_read_atom(line, seen) for line in lines]
    kept = _first_locations(atoms)
    lattice, notes = _lattice(cell)
    if len(kept) < len(atoms):
        left_out = f"{len(atoms) - len(kept)} atoms at alternate locations were left out"
        notes = (f"{left_out}; the first location was taken.", *notes)
    guesses = {atom.name: atom.symbol for atom in kept if atom.guessed}
    if guesses:
        pairs = ", ".join(f"{name} as {symbol}" for name, symbol in sorted(guesses.items())[:8])
        more = ", ..." if len(guesses) > 8 else ""
        notes = (
            f"The file does not name the elements; they were guessed from the atoms' names "
            f"({pairs}{more}).",
            *notes,
        )
    numbers = [atomic_number(atom.symbol) for atom in kept]
    info = StructureInfo(
        charge=sum(atom.charge for atom in kept),
        isotopes=isotopes(atom.symbol for atom in kept),
        notes=notes,
    )
    positions = np.array([atom.position for atom in kept])
    return Frame(numbers, positions, lattice, info=info)


def _read_atom(line: str, seen: Counter[tuple[str, ...]]) -> _Atom:
    """seen : how often each name at each location of each residue has come before."""
    try:
        # Shorter fields are a cut line: the columns are fixed.
        if len(line) < 54:
            raise ValueError
        x, y, z = (float(line[start : start + 8].replace("_", "?")) for start in (30, 38, 46))
    except ValueError:
        raise ReadError(
            f"An atom line has no three coordinates in columns 31 to 54: '{shorten(line)}'",
            _DAMAGED,
        ) from None
    location = line[16].strip()
    if location and any(line[column] != "." for column in _POINTS):
        raise ReadError(f"An atom line is shifted against its columns: '{shorten(line)}'", _DAMAGED)
    # Numbers of residues start again, or are stars: a name that comes again is of another residue.
    number = (line[21], line[22:26], line[26])
    key = (*number, line[12:16], location)
    seen[key] += 1
    symbol, guessed = _symbol(line)
    sign = _CHARGE.fullmatch(line[78:80].strip())
    charge = int(f"{sign[2] or sign[3]}{sign[1] or sign[4]}") if sign else 0
    return _Atom(
        line[12:16].strip(), location, ("".join(number), seen[key]), (x, y, z), symbol, guessed,
        charge,
    )  # fmt: skip


def _first_locations(atoms: list[_Atom]) -> list[_Atom]:
    """Of each residue the atoms without a location and those of the first one that is there."""
    first: dict[tuple[str, int], str] = {}
    for atom in atoms:
        if atom.location:
            first.setdefault(atom.residue, atom.location)
    return [a for a in atoms if not a.location or a.location == first[a.residue]]


def _symbol(line: str) -> tuple[str, bool]:
    """An atom's element, and whether it was guessed from a name that might mean another one."""
    given = line[76:78].strip()
    if given.upper() in ("D", "T") or given.capitalize() in atomic_numbers and given != "X":
        return given, False
    name, residue = line[12:16], line[17:20].strip().upper()
    found = re.search(r"[A-Za-z]{1,2}", name)
    letters = found[0].upper() if found else ""
    one, two = letters[:1].capitalize(), letters.capitalize()
    if residue in _STANDARD and one in ("C", "H", "D", "N", "O", "P", "S"):
        return one, False
    known = len(letters) == 2 and two in atomic_numbers
    # The format starts a symbol of one letter in the second column, unless the name is full.
    left = name[:1].isalpha() and len(name.strip()) < 4
    if known and (left or letters in _TWO_LETTERS or one not in atomic_numbers):
        return two, True
    if one in atomic_numbers or one == "D":
        full_hydrogen = one == "H" and len(name.strip()) == 4
        return one, known and not full_hydrogen
    raise ReadError(
        f"No element is named, and none is like the atom's name '{shorten(name)}'",
        "Write the elements in columns 77 and 78",
    )


def _lattice(line: str) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Cell vectors [3, 3] (A) of a CRYST1 line, None where there is no usable cell; notes."""
    from ase.cell import Cell

    if not line:
        return None, ()
    with library_call("The CRYST1 line cannot be read", _DAMAGED):
        edges = [(6, 15), (15, 24), (24, 33), (33, 40), (40, 47), (47, 54)]
        cell = [float(line[start:stop]) for start, stop in edges]
        # Structures without a crystal (NMR, cryo-EM) carry a cube of 1 A by convention.
        if max(cell[:3]) <= 1.0:
            return None, ()
        lattice = Cell.fromcellpar(cell).array
    group = line[55:66].strip() or "P 1"
    if group.replace(" ", "") != "P1":
        return None, (
            f"The file's crystal symmetry ({shorten(group)}) is not applied: "
            "its atoms are treated as an isolated molecule.",
        )
    return lattice, ()
