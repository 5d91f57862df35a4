"""sdf and mol, record by record through RDKit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TextIO

import numpy as np
from ase.data import covalent_radii

from gamnet.errors import ReadError
from gamnet.structures.bonds import find_bonds
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    rdkit_call,
    shorten,
    to_ascii,
)
from gamnet.structures.formats.embedding import check_atoms, embed, molecule_facts

if TYPE_CHECKING:
    from rdkit.Chem import Mol

# Bonds over the sum of their covalent radii: triple bonds are the shortest.
_SHORTEST, _LONGEST = 0.74, 1.2
_TETRAHEDRAL = (6, 7, 14, 15)  # atomic numbers whose four bonds are never in one plane
_DAMAGED = "Check the file; it may be truncated: copy it again"


def read_sdf(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each record of an sdf or mol file (V2000 and V3000).

    A 2D drawing is given a 3D geometry, and a warning says so.
    """
    yield from _each(sdf_records(stream), _read_mol_block)


def drawn_smiles(record: str) -> str:
    """Canonical SMILES of a 2D drawing in mol format, its wedges and double bonds read as drawn.

    Raises ReadError for an empty drawing, impossible valences and dummy atoms.
    """
    from rdkit import Chem

    with rdkit_call() as log:
        mol = Chem.MolFromMolBlock(to_ascii(record))
    if mol is None:
        reason = f" ({shorten(log[0], 160)})" if log else ""
        raise ReadError(
            f"The drawing is not a possible molecule{reason}", "Correct its bonds or charges"
        )
    if mol.GetNumAtoms() == 0:
        raise ReadError("The drawing is empty", "Draw at least one atom")
    check_atoms(mol, "The drawing")
    return Chem.MolToSmiles(mol)


def _each(
    records: Iterator[str], read_record: Callable[[str], Frame]
) -> Iterator[Frame | ReadError]:
    for record in records:
        try:
            yield read_record(record)
        except ReadError as error:
            yield error


def sdf_records(stream: TextIO) -> Iterator[str]:
    """Yield the text of each record of an sdf file, without the line that ends it."""
    lines: list[str] = []
    for line in stream:
        if line.lstrip().startswith("$$$$"):
            yield "".join(lines)
            lines = []
        else:
            lines.append(line)
    if "".join(lines).strip():
        yield "".join(lines)


def sdf_fields(record: str) -> dict[str, str]:
    """The fields after a record's molecule: a line > <NAME>, then the first line of its value."""
    fields = {}
    lines = record.split("\n")
    for line, value in pairwise(lines):
        start = line.find("<")
        end = line.find(">", start + 2)
        if line.startswith(">") and 0 < start < end:
            fields[line[start + 1 : end]] = value.strip()
    return fields


def _parse_mol(record: str, sanitize: bool) -> "Mol | None":
    from rdkit import Chem

    # Unlike MolFromMolBlock, the supplier logs the line and the reason of a failure.
    supplier = Chem.SDMolSupplier()
    supplier.SetData(to_ascii(record), sanitize=sanitize, removeHs=False)
    return supplier[0] if len(supplier) else None


def _read_mol_block(record: str) -> Frame:
    n_ends = sum(line.startswith("M  END") for line in record.splitlines())
    if n_ends == 0:
        raise ReadError("The record has no 'M  END' line", _DAMAGED)
    if n_ends > 1:
        raise ReadError(
            f"The record holds {n_ends} molecules: the line '$$$$' between them is missing",
            "Put it after each molecule and its fields",
        )
    with rdkit_call() as log:
        parsed = _parse_mol(record, sanitize=False)
    mol = _checked(parsed, log, "mol")
    info = molecule_facts(mol)
    if not _has_geometry(mol, record):
        with rdkit_call() as log:
            # Only a sanitised molecule has the stereochemistry of the drawing's wedges.
            parsed = _parse_mol(record, sanitize=True)
        mol, info = embed(_checked(parsed, log, "2D drawing"), "The 2D drawing")
        drawn = "The file is a 2D drawing without 3D coordinates."
        info = replace(info, notes=(drawn, *info.notes))
    info = replace(
        info,
        title=record.split("\n", 1)[0].strip(),
        data=sdf_fields(record),
        missing_hydrogens=_n_implicit(mol),
    )
    return _frame(mol, info)


def _has_geometry(mol: "Mol", record: str) -> bool:
    """Whether the coordinates are a molecule's, planar ones included, and not a drawing's."""
    if not mol.GetNumConformers() or mol.GetConformer().Is3D():
        return bool(mol.GetNumConformers())
    if record.split("\n", 2)[1][20:22].upper() == "2D" or _n_implicit(mol):
        return False
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    if any(a.GetAtomicNum() in _TETRAHEDRAL and a.GetDegree() > 3 for a in mol.GetAtoms()):
        return False
    positions = mol.GetConformer().GetPositions()
    ends = [sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())) for bond in mol.GetBonds()]
    # The bonds of the file are those of the geometry, and none is drawn too short or too long.
    if not np.array_equal(np.array(sorted(ends)).reshape(-1, 2), find_bonds(numbers, positions)):
        return False
    pairs = np.array(ends, dtype=int).reshape(-1, 2)
    length = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)  # [n_bonds] A
    ratio = length / covalent_radii[numbers[pairs]].sum(axis=1)
    return bool(((ratio > _SHORTEST) & (ratio < _LONGEST)).all())


def _n_implicit(mol: "Mol") -> int:
    """Hydrogens that the bonds leave room for, and the record has no atoms for."""
    with rdkit_call():
        mol.UpdatePropertyCache(strict=False)
    return sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())


def _checked(mol: "Mol | None", log: list[str], what: str) -> "Mol":
    if mol is None:
        reason = f" ({shorten(log[0], 160)})" if log else ""
        raise ReadError(f"The {what} record cannot be read{reason}", _DAMAGED)
    if mol.GetNumAtoms() == 0:
        raise ReadError(f"The {what} record has no atoms", "Give at least one atom")
    check_atoms(mol, f"The {what} record")
    return mol


def _frame(mol: "Mol", info: StructureInfo) -> Frame:
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    return Frame(numbers, mol.GetConformer().GetPositions(), info=info)
