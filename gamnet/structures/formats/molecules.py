"""sdf, mol, mol2 and pdb, record by record through RDKit."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, TextIO

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    library_call,
    rdkit_call,
    shorten,
    to_ascii,
    with_hydrogen_fact,
)
from gamnet.structures.formats.smiles import check_atoms, embed, molecule_facts

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_DAMAGED = "Check the file; it may be truncated: copy it again"


def read_sdf(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each record of an sdf or mol file (V2000 and V3000).

    A 2D drawing is given a 3D geometry, and a warning says so.
    """
    yield from _each(sdf_records(stream), _read_mol_block)


def read_mol2(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each molecule of a Tripos mol2 file."""
    yield from _each(_mol2_records(stream), _read_mol2_block)


def read_pdb(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield each model of a pdb file; of alternate locations the first is taken.

    The cell is taken for space group P 1 alone: any other would need its symmetry applied.
    """
    yield from _each(_pdb_models(stream), _read_pdb_block)


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


def _each(records: Iterator[str], read_record) -> Iterator[Frame | ReadError]:
    for record in records:
        try:
            yield read_record(record)
        except ReadError as error:
            yield error


def sdf_records(stream: TextIO) -> Iterator[str]:
    """Yield the text of each record of an sdf file, without the line that ends it."""
    lines: list[str] = []
    for line in stream:
        if line.startswith("$$$$"):
            yield "".join(lines)
            lines = []
        else:
            lines.append(line)
    if "".join(lines).strip():
        yield "".join(lines)


def _mol2_records(stream: TextIO) -> Iterator[str]:
    lines: list[str] = []
    started = False
    for line in stream:
        if line.startswith("@<TRIPOS>MOLECULE"):
            if started:
                yield "".join(lines)
            lines, started = [], True
        if started and not line.startswith("#"):
            lines.append(line)
    if started:
        yield "".join(lines)


def _pdb_models(stream: TextIO) -> Iterator[str]:
    """Text of each model, with the last CRYST1 line seen; a model without atoms is kept."""
    cell, atoms, open_model = "", [], False
    for line in stream:
        record = line[:6].rstrip()
        if record == "CRYST1":
            cell = line
        elif record == "MODEL":
            atoms, open_model = [], True
        elif record in ("ATOM", "HETATM"):
            atoms.append(line)
        elif record in ("ENDMDL", "END"):
            if atoms or open_model:
                yield cell + "".join(atoms) + "END\n"
            atoms, open_model = [], False
    if open_model:
        # A model that is never closed was cut off: the reader below refuses it.
        yield "TRUNCATED\n"
    elif atoms:
        yield cell + "".join(atoms) + "END\n"


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
    if "M  END" not in record:
        raise ReadError("The record has no 'M  END' line", _DAMAGED)
    with rdkit_call() as log:
        mol = _parse_mol(record, sanitize=False)
    _check_parsed(mol, log, "mol")
    flat = not mol.GetNumConformers() or not mol.GetConformer().Is3D()
    info = molecule_facts(mol)
    if flat:
        with rdkit_call() as log:
            # Only a sanitised molecule has the stereochemistry of the drawing's wedges.
            mol = _parse_mol(record, sanitize=True)
        _check_parsed(mol, log, "2D drawing")
        mol, info = embed(mol, "The 2D drawing")
        drawn = "The file is a 2D drawing without 3D coordinates."
        info = replace(info, notes=(drawn, *info.notes))
    with rdkit_call():
        mol.UpdatePropertyCache(strict=False)
    info = replace(
        info,
        title=record.split("\n", 1)[0].strip(),
        data=sdf_fields(record),
        missing_hydrogens=sum(atom.GetTotalNumHs() for atom in mol.GetAtoms()),
    )
    return _frame(mol, info)


def _read_mol2_block(record: str) -> Frame:
    from rdkit import Chem

    _check_mol2(record)
    with rdkit_call() as log:
        mol = Chem.MolFromMol2Block(to_ascii(record), sanitize=False, removeHs=False)
    if mol is None and not log:
        log.append("its atom types or bonds are not understood; SYBYL types are expected")
    _check_parsed(mol, log, "mol2")
    if not mol.GetNumConformers():
        raise ReadError("The mol2 record has no coordinates", _DAMAGED)
    title = record.split("\n", 2)[1].strip()
    return _frame(mol, replace(_coordinate_facts(mol), title=title))


def _check_mol2(record: str) -> None:
    """Compare the counts line with the atom lines: RDKit does not say what was wrong."""
    lines = record.splitlines()
    counts = "".join(lines[2:3]).split()
    try:
        n_atoms = int(counts[0])
        start = next(k for k, line in enumerate(lines) if line.startswith("@<TRIPOS>ATOM"))
    except (ValueError, IndexError, StopIteration):
        raise ReadError("The mol2 record has no atom count or no ATOM section", _DAMAGED) from None
    rows = [line.split() for line in takewhile(lambda x: x[:1] != "@", lines[start + 1 :])]
    rows = [row for row in rows if row]
    if len(rows) != n_atoms:
        raise ReadError(
            f"The mol2 record announces {n_atoms} atoms, but {len(rows)} follow",
            "Correct the number, or copy the file again if it was truncated",
        )
    for row in rows:
        try:
            if len([float(x) for x in row[2:5]]) < 3 or len(row) < 6:
                raise ValueError
        except ValueError:
            raise ReadError(
                f"An atom line is not 'id name x y z type': '{shorten(' '.join(row))}'", _DAMAGED
            ) from None


def _read_pdb_block(block: str) -> Frame:
    from rdkit import Chem

    if block == "TRUNCATED\n":
        raise ReadError("The last MODEL has no ENDMDL", "The file is truncated: copy it again")
    lines = block.splitlines()
    atoms = [line for line in lines if line.startswith(("ATOM", "HETATM"))]
    if not atoms:
        raise ReadError("The model has no atoms", "Give at least one ATOM or HETATM line")
    # RDKit takes the same ones; counting them shows when it drops a damaged line.
    kept = [line for line in atoms if line[16:17] in ("", " ", "A", "1")]
    for line in kept:
        _check_pdb_line(line)
    with rdkit_call() as log:
        mol = Chem.MolFromPDBBlock(
            to_ascii(block), sanitize=False, removeHs=False, proximityBonding=False
        )
    if mol is None and not log:
        log.append("a field is not in its columns")
    _check_parsed(mol, log, "pdb")
    if mol.GetNumAtoms() != len(kept):
        raise ReadError(
            f"Of {len(kept)} atom lines only {mol.GetNumAtoms()} could be read", _DAMAGED
        )
    lattice, notes = _pdb_lattice(lines[0])
    if len(kept) < len(atoms):
        left_out = f"{len(atoms) - len(kept)} atoms at alternate locations were left out"
        notes = (f"{left_out}; the first location was taken.", *notes)
    return replace(_frame(mol, replace(_coordinate_facts(mol), notes=notes)), lattice=lattice)


def _check_pdb_line(line: str) -> None:
    try:
        # Shorter fields are a cut line: the columns are fixed.
        if len(line) < 54:
            raise ValueError
        for start in (30, 38, 46):
            float(line[start : start + 8].replace("_", "?"))
    except ValueError:
        raise ReadError(
            f"An atom line has no three coordinates in columns 31 to 54: '{shorten(line)}'",
            _DAMAGED,
        ) from None


def _pdb_lattice(line: str) -> tuple[object, tuple[str, ...]]:
    """Cell vectors [3, 3] (A) of a CRYST1 line, None where there is no usable cell."""
    from ase.cell import Cell

    if not line.startswith("CRYST1"):
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


def _check_parsed(mol: "Mol | None", log: list[str], what: str) -> None:
    if mol is None:
        reason = f" ({shorten(log[0], 160)})" if log else ""
        raise ReadError(f"The {what} record cannot be read{reason}", _DAMAGED)
    if mol.GetNumAtoms() == 0:
        raise ReadError(f"The {what} record has no atoms", "Give at least one atom")
    check_atoms(mol, f"The {what} record")


def _coordinate_facts(mol: "Mol") -> StructureInfo:
    """Facts of a molecule whose file need not have bonds."""
    return with_hydrogen_fact(molecule_facts(mol), [atom.GetAtomicNum() for atom in mol.GetAtoms()])


def _frame(mol: "Mol", info: StructureInfo) -> Frame:
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    return Frame(numbers, mol.GetConformer().GetPositions(), info=info)
