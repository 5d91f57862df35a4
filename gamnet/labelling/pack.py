"""Finished chunks gathered into one compressed file, and read back."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gamnet.chunks import read_chunk
from gamnet.datasets.classes import candidate
from gamnet.errors import LabelError
from gamnet.explanation.orbitals import Level
from gamnet.labelling.dft import ANCHOR, Labels, level_name
from gamnet.labelling.job import LABELS, folder_of, write_table
from gamnet.labelling.rows import SCHEMA
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import Structure, make_structure
from gamnet.writing import new_file

_LOG = logging.getLogger(__name__)
_CLASS_FIELDS = (("n_heavy", pa.int16()), ("element", pa.string()), ("conjugation", pa.string()))


def pack_labels(which: str, path: Path, level: Level = ANCHOR) -> pa.Table:
    """Add the finished rows of a list to `path` (parquet), and return all that it holds.

    Rows that are there already come first, then those of the chunks in the order of the list; a
    molecule's geometry is there once. Beside the columns of a chunk it has the molecule's class;
    its metadata has "level", "software" and "list".
    """
    if path.suffix != ".parquet":
        raise LabelError(f"'{path}' is not a parquet file", "Name it FILE.parquet")
    parts = sorted(folder_of(which, level).glob("*.parquet"))
    if not parts:
        raise LabelError(f"Nothing of the list '{which}' is labelled", f"Run: gamnet label {which}")
    tables = []
    versions = set()
    if path.exists():
        before = read_pack(path)
        versions.update(before.schema.metadata[b"software"].decode().split("; "))
        tables.append(before.select(SCHEMA.names).replace_schema_metadata())
    for part in parts:
        table = read_chunk(part, LABELS)
        if table is None:
            _LOG.warning("'%s' is damaged and left out: call gamnet label again", part)
            continue
        tables.append(table)
        versions.add(pq.read_schema(part).metadata[b"software"].decode())
    if not tables:
        raise LabelError(
            f"All chunks of the list '{which}' are damaged", f"Run: gamnet label {which}"
        )
    whole = pa.concat_tables(tables).replace_schema_metadata()
    # A changed list may hold a molecule at another place than the chunks of before.
    table = _with_classes(first_rows(whole, ("smiles", "geometry")))
    about = {"level": level_name(level), "software": "; ".join(sorted(versions)), "list": which}
    table = table.replace_schema_metadata(about)
    with new_file(path) as temporary:
        write_table(table, temporary)
    return table


def read_pack(path: Path) -> pa.Table:
    """Read a packed file; raises LabelError if it is absent or another kind of file."""
    path = Path(path)
    if not path.is_file():
        raise LabelError(f"No file of labels '{path}'", "Make one with: gamnet label train --pack")
    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise LabelError(f"'{path.name}' is not a parquet file ({error})") from error
    missing = set(SCHEMA.names) - set(table.column_names)
    if missing:
        raise LabelError(f"'{path.name}' lacks {', '.join(sorted(missing))}")
    return table


def labelled(table: pa.Table) -> Iterator[tuple[Structure, Labels]]:
    """The structures and labels of the rows that did not fail, in order."""
    for row in table.to_pylist():
        if row["reason"]:
            continue
        info = StructureInfo(smiles=row["smiles"], geometry=row["geometry"])
        structure = make_structure(
            row["numbers"],
            np.reshape(row["positions"], (-1, 3)),
            source=f"smiles:{row['smiles']}",
            info=info,
        )
        arrays = ("dipole", "charges", "homo_population", "lumo_population")
        yield (
            structure,
            Labels(
                row["homo"],
                row["lumo"],
                row["energy"],
                *(np.array(row[name], dtype=np.float64) for name in arrays),
            ),
        )


def summary(table: pa.Table) -> str:
    """How many molecules are labelled and failed, and how many of each element class."""
    pairs = zip(table["element"].to_pylist(), table["reason"].to_pylist(), strict=True)
    counts = Counter(element or "other" for element, reason in pairs if not reason)
    classes = ", ".join(f"{count} {element}" for element, count in counts.most_common())
    failed = len(table) - counts.total()
    return f"{counts.total()} labelled ({classes}), {failed} failed"


def first_rows(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The first row of each that are alike in these columns, in order."""
    keys = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    return table.take(sorted(first.values()))


def _with_classes(table: pa.Table) -> pa.Table:
    found = [candidate(smiles, "") for smiles in table["smiles"].to_pylist()]
    for name, kind in _CLASS_FIELDS:
        # QM9 has some zwitterions, which are no candidates and have no class.
        values = [getattr(each, name) if each else None for each in found]
        table = table.append_column(name, pa.array(values, kind))
    return table
