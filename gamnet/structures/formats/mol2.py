"""Tripos mol2: elements from SYBYL's atom types, or GAFF's; charges and missing hydrogens."""

import re
from collections.abc import Iterator
from typing import TextIO

import numpy as np
from ase.data import atomic_numbers

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    atomic_number,
    isotopes,
    shorten,
    whole_charge,
)

_DAMAGED = "Check the file; it may be truncated: copy it again"
_SECTION = "@<TRIPOS>"
# What may follow an element's symbol and a point in SYBYL's types.
_SUFFIXES = {
    "1", "2", "3", "4", "am", "ar", "cat", "co2", "pl3", "o", "o2", "O", "O2", "spc", "t3p", "th",
    "oh",
}  # fmt: skip
_DUMMIES = {"Du", "LP", "Any", "Hal", "Het", "Hev"}
_GAFF = re.compile(r"(cl|br|[cnopshfi])[a-z0-9+*]{0,2}")
_GAFF_NOTE = "Its atom types are GAFF's; the elements were taken from them."
_ORDERS = {"1": 1.0, "2": 2.0, "3": 3.0, "ar": 1.5, "am": 1.0}
_VALENCES = {"C": 4, "N": 3, "O": 2}


def read_mol2(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each molecule of a Tripos mol2 file."""
    for record in _records(stream):
        try:
            yield _read_record(record)
        except ReadError as error:
            yield error


def _records(stream: TextIO) -> Iterator[list[str]]:
    """Lines from each MOLECULE tag to the next; what stands before the first, if it has atoms."""
    lines = list[str]()
    for line in stream:
        if line.startswith(f"{_SECTION}MOLECULE"):
            if _has_atoms(lines) or lines[:1] and lines[0].startswith(_SECTION):
                yield lines
            lines = []
        if not line.startswith("#"):
            lines.append(line.rstrip())
    if _has_atoms(lines) or lines[:1] and lines[0].startswith(_SECTION):
        yield lines


def _has_atoms(lines: list[str]) -> bool:
    return any("TRIPOS>ATOM" in line for line in lines)


def _read_record(lines: list[str]) -> Frame:
    n_atoms, n_bonds = _counts(lines)
    atoms = _rows(lines, "ATOM", n_atoms)
    positions = np.array([_position(row) for row in atoms])
    types = [row[5] for row in atoms]
    symbols, notes = _symbols(types)
    bonds = _bonds(_rows(lines, "BOND", n_bonds), n_atoms) if n_bonds else []
    typed = _typed_charge(types, bonds)
    charge, charge_notes = _charge(atoms, "".join(lines[4:5]).strip(), typed)
    numbers = [atomic_number(symbol) for symbol in symbols]
    info = StructureInfo(
        title=lines[1],
        charge=charge,
        isotopes=isotopes(symbols),
        missing_hydrogens=_missing_hydrogens(symbols, types, bonds, typed - charge),
        notes=(*notes, *charge_notes),
    )
    return Frame(numbers, positions, info=info)


def _counts(lines: list[str]) -> tuple[int, int]:
    """Number of atoms and of bonds that the record announces."""
    if lines[0].strip() != f"{_SECTION}MOLECULE":
        raise ReadError(
            f"Atoms come without a line '{_SECTION}MOLECULE' of their own, from "
            f"'{shorten(lines[0])}' on",
            _DAMAGED,
        )
    tags = [line for line in lines if "TRIPOS>" in line]
    if sum("TRIPOS>ATOM" in tag for tag in tags) > 1:
        raise ReadError(
            "The mol2 record has two ATOM sections: a MOLECULE line is damaged", _DAMAGED
        )
    words = "".join(lines[2:3]).split()
    if not words or not words[0].isdecimal() or f"{_SECTION}ATOM" not in lines:
        raise ReadError("The mol2 record has no atom count or no ATOM section", _DAMAGED)
    n_bonds = int(words[1][:9]) if len(words) > 1 and words[1].isdecimal() else 0
    return int(words[0][:9]), n_bonds


def _rows(lines: list[str], section: str, count: int) -> list[list[str]]:
    """The words of each line of a section; a line that ends in a backslash goes on."""
    start = lines.index(f"{_SECTION}{section}") + 1 if f"{_SECTION}{section}" in lines else None
    if start is None:
        raise ReadError(
            f"The mol2 record announces {count} bonds, but has no {section} section", _DAMAGED
        )
    stop = next((k for k in range(start, len(lines)) if lines[k][:1] == "@"), len(lines))
    rows = [line.split() for line in "\n".join(lines[start:stop]).replace("\\\n", " ").split("\n")]
    rows = [row for row in rows if row]
    if len(rows) != count:
        raise ReadError(
            f"The mol2 record announces {count} {section.lower()}s, but {len(rows)} follow",
            "Correct the number, or copy the file again if it was truncated",
        )
    return rows


def _position(row: list[str]) -> list[float]:
    try:
        if len(row) < 6:
            raise ValueError
        return [float(word.replace("_", "?")) for word in row[2:5]]
    except ValueError:
        raise ReadError(
            f"An atom line is not 'id name x y z type': '{shorten(' '.join(row))}'", _DAMAGED
        ) from None


def _symbols(types: list[str]) -> tuple[list[str], tuple[str, ...]]:
    symbols = []
    for type in types:
        symbol, _, suffix = type.partition(".")
        if symbol in _DUMMIES:
            raise ReadError(
                f"The mol2 record has a dummy atom of type '{shorten(type)}'",
                "Replace it with an element or remove it",
            )
        sybyl = symbol in atomic_numbers and symbol != "X" or symbol in ("D", "T")
        symbols.append(symbol if sybyl and (not suffix or suffix in _SUFFIXES) else "")
    if all(symbols):
        return symbols, ()
    gaff = [_GAFF.fullmatch(type) for type in types]
    if all(gaff):
        return [match[1].capitalize() for match in gaff if match], (_GAFF_NOTE,)
    strange = types[symbols.index("")]
    raise ReadError(
        f"The mol2 record cannot be read: its atom types are not SYBYL's ('{shorten(strange)}')",
        "Write SYBYL types (C.3, N.ar, O.co2, H), for instance with Open Babel",
    )


def _bonds(rows: list[list[str]], n_atoms: int) -> list[tuple[int, int, float]]:
    """Ends, from 0, and order of each bond; of a type without an order, 1."""
    bonds = []
    for row in rows:
        ends = [int(word) if word.isdecimal() and len(word) < 9 else 0 for word in row[1:3]]
        if len(row) < 4 or not all(1 <= end <= n_atoms for end in ends):
            raise ReadError(
                f"A bond line is not 'id atom atom type': '{shorten(' '.join(row))}'", _DAMAGED
            )
        bonds.append((ends[0] - 1, ends[1] - 1, _ORDERS.get(row[3].lower(), 1.0)))
    return bonds


def _charge(atoms: list[list[str]], kind: str, typed: int) -> tuple[int, tuple[str, ...]]:
    """Total charge (e) by the atoms' charges, by their types where they have none; notes."""
    try:
        values = [float(row[8]) for row in atoms]
    except (IndexError, ValueError):
        return typed, ()
    if not any(values) or kind.upper() == "NO_CHARGES":
        return typed, ()
    return whole_charge(sum(values), "The atoms' charges add up to")


def _typed_charge(types: list[str], bonds: list[tuple[int, int, float]]) -> int:
    """Total charge (e) by the atoms' types: ammonium, guanidinium, carboxylate, phosphate."""
    oxygens: dict[int, int] = {}  # of one centre; all but one of them are charged
    for first, second, _ in bonds:
        for oxygen, centre in ((first, second), (second, first)):
            if types[oxygen] == "O.co2":
                oxygens[centre] = oxygens.get(centre, 0) + 1
    plus = sum(type in ("N.4", "C.cat") for type in types)
    return plus - sum(n - 1 for n in oxygens.values())


def _missing_hydrogens(
    symbols: list[str], types: list[str], bonds: list[tuple[int, int, float]], n_anions: int
) -> int:
    """Bonds of C, N and O that lead nowhere, but for those of so many charged atoms."""
    if not bonds:
        return 0
    total = np.zeros(len(symbols))
    for first, second, order in bonds:
        total[[first, second]] += order
    full = np.array([_VALENCES.get(symbol, 0) for symbol in symbols])
    full[[type == "O.co2" for type in types]] = 0
    # An oxygen at a nitrogen, sulfur or phosphorus with more bonds than its valence is charged.
    for first, second, _ in bonds:
        for end, centre in ((first, second), (second, first)):
            if symbols[end] == "O" and (
                symbols[centre] in ("S", "P") or symbols[centre] == "N" and total[centre] > 3
            ):
                full[end] = 0
    n_open = int(np.maximum(np.floor(full - total + 0.01), 0).sum())
    return max(n_open - max(n_anions, 0), 0)
