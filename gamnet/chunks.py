"""Resumable folders: a long computation cut into chunks, each kept in a file when it is finished.

A chunk is named by its place and a hash of what it holds, so that a changed task never meets an old
file. Its SHA-256 lies beside it: one that is not as it was written is made anew. Several processes
may work on one folder: whoever computes a chunk holds its lock.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from gamnet.home import sha256_of
from gamnet.writing import locked, replacing_file

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How results are kept.

    suffix : of their files.  write(result, path), read(path) : what is written is read equal.
    """

    suffix: str
    write: Callable[[T, Path], None]
    read: Callable[[Path], T]


def chunk_path(folder: Path, place: int, holds: Iterable[str], suffix: str) -> Path:
    """File of the chunk at this place; `holds` names everything that its result depends on."""
    digest = hashlib.sha256("\n".join(holds).encode()).hexdigest()
    return folder / f"{place:05d}-{digest[:10]}{suffix}"


def read_chunk(path: Path, kind: Kind[T]) -> T | None:
    """What a finished chunk holds; None for one that is absent, or not as it was written."""
    checksum = _checksum(path)
    try:
        if not checksum.is_file():  # from before there were any: a whole file can be read
            return kind.read(path) if path.is_file() else None
        if checksum.read_text(encoding="ascii").split()[0] != sha256_of(path):
            return None
    except Exception:  # parsers fail in every way on a damaged file
        return None
    return kind.read(path)


def make_chunk(
    path: Path, kind: Kind[T], compute: Callable[[], T], *, wait: bool = False
) -> T | None:
    """Compute and write a chunk that is not finished; None if it is, or another process is at it.

    wait : until that process has finished it, or has died.
    Raises StorageError where the chunk cannot be written.
    """
    if read_chunk(path, kind) is not None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".lock"), wait=wait) as mine:
        if not mine or read_chunk(path, kind) is not None:
            return None
        if path.exists():
            _LOG.warning("'%s' is damaged: it is made anew", path)
            path.unlink()
        result = compute()
        write_chunk(path, kind, result)
        return result


def keep_chunk(path: Path, kind: Kind[T], compute: Callable[[], T]) -> T:
    """What a chunk holds, computed and written if need be; waits for a process that is at it."""
    while True:
        found = read_chunk(path, kind)
        if found is None:
            found = make_chunk(path, kind, compute, wait=True)
        if found is not None:
            return found


def write_chunk(path: Path, kind: Kind[T], result: T) -> None:
    """Write a chunk with its checksum, for the holder of its lock; it is there whole or not."""
    with replacing_file(path) as temporary:
        kind.write(result, temporary)
        # First the checksum: alone it is nothing, and a chunk is never without.
        with replacing_file(_checksum(path)) as beside:
            beside.write_text(f"{sha256_of(temporary)}  {path.name}\n", encoding="ascii")


def _checksum(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _write_npz(arrays: dict[str, np.ndarray], path: Path) -> None:
    np.savez(path, **arrays)  # type: ignore[arg-type]


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


# Arrays by name.
NPZ: Kind[dict[str, np.ndarray]] = Kind(".npz", _write_npz, _read_npz)
