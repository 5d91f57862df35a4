"""Results of a batch as a table (CSV, Parquet) and as structures (SDF, extended XYZ)."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gamnet.datasets import entry_of
from gamnet.datasets.source import value_of
from gamnet.export.files import csv_line, to_extxyz
from gamnet.properties import Property
from gamnet.screening.items import Row
from gamnet.structures.bonds import find_bonds
from gamnet.structures.formats.common import rdkit_call, to_ascii
from gamnet.structures.structure import Structure
from gamnet.text import one_line

if TYPE_CHECKING:
    from rdkit.Chem import Mol

# Beyond this size the search for bond orders may take minutes: single bonds then.
_MAX_ORDERED_ATOMS = 60
_STRAINED = 0.45  # A, by how much a bond may exceed the covalent radii in a strained cage


def results_frame(rows: Sequence[Row], properties: Sequence[Property]) -> pd.DataFrame:
    """One row per member of the batch, in order, failures included.

    Columns: id, input (SMILES or id as given), source, frame, formula, n_atoms,
    "<property> [<unit>]" each, for batches with structures of a data set
    "<property> reference [<unit>]", the data set's own values, and split, then
    "<property>_uncertainty [<unit>]" each (expected absolute error), domain (the verdict),
    warnings, error and model.
    """
    predictions = [row.prediction for row in rows]
    structures = [prediction.structure for prediction in predictions]
    columns: dict[str, object] = {
        "id": [row.id for row in rows],
        "input": [row.text for row in rows],
        "source": [one_line(prediction.source) for prediction in predictions],
        "frame": [prediction.frame for prediction in predictions],
        "formula": [s.formula if s else None for s in structures],
        "n_atoms": pd.array([s.n_atoms if s else None for s in structures], dtype="Int64"),
    }
    for prop in properties:
        found = [p.properties.get(prop.id) for p in predictions]
        values = [None if predicted is None else predicted.value for predicted in found]
        columns[value_column(prop)] = pd.array(values, dtype="Float64")
    columns |= _reference_columns(structures, properties)
    for prop in properties:
        found = [p.properties.get(prop.id) for p in predictions]
        unsure = [None if predicted is None else predicted.uncertainty for predicted in found]
        columns[error_column(prop)] = pd.array(unsure, dtype="Float64")
    columns["domain"] = [p.domain.verdict if p.domain else None for p in predictions]
    columns["warnings"] = [one_line("; ".join(p.warnings)) for p in predictions]
    columns["error"] = [one_line(p.error) if p.error else None for p in predictions]
    columns["model"] = [prediction.model for prediction in predictions]
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(rows), name="row"))
    texts = ("formula", "error", "split", "domain")
    return frame.astype({name: "string" for name in texts if name in frame})


def value_column(prop: Property, *, reference: bool = False) -> str:
    """Name of the column with a property's predicted values, or those of the data set."""
    return f"{prop.id}{' reference' if reference else ''} [{prop.unit}]"


def error_column(prop: Property) -> str:
    """Name of the column with the expected absolute errors of a property's values."""
    return f"{prop.id}_uncertainty [{prop.unit}]"


def frame_csv(frame: pd.DataFrame) -> str:
    """The table as CSV; text that a spreadsheet would run as a formula is made harmless."""
    lines = [csv_line(frame.columns)]
    for cells in frame.astype(object).itertuples(index=False):
        lines.append(csv_line(None if pd.isna(cell) else cell for cell in cells))
    return "".join(lines)


def frame_parquet(frame: pd.DataFrame) -> bytes:
    """The table as a Parquet file, with its types."""
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def rows_extxyz(rows: Sequence[Row]) -> str:
    """Extended XYZ as in `to_extxyz`, with each row's id; failed rows have none."""
    return to_extxyz((row.prediction for row in rows), (row.id for row in rows))


