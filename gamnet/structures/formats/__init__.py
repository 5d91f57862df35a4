"""The table of file formats: how each is called, recognised and read.

A reader takes a stream and yields, per frame, a `Frame` or the ReadError that it met there; it
raises a ReadError when nothing more can be read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TextIO

from gamnet.errors import ReadError
from gamnet.structures.formats import (
    cif,
    mol2,
    molecules,
    pdb,
    pymatgen_json,
    smiles,
    trajectory,
    vasp,
    xyz,
)
from gamnet.structures.formats.common import Frame, with_e


@dataclass(frozen=True)
class BinaryReader:
    """A reader of a file's bytes."""

    read: Callable[[IO[bytes]], Iterator[Frame | ReadError]]


@dataclass(frozen=True)
class Format:
    """One file format.

    read : reader of a text stream, or a `BinaryReader`.
    matches : whether the beginning of a file (text, lines) is surely of this format.
    suffixes, stems : lower-case endings, and beginnings, of file names.
    """

    id: str
    read: Callable[[TextIO], Iterator[Frame | ReadError]] | BinaryReader
    matches: Callable[[str, list[str]], bool]
    suffixes: tuple[str, ...]
    stems: tuple[str, ...] = ()


def _is_xyz(text: str, lines: list[str]) -> bool:
    if not lines or not lines[0].strip().isdecimal():
        return False
    return "Properties=" in "".join(lines[1:2]) or _floats(lines[2:3], skip=1) >= 3


def _is_poscar(text: str, lines: list[str]) -> bool:
    vectors = [_floats([line]) for line in lines[2:5]]
    return len(vectors) == 3 and min(vectors) >= 3 and _floats(lines[1:2]) in (1, 3)


_CIF_TAGS = (
    "_cell_", "_cell.", "_atom_site", "_audit", "_symmetry", "_space_group", "_chemical_",
)  # fmt: skip


def _is_cif(text: str, lines: list[str]) -> bool:
    starts = [line.lstrip()[:13].lower() for line in lines]
    return any(start.startswith("data_") for start in starts) and any(
        start.startswith(_CIF_TAGS) for start in starts
    )


def _is_pdb(text: str, lines: list[str]) -> bool:
    return bool(re.search(r"^(ATOM  |HETATM).{24}", text, re.MULTILINE)) or bool(
        re.match(r"(HEADER    |CRYST1)", text)
    )


def _floats(lines: list[str], skip: int = 0) -> int:
    """How many numbers the first line starts with, after `skip` words."""
    count = 0
    for word in "".join(lines[:1]).split()[skip:]:
        try:
            float(with_e(word))
        except ValueError:
            break
        count += 1
    return count


# Asked in this order where the name says nothing: the most certain signs first.
_FORMATS = (
    Format(
        "traj", BinaryReader(trajectory.read_traj),
        lambda text, lines: text.startswith(tuple(m.decode() for m in trajectory.MAGIC)),
        (".traj",),
    ),
    Format(
        "json", pymatgen_json.read_json,
        lambda text, lines: bool(re.match(r"\s*(\{|\[\s*[\[{])", text)), (".json",),
    ),
    Format(
        "mol2", mol2.read_mol2, lambda text, lines: "@<TRIPOS>MOLECULE" in text, (".mol2",)
    ),
    Format(
        "sdf", molecules.read_sdf,
        lambda text, lines: bool(re.search(r"V[23]000\s*$", "".join(lines[3:4]))),
        (".sdf", ".sd", ".mol"),
    ),
    Format("cif", cif.read_cif, _is_cif, (".cif", ".mcif")),
    Format(
        "xdatcar", vasp.read_xdatcar,
        lambda text, lines: bool(re.search(r"^\w+ configuration=", text, re.MULTILINE)),
        (".xdatcar",), ("xdatcar",),
    ),
    Format("xyz", xyz.read_xyz, _is_xyz, (".xyz", ".extxyz")),
    Format(
        "poscar", vasp.read_poscar, _is_poscar, (".vasp", ".poscar", ".contcar"),
        ("poscar", "contcar"),
    ),
    Format("pdb", pdb.read_pdb, _is_pdb, (".pdb", ".ent")),
    Format("smi", smiles.read_smiles_file, lambda text, lines: False, (".smi", ".smiles")),
)  # fmt: skip

FORMATS: dict[str, Format] = {entry.id: entry for entry in _FORMATS}

SUPPORTED = (
    "Supported: xyz, extxyz, cif, POSCAR/CONTCAR/vasp, XDATCAR, sdf, mol, mol2, pdb, traj (ASE), "
    "json (pymatgen), smi, and smiles:... or qm9:INDEX instead of a file"
)


def get_format(name: str) -> Format:
    """Return the format of this id or file suffix; raise ReadError for any other text."""
    key = name.lower().lstrip(".")
    for entry in FORMATS.values():
        if key == entry.id or f".{key}" in entry.suffixes or key in entry.stems:
            return entry
    raise ReadError(f"Unknown format '{name}'", SUPPORTED)


def format_of_name(name: str) -> Format | None:
    """Format that a file name promises, None if it promises nothing."""
    base = re.split(r"[/\\]", name)[-1].lower()
    for entry in FORMATS.values():
        if base.endswith(entry.suffixes):
            return entry
    for entry in FORMATS.values():
        if entry.stems and base.startswith(entry.stems):
            return entry
    return None


def format_of_content(text: str, named: Format | None) -> Format | None:
    """Format that a file's beginning shows; `named` is kept when its own signs are there."""
    lines = text.splitlines()
    candidates = ([named] if named else []) + list(FORMATS.values())
    return next((entry for entry in candidates if entry.matches(text, lines)), None)
