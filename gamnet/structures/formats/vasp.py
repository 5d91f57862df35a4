"""POSCAR, CONTCAR and XDATCAR, through ASE's POSCAR parser."""

import re
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from typing import TextIO

from ase.data import atomic_numbers, chemical_symbols

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    atomic_number,
    isotopes,
    library_call,
    shorten,
    with_e,
)

_LAYOUT = (
    "The layout is: comment, scale, three cell vectors, element symbols, their counts, "
    "Direct or Cartesian, then one line per atom"
)
# Three coordinates, flags of selective dynamics, and a symbol that may be numbered.
_LABEL = re.compile(r"(?:\s*\S+){3}(?:\s+[TF.]\S*){0,3}\s+[!#]?\s*([A-Z][a-z]?)\d*\b")
_HEADER_LINES = 7  # of each XDATCAR cell: as in a POSCAR, down to the counts


def read_poscar(stream: TextIO) -> Iterator[Frame]:
    """Yield the one structure of a POSCAR or CONTCAR; velocities are left out."""
    yield _parse(stream.read().splitlines())


def read_xdatcar(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each configuration of an XDATCAR, with its cell fixed or written anew per frame."""
    header: list[str] = []
    block: list[str] = []
    mode = "Direct"
    n_blocks = 0
    # An extra marker at the end flushes the last configuration.
    for line in chain(stream, [None]):
        if line is not None and "configuration=" not in line.lower():
            block.append(line.rstrip())
            continue
        while block and not block[-1]:
            block.pop()
        if n_blocks == 0:
            header = block[-_HEADER_LINES:]
        else:
            # A new cell for the next configuration stands between its marker and our atoms.
            n_rows = _count(header)
            has_header = len(block) == n_rows + _HEADER_LINES
            try:
                yield _parse([*header, mode, *(block[:n_rows] if has_header else block)])
            except ReadError as error:
                yield error
            header = block[n_rows:] if has_header else header
        # "Direct configuration=  1", or Cartesian
        mode, block = (line or "").split("configuration")[0].strip() or "Direct", []
        n_blocks += 1


def _count(header: list[str]) -> int:
    words = header[-1].split() if header else []
    return sum(int(word) for word in words if word.isdecimal() and len(word) < 12)


def _parse(lines: list[str]) -> Frame:
    from ase.io.vasp import read_vasp_configuration

    title, *rest = lines
    # Neither numbers nor symbols hold a "!" or "#": programs and people write remarks after them.
    lines = [title.strip(), *(re.split("[!#]", line)[0].rstrip() for line in rest[:7]), *rest[7:]]
    if len(lines) < 8:
        raise ReadError(f"At least 8 lines are needed, {len(lines)} were found", _LAYOUT)
    words, by_title = lines[5].split(), False
    if words and words[0].isdecimal():
        # VASP 4 has no line of symbols; by custom they are then the first line, in full.
        words, by_title = title.split(), True
        if len(words) != len(lines[5].split()) or not all(map(_is_element, words)):
            raise ReadError(
                "The elements are not named",
                "Insert a line with the element symbols before the line of counts",
            )
        lines.insert(5, "")
    labels = [word.split("/")[0].split("_")[0] for word in words]
    lines[5] = " ".join(chemical_symbols[atomic_number(label)] for label in labels)
    # ASE would reserve memory for whatever stands here: compare with the file's length first.
    counts = lines[6].split()
    if not counts or not all(c.isdecimal() and len(c) < 12 for c in counts):
        raise ReadError(
            f"Expected the number of atoms per element, found '{shorten(lines[6])}'", _LAYOUT
        )
    if len(counts) != len(labels):
        raise ReadError(
            f"There are {len(labels)} element symbols but {len(counts)} counts",
            "Give one count per symbol",
        )
    n_atoms = sum(int(c) for c in counts)
    selective = "".join(lines[7:8]).strip()[:1].lower() == "s"
    first = 9 if selective else 8
    if selective:
        lines[8:9] = [re.split("[!#]", line)[0] for line in lines[8:9]]
    rows = lines[first : first + n_atoms]
    n_rows = next((k for k, row in enumerate(rows) if not row.strip()), len(rows))
    if n_rows < n_atoms:
        raise ReadError(
            f"The counts announce {n_atoms} atoms, but {n_rows} follow",
            "Correct the numbers, or copy the file again if it was truncated",
        )
    if _is_position(lines[first + n_atoms : first + n_atoms + 1]):
        raise ReadError(
            f"The counts announce {n_atoms} atoms, but more coordinates follow them: "
            f"'{shorten(lines[first + n_atoms])}'",
            "Correct the counts",
        )
    symbols, notes = _symbols_of_rows(rows, lines[5].split(), counts, by_title)
    lines[1:5] = map(with_e, lines[1:5])
    lines[first : first + n_atoms] = map(with_e, rows)
    with library_call("The coordinates cannot be read", _LAYOUT):
        atoms = read_vasp_configuration(StringIO("\n".join(lines) + "\n"))
    if len(atoms) != n_atoms:
        raise ReadError(f"Of {n_atoms} atoms {len(atoms)} could be read", _LAYOUT)
    info = StructureInfo(title=title.strip(), isotopes=isotopes(labels), notes=notes)
    numbers = [atomic_numbers[symbol] for symbol in symbols]
    return Frame(numbers, atoms.positions, atoms.cell.array, (True,) * 3, info)


def _symbols_of_rows(
    rows: list[str], symbols: list[str], counts: list[str], by_title: bool
) -> tuple[list[str], tuple[str, ...]]:
    """Symbol of each atom, and a note where the symbols after the coordinates are other ones.

    The line of symbols counts more than they do, but a title is free text.
    """
    named = [symbol for symbol, n in zip(symbols, counts, strict=True) for _ in range(int(n))]
    found = [_LABEL.match(row) for row in rows]
    written = [match[1] for match in found if match and match[1] in chemical_symbols[1:]]
    if len(written) < len(rows) or written == named:
        return named, ()
    first = next(k for k, pair in enumerate(zip(named, written, strict=True)) if len(set(pair)) > 1)
    where = "the title" if by_title else "the line of symbols"
    taken = "the latter" if by_title else "the former"
    note = (
        f"Atom {first} is {named[first]} by {where} and {written[first]} by the symbol after its "
        f"coordinates: {taken} was taken."
    )
    return written if by_title else named, (note,)


def _is_element(word: str) -> bool:
    return word in chemical_symbols[1:]


def _is_position(rows: list[str]) -> bool:
    words = rows[0].split()[:3] if rows else []
    try:
        return len([float(word) for word in words]) == 3
    except ValueError:
        return False