def rows_sdf(rows: Sequence[Row]) -> str:
    """SDF: a record per predicted molecule, its id as title, the values as fields.

    Bonds are those of the SMILES, otherwise found from the distances by RDKit. Failed rows and
    crystals (the format has no cell) have no record.
    """
    from rdkit import Chem

    text = io.StringIO()
    writer = Chem.SDWriter(text)
    writer.SetKekulize(False)
    for row in rows:
        prediction, structure = row.prediction, row.prediction.structure
        if prediction.error or structure is None or structure.periodic:
            continue
        mol = _molecule(structure)
        mol.SetProp("_Name", _sdf_text(row.id))
        fields = {"id": row.id, "input": row.text, "source": prediction.source}
        for predicted in prediction.properties.values():
            fields[value_column(predicted.property)] = f"{predicted.value:.8g}"
            if predicted.uncertainty is not None:
                fields[error_column(predicted.property)] = f"{predicted.uncertainty:.3g}"
        if prediction.domain:
            fields["domain"] = prediction.domain.verdict
            fields["domain_reasons"] = "; ".join(prediction.domain.reasons)
        fields |= {"warnings": "; ".join(prediction.warnings), "model": prediction.model}
        for name, value in fields.items():
            if value:
                mol.SetProp(name, _sdf_text(value))
        writer.write(mol)
    writer.close()
    return text.getvalue()


def _reference_columns(
    structures: Sequence[Structure | None], properties: Sequence[Property]
) -> dict[str, object]:
    """Values and splits of structures that are of a data set; empty when there is none of them."""
    entries = [entry_of(structure) if structure else None for structure in structures]
    if not any(entries):
        return {}
    columns: dict[str, object] = {}
    for prop in properties:
        values = [None if entry is None else value_of(*entry, prop) for entry in entries]
        if any(value is not None for value in values):
            columns[value_column(prop, reference=True)] = pd.array(values, dtype="Float64")
    return {**columns, "split": [entry[1]["split"] if entry else None for entry in entries]}


def _molecule(structure: Structure) -> "Mol":
    """The structure with bonds, its atoms in their order."""
    from rdkit import Chem
    from rdkit.Chem import rdDetermineBonds
    from rdkit.Geometry import Point3D

    mol = _of_smiles(structure)
    if mol is None:
        mol = Chem.RWMol()
        for number in structure.numbers:
            atom = Chem.Atom(int(number))
            atom.SetNoImplicit(True)
            mol.AddAtom(atom)
    conformer = Chem.Conformer(structure.n_atoms)
    for k, position in enumerate(structure.positions.tolist()):
        conformer.SetAtomPosition(k, Point3D(*position))
    mol.AddConformer(conformer)
    if not mol.GetNumBonds() and structure.n_atoms > 1:
        with rdkit_call():
            rdDetermineBonds.DetermineConnectivity(mol)
            if structure.n_atoms <= _MAX_ORDERED_ATOMS:
                mol = _with_orders(mol, structure.info.charge)
    return mol


def _of_smiles(structure: Structure) -> "Mol | None":
    """The molecule of the structure's SMILES, None where its atoms are others or in other order."""
    from rdkit import Chem

    if not structure.info.smiles or structure.periodic:
        return None
    with rdkit_call():
        mol = Chem.MolFromSmiles(to_ascii(structure.info.smiles))
        mol = None if mol is None else Chem.AddHs(mol)
    numbers = [] if mol is None else [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    if numbers != structure.numbers.tolist():
        return None
    close = set(map(tuple, find_bonds(structure.numbers, structure.positions, _STRAINED).tolist()))
    ends = [sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())) for bond in mol.GetBonds()]
    return Chem.RWMol(mol) if all(tuple(pair) in close for pair in ends) else None


def _with_orders(mol: "Mol", charge: int) -> "Mol":
    """The molecule with bond orders, unchanged where no Lewis structure fits."""
    from rdkit import Chem
    from rdkit.Chem import rdDetermineBonds

    ordered = Chem.RWMol(mol)
    try:
        rdDetermineBonds.DetermineBondOrders(
            ordered, charge=charge, allowChargedFragments=True, embedChiral=False,
            maxIterations=1000,
        )  # fmt: skip
    except (ValueError, RuntimeError):  # RDKit's ways to say no: the connectivity is still right
        return mol
    return ordered


def _sdf_text(text: str) -> str:
    """The text on one line that cannot be taken for a field or the end of a record."""
    line = one_line(text)
    return f"'{line}" if line.lstrip().startswith(("$", ">")) else line
