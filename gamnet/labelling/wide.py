"""Many molecules at a cheap level: force field geometries with GFN2-xTB's orbital energies.

They are in resumable chunks, GAMNET_HOME/labels/gfn2-xtb/wide/<chunk>.parquet, and are packed into
one file with coordinates rounded to 0.001 A. The order is by a hash, so that every prefix of the
list is a fair sample and a longer list extends a shorter one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rdkit import rdBase

from gamnet.chunks import Kind, chunk_path, make_chunk, read_chunk
from gamnet.datasets import get_dataset
from gamnet.datasets.classes import digest, plain_smiles
from gamnet.datasets.iqspr import read_iqspr
from gamnet.datasets.organic import STEP, WIDE
from gamnet.errors import GAMNetError, LabelError
from gamnet.explanation.truth import sample
from gamnet.home import gamnet_home
from gamnet.labelling.geometry import ETKDG, known_to_mmff, make_geometry
from gamnet.labelling.job import write_table
from gamnet.labelling.pack import first_rows
from gamnet.labelling.pools import read_smiles_table
from gamnet.labelling.rows import software
from gamnet.labelling.xtb import xtb_levels
from gamnet.writing import new_file

LEVEL = "gfn2-xtb"
CHUNK = 50  # molecules between two saves
N_QM9 = {"train": 8_000, "validation": 500, "test": 1_000}
_RANK = {"iqspr": 0, "qm9": 1, "hiv": 2}
_SCHEMA = pa.schema(
    [
        ("smiles", pa.string()),
        ("source", pa.string()),
        ("reason", pa.string()),  # why there are no values
        ("numbers", pa.list_(pa.int8())),
        ("positions", pa.list_(pa.int16())),  # flat, [3 n_atoms], in STEP
        ("homo", pa.float32()),  # eV
        ("lumo", pa.float32()),
    ]
)


@dataclass(frozen=True)
class Wide:
    """One molecule to label.  smiles : canonical, without stereo.  source : the list it is from."""

    smiles: str
    source: str

    @property
    def kind(self) -> str:
        return self.source.partition(":")[0]


def wide_list(hiv: Path | None, iqspr: Path | None) -> list[Wide]:
    """Molecules of the lists and of QM9 in the order to label; those with values by DFT first.

    hiv : csv file (or csv.gz) whose first column is SMILES.  iqspr : qspr.data.RData.
    """
    lines = [] if iqspr is None else [(text, "iqspr") for text in read_iqspr(iqspr)["smiles"]]
    lines += _of_qm9()
    lines += [] if hiv is None else [(text, "hiv") for text in read_smiles_table(hiv)]
    found: dict[str, Wide] = {}
    with rdBase.BlockLogs():
        for text, source in lines:
            smiles = plain_smiles(text)
            if smiles is not None:
                found.setdefault(smiles, Wide(smiles, source))
    return sorted(found.values(), key=lambda one: (_RANK[one.kind], digest(one.smiles)))


def _of_qm9() -> list[tuple[str, str]]:
    """SMILES and address of molecules of each split of QM9."""
    qm9 = get_dataset("qm9")
    smiles = qm9.table()["smiles"]
    ids = [id for split, count in N_QM9.items() for id in sample(qm9, split, count)]
    return [(smiles[id], f"qm9:{id}") for id in ids]


def label_wide(molecules: list[Wide]) -> Iterator[tuple[Path, pa.Table]]:
    """Label every chunk that nobody has done or is doing; yields each when it is written."""
    folder = gamnet_home() / "labels" / LEVEL / "wide"
    for start in range(0, len(molecules), CHUNK):
        part = molecules[start : start + CHUNK]
        holds = (one.smiles for one in part)
        path = chunk_path(folder, start // CHUNK, holds, _KIND.suffix)
        made = make_chunk(path, _KIND, partial(_labelled, part))
        if made is not None:
            yield path, made


def not_shipped(molecules: list[Wide], shipped: Path = WIDE) -> list[Wide]:
    """The molecules whose values are not in the shipped file."""
    if not shipped.is_file():
        return molecules
    known = set(pq.read_table(shipped, columns=["smiles"])["smiles"].to_pylist())
    return [one for one in molecules if one.smiles not in known]


def pack_wide(path: Path) -> pa.Table:
    """Add the finished molecules that have values to `path` (parquet), and return all it holds.

    What is there already comes first; a molecule is there once.
    """
    parts = sorted((gamnet_home() / "labels" / LEVEL / "wide").glob("*.parquet"))
    tables = [table for part in parts if (table := read_chunk(part, _KIND)) is not None]
    if not tables:
        raise LabelError("Nothing of the list 'wide' is labelled", "Run: gamnet label wide")
    versions = {pq.read_schema(part).metadata[b"software"].decode() for part in parts}
    table = pa.concat_tables(tables).replace_schema_metadata()
    table = table.filter(pa.compute.equal(table["reason"], "")).drop_columns("reason")
    if path.exists():
        before = pq.read_table(path)
        versions.update(before.schema.metadata[b"software"].decode().split("; "))
        table = pa.concat_tables([before.replace_schema_metadata(), table])
    table = first_rows(table, ("smiles",))
    about = {"level": LEVEL, "software": "; ".join(sorted(versions)), "list": "wide"}
    table = table.replace_schema_metadata(about)
    with new_file(path) as temporary:
        write_table(table, temporary)
    return table


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _read(path: Path) -> pa.Table:
    return pq.read_table(path, schema=_SCHEMA, partitioning=None)


_KIND: Kind[pa.Table] = Kind(".parquet", _write, _read)


def _labelled(part: list[Wide]) -> pa.Table:
    table = pa.Table.from_pylist([_row(one) for one in part], schema=_SCHEMA)
    return table.replace_schema_metadata({"software": software()})


def _row(one: Wide) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_SCHEMA.names)
    row |= {"smiles": one.smiles, "source": one.source, "reason": ""}
    try:
        if not known_to_mmff(one.smiles):
            raise LabelError(f"MMFF lacks an atom type of '{one.smiles}'")
        structure = make_geometry(one.smiles, ETKDG, conformers=1)
        rounded = np.round(structure.positions / STEP)  # [n_atoms, 3]
        homo, lumo = xtb_levels(structure)
    except GAMNetError as error:
        return row | {"reason": str(error)}
    return row | {
        "numbers": structure.numbers.tolist(),
        "positions": rounded.astype(np.int16).ravel().tolist(),
        "homo": homo,
        "lumo": lumo,
    }
