"""Labelling in resumable chunks: GAMNET_HOME/labels/<level>/<list>/<chunk>.parquet.

Several processes may work on one list; a chunk that another is at is left to it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gamnet.chunks import Kind, chunk_path, make_chunk, read_chunk
from gamnet.errors import GAMNetError
from gamnet.explanation.orbitals import Level
from gamnet.home import gamnet_home
from gamnet.labelling.dft import ANCHOR, Labels, level_name
from gamnet.labelling.rows import SCHEMA, failed_row, finished_row, table_of
from gamnet.structures.structure import Structure

CHUNK = 4  # molecules between two saves


@dataclass(frozen=True)
class Task:
    """One molecule to label.

    smiles : canonical.  geometry : kind of geometry.  source : the list it is from.
    """

    smiles: str
    geometry: str
    source: str


@dataclass(frozen=True)
class Chunk:
    """Some tasks and the file that their rows go to."""

    tasks: tuple[Task, ...]
    path: Path

    @property
    def done(self) -> bool:
        return read_chunk(self.path, LABELS) is not None


def folder_of(which: str, level: Level = ANCHOR) -> Path:
    """Where the finished chunks of a list are."""
    return gamnet_home() / "labels" / level_name(level) / which


def chunks_of(tasks: list[Task], folder: Path) -> list[Chunk]:
    """The tasks in order, CHUNK at a time; the last chunk may be smaller."""
    made = []
    for start in range(0, len(tasks), CHUNK):
        part = tuple(tasks[start : start + CHUNK])
        holds = (f"{t.smiles} {t.geometry}" for t in part)
        made.append(Chunk(part, chunk_path(folder, start // CHUNK, holds, LABELS.suffix)))
    return made


def run_chunks(
    chunks: list[Chunk],
    geometry: Callable[[Task], Structure],
    label: Callable[[Structure], Labels],
) -> Iterator[tuple[Chunk, pa.Table]]:
    """Label every chunk that nobody has done or is doing; yields each when it is written.

    A molecule without geometry or convergence becomes a row with the reason.
    """
    for chunk in chunks:
        made = make_chunk(chunk.path, LABELS, partial(_labelled, chunk, geometry, label))
        if made is not None:
            yield chunk, made


def write_table(table: pa.Table, path: Path) -> None:
    """Write labels as small as they get."""
    pq.write_table(table, path, compression="zstd", compression_level=19)


def _read_table(path: Path) -> pa.Table:
    return pq.read_table(path, schema=SCHEMA, partitioning=None)


LABELS: Kind[pa.Table] = Kind(".parquet", write_table, _read_table)


def _labelled(
    chunk: Chunk, geometry: Callable[[Task], Structure], label: Callable[[Structure], Labels]
) -> pa.Table:
    return table_of([_row(task, geometry, label) for task in chunk.tasks])


def _row(
    task: Task, geometry: Callable[[Task], Structure], label: Callable[[Structure], Labels]
) -> dict[str, object]:
    start = time.process_time()
    try:
        structure = geometry(task)
        found = label(structure)
    except GAMNetError as error:
        return failed_row(task, str(error), time.process_time() - start)
    return finished_row(task, structure, found, time.process_time() - start)
