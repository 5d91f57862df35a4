"""A labelled molecule as a row of a table, and what the columns hold."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gamnet.labelling.dft import Labels
from gamnet.structures.structure import Structure

if TYPE_CHECKING:
    from gamnet.labelling.job import Task

_ATOMS = pa.list_(pa.float32())
# Units as in Labels; positions are flat, [3 n_atoms] A. What failed has a reason and null labels.
SCHEMA = pa.schema(
    [
        ("smiles", pa.string()),
        ("source", pa.string()),
        ("geometry", pa.string()),
        ("reason", pa.string()),
        ("numbers", pa.list_(pa.int8())),
        ("positions", _ATOMS),
        ("homo", pa.float64()),
        ("lumo", pa.float64()),
        ("energy", pa.float64()),
        ("dipole", _ATOMS),
        ("charges", _ATOMS),
        ("homo_population", _ATOMS),
        ("lumo_population", _ATOMS),
        ("seconds", pa.float32()),  # CPU time
    ]
)


def software() -> str:
    """Versions of what made the labels, in one line."""
    parts = []
    for name in ("pyscf", "rdkit", "tblite", "ase"):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(parts)


def table_of(rows: list[dict[str, object]]) -> pa.Table:
    """Rows as a table, with the versions of the software in its metadata."""
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    return table.replace_schema_metadata({"software": software()})


def failed_row(task: "Task", reason: str, seconds: float) -> dict[str, object]:
    row = dict.fromkeys(SCHEMA.names)
    named = {"smiles": task.smiles, "source": task.source, "geometry": task.geometry}
    return row | named | {"reason": reason, "seconds": seconds}


def finished_row(
    task: "Task", structure: Structure, labels: Labels, seconds: float
) -> dict[str, object]:
    return failed_row(task, "", seconds) | {
        "numbers": structure.numbers.tolist(),
        # What is stored is what was computed, to 1e-6 A.
        "positions": structure.positions.astype(np.float32).ravel().tolist(),
        "homo": labels.homo,
        "lumo": labels.lumo,
        "energy": labels.energy,
        "dipole": labels.dipole.tolist(),
        "charges": labels.charges.tolist(),
        "homo_population": labels.homo_population.tolist(),
        "lumo_population": labels.lumo_population.tolist(),
    }
