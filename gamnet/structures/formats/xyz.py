"""xyz and extended xyz: frames are cut out of the stream one by one, so any length will do."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

import numpy as np
from ase.data import chemical_symbols

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    MAX_ATOMS,
    Frame,
    atomic_number,
    comment_fields,
    isotopes,
    library_call,
    own_fields,
    shorten,
    with_atomic_facts,
    with_e,
)

# Keys that make a comment line extended xyz; any other comment is free text, e.g. "pbc test = 3".
_EXTENDED_KEYS = ("Properties=", "Lattice=")
_LATTICE = re.compile(r'Lattice="[^"]*"')
# Columns that add up to the total charge, as ASE and most programs call them.
_ATOMIC_CHARGES = ("initial_charges", "charges", "charge")
# What LAMMPS and OVITO write into the comment of a dump.
_LAMMPS = re.compile(r"\bTimestep\s*[:=]", re.IGNORECASE)
# The lines after the atoms in QM9's own files: frequencies, SMILES, InChI.
_QM9_FOOTER = 3


class _Lines:
    """Lines with their numbers and a look at the next one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = iter(stream)
        self.number = 0  # of the line that `take` returned last, from 1
        self._next = next(self._stream, None)

    def peek(self) -> str | None:
        return self._next

    def take(self) -> str:
        line, self._next = self._next or "", None
        self._next = next(self._stream, None)
        self.number += 1
        return line.rstrip("\n")


