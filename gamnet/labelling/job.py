"""Labelling in resumable chunks: GAMNET_HOME/labels/<level>/<list>/<chunk>.parquet.

A chunk is named by its molecules, so that a changed list never meets an old file. Several
processes may work on one list: each locks the chunk that it computes, and the system drops the
lock of a process that dies.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gamnet.errors import GAMNetError
from gamnet.explanation.orbitals import Level
from gamnet.home import gamnet_home
from gamnet.labelling.dft import ANCHOR, Labels, level_name
from gamnet.labelling.rows import failed_row, finished_row, table_of
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
        return self.path.is_file()


def folder_of(which: str, level: Level = ANCHOR) -> Path:
    """Where the finished chunks of a list are."""
    return gamnet_home() / "labels" / level_name(level) / which


def chunks_of(tasks: list[Task], folder: Path) -> list[Chunk]:
    """The tasks in order, CHUNK at a time; the last chunk may be smaller."""
    made = []
    for start in range(0, len(tasks), CHUNK):
        part = tuple(tasks[start : start + CHUNK])
        text = "\n".join(f"{t.smiles} {t.geometry}" for t in part)
        name = hashlib.sha256(text.encode()).hexdigest()[:10]
        made.append(Chunk(part, folder / f"{start // CHUNK:05d}-{name}.parquet"))
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
        if chunk.done:
            continue
        with _claimed(chunk) as mine:
            if mine and not chunk.done:
                table = table_of([_row(task, geometry, label) for task in chunk.tasks])
                write_table(table, chunk.path)
                yield chunk, table


def write_table(table: pa.Table, path: Path) -> None:
    """Write beside and rename: the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    pq.write_table(table, partial, compression="zstd", compression_level=19)
    partial.replace(path)


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


@contextmanager
def _claimed(chunk: Chunk) -> Iterator[bool]:
    """Whether this process holds the chunk's lock, until the end of the block."""
    chunk.path.parent.mkdir(parents=True, exist_ok=True)
    lock = chunk.path.with_suffix(".lock")
    with open(lock, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        lock.unlink(missing_ok=True)