def read_xyz(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each frame of an xyz or extended xyz stream, or what is wrong with it.

    After a bad frame, reading goes on at the next line that holds a single whole number.
    """
    lines = _Lines(stream)
    while True:
        while (line := lines.peek()) is not None and not line.strip():
            lines.take()
        if line is None:
            return
        try:
            yield _read_frame(lines)
        except ReadError as error:
            yield error
            while (line := lines.peek()) is not None and not _is_count(line):
                lines.take()


def _is_count(line: str) -> bool:
    text = line.strip()
    return text.isascii() and text.isdecimal()


def _read_frame(lines: _Lines) -> Frame:
    header = lines.take()
    if not _is_count(header):
        raise ReadError(
            f"Line {lines.number}: expected the number of atoms, found '{shorten(header)}'",
            "An xyz frame is a line with the number of atoms, a comment line, then one line "
            "per atom: symbol x y z",
        )
    n_atoms, header_number = int(header.strip()[:18]), lines.number
    if lines.peek() is None:
        raise ReadError(
            f"Line {header_number} announces {n_atoms} atoms, but the file ends there",
            "The file is truncated: copy it again",
        )
    comment = lines.take().strip()
    if n_atoms > MAX_ATOMS:
        raise ReadError(
            f"Line {header_number} announces {n_atoms} atoms", f"Up to {MAX_ATOMS:,} can be read"
        )
    rows: list[tuple[int, list[str]]] = []
    while len(rows) < n_atoms:
        line = lines.peek()
        if line is None or not line.strip() or _is_count(line):
            raise ReadError(
                f"Line {header_number} announces {n_atoms} atoms, but {len(rows)} follow",
                "Correct the number, or copy the file again if it was truncated",
            )
        rows.append((lines.number + 1, lines.take().split()))
    info = StructureInfo(title=comment)
    if comment.startswith("gdb "):
        # One of QM9's own files: its comment is 17 numbers, its footer has the SMILES.
        info = StructureInfo(title=" ".join(comment.split()[:2]))
        footer_line = lines.peek()
        if footer_line is not None and not _is_count(footer_line):  # kept when it was converted
            footer = [lines.take().split() for _ in range(_QM9_FOOTER)]
            info = replace(info, smiles="".join(footer[1][:1]))
    following = lines.peek()
    if following is not None and following.strip() and not _is_count(following):
        raise ReadError(
            f"Line {header_number} announces {n_atoms} atoms, but more text follows them "
            f"in line {lines.number + 1}: '{shorten(following)}'",
            "Correct the number of atoms, or remove the text after the last atom",
        )
    if not any(key in comment for key in _EXTENDED_KEYS):
        stated = own_fields(comment_fields(comment))
        info = replace(info, charge=stated.charge, unpaired=stated.unpaired, notes=stated.notes)
        return _build(rows, {"species": 0, "pos": 1}, None, None, info, comment)
    return _read_extended(rows, comment)


def _read_extended(rows: list[tuple[int, list[str]]], comment: str) -> Frame:
    from ase.io.extxyz import key_val_str_to_dict, parse_properties

    with library_call("The comment line is not valid extended xyz", "Correct its key=value pairs"):
        data = key_val_str_to_dict(_LATTICE.sub(lambda found: with_e(found[0]), comment))
        described = str(data.pop("Properties", "species:S:1:pos:R:3"))
        _check_columns(described, rows)
        properties, names, _, _ = parse_properties(described)
        lattice = data.pop("Lattice", None)
        # Rows of our lattice are the vectors; ASE's parser keeps the file's Fortran order.
        lattice = None if lattice is None else np.asarray(lattice, dtype=float).T
        flags = np.broadcast_to(data.pop("pbc", lattice is not None), 3)
        if flags.dtype.kind not in "bi":
            raise ReadError(f"pbc is '{shorten(flags[0])}'", 'Write it as pbc="T T F"')
        pbc = (bool(flags[0]), bool(flags[1]), bool(flags[2]))
        columns, column = {}, 0
        for name in names:
            columns[name] = column
            if properties[name][1] == 1 and name in _ATOMIC_CHARGES:
                columns["charge"] = column
            if properties[name][1] == 1 and name == "initial_magmoms":
                columns["moment"] = column
            column += properties[name][1]
    if "pos" not in columns or properties["pos"][1] != 3:
        raise ReadError(
            "The comment line's Properties have no positions", "They must contain pos:R:3"
        )
    if "species" not in columns and "Z" not in columns:
        raise ReadError(
            "The comment line's Properties have no elements",
            "They must contain species:S:1 or Z:I:1",
        )
    return _build(rows, columns, lattice, pbc, own_fields(data), comment)


def _check_columns(described: str, rows: list[tuple[int, list[str]]]) -> None:
    """Refuse more columns than the atoms have: ASE reserves memory for as many as are described."""
    counts = described.split(":")[2::3]
    n_columns = sum(int(count[:9]) for count in counts if count.isdecimal() and count.isascii())
    for line_number, words in rows[:1]:
        if n_columns > len(words):
            raise ReadError(
                f"The comment line's Properties describe {n_columns} columns, but line "
                f"{line_number} has {len(words)}",
                "Correct the Properties, or copy the file again if it was truncated",
            )


def _build(
    rows: list[tuple[int, list[str]]],
    columns: dict[str, int],
    lattice: np.ndarray | None,
    pbc: tuple[bool, bool, bool] | None,
    info: StructureInfo,
    comment: str,
) -> Frame:
    species = columns["species"] if "species" in columns else columns["Z"]
    start = columns["pos"]
    known: dict[str, int] = {}
    last = max(species, start + 2, columns.get("charge", 0), columns.get("moment", 0))
    numbers: list[int] = []
    positions: list[list[float]] = []
    totals: dict[str, list[float]] = {name: [] for name in ("charge", "moment") if name in columns}
    for line_number, words in rows:
        if len(words) <= last:
            raise ReadError(
                f"Line {line_number}: expected a symbol and three coordinates, "
                f"found '{shorten(' '.join(words))}'",
                "Each atom needs one line: symbol x y z",
            )
        name = words[species]
        if name not in known:
            try:
                known[name] = atomic_number(name)
            except ReadError as error:
                raise ReadError(f"Line {line_number}: {error.subject}", error.remedy) from None
        numbers.append(known[name])
        positions.append([_coordinate(word, line_number) for word in words[start : start + 3]])
        for name, values in totals.items():
            values.append(_coordinate(words[columns[name]], line_number))
    info = replace(info, isotopes=isotopes(known))
    if "species" in columns and known and all(name.isdecimal() for name in known):
        info = replace(info, notes=(*info.notes, *_number_notes(sorted(known.values()), comment)))
    if not np.any(pbc):
        info = with_atomic_facts(info, totals.get("charge"), totals.get("moment"))
    xyz = np.array(positions, dtype=np.float64).reshape(-1, 3)
    return Frame(numbers, xyz, lattice, pbc, info)


def _number_notes(numbers: list[int], comment: str) -> tuple[str, ...]:
    """What to say of numbers in the place of symbols; raises ReadError for LAMMPS's atom types."""
    if _LAMMPS.search(comment):
        raise ReadError(
            f"The atoms are LAMMPS's types, not elements (comment '{shorten(comment)}')",
            "Write element symbols, in LAMMPS with dump_modify element",
        )
    # Types count from 1; real molecules hold something beyond boron, and helium hardly ever.
    if numbers[-1] > 5 and 2 not in numbers:
        return ()
    taken = ", ".join(f"{z} as {chemical_symbols[z]}" for z in numbers[:5])
    return (f"The numbers in place of symbols were taken as atomic numbers ({taken}).",)


def _coordinate(word: str, line_number: int) -> float:
    try:
        # "_" is legal in Python's numbers only; "*^" is how QM9's files write an exponent.
        return float(with_e(word.replace("_", "?").replace("*^", "e")))
    except ValueError:
        raise ReadError(
            f"Line {line_number}: '{shorten(word)}' is not a number",
            "Coordinates are decimal numbers in Angstrom, with a point",
        ) from None
