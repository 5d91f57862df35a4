"""Files and folders that are there whole or not at all, whoever else writes or dies.

What is being written has a hidden name beside its own, under a lock that the system drops when its
holder dies: whoever holds the lock next knows that what lies there is nobody's.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gamnet.errors import StorageError
from gamnet.home import sha256_of

MANIFEST = "manifest.json"
_LOG = logging.getLogger(__name__)
# Folder -> inode, time and size of the manifest by which it was found whole in this process.
_whole: dict[Path, tuple[int, int, int]] = {}


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Whether this thread holds the lock file `path` during the block.

    wait : until whoever else holds it lets go; else False is yielded at once.
    """
    lock = FileLock(path)
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        # While it is held: who waits for it sees that the file is gone, and makes another.
        path.unlink(missing_ok=True)
        lock.release()


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A path to write to; the file takes the name `path` when the block ends without an error.

    Until then the old file stays. What is not a regular file, a device say, is written directly.
    Raises StorageError where it cannot be written, and while another process writes it.
    """
    with _told(path):
        if path.exists() and not path.is_file():
            yield path
            return
        target = path.resolve()  # a link stays one
        with locked(_hidden(target, "lock"), wait=False) as mine:
            if not mine:
                raise StorageError(f"'{path}' is being written by another process", "Wait for it")
            with replacing_file(target) as temporary:
                yield temporary


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """As `new_file`, for the holder of a lock: nobody else writes this file."""
    with _told(path):
        temporary = _hidden(path, f"partial{path.suffix}")
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes its final name only when everything in it is written.

    One that has the name already is replaced. Raises StorageError where it cannot be written.
    """
    with _told(folder), lock_of(folder), _replacing(folder) as temporary:
        yield temporary


def kept_folder(folder: Path, build: Callable[[Path], None], *, thorough: bool = False) -> Path:
    """The folder that `build` fills, built if it is absent or damaged, by one process at a time.

    build : writes everything into the folder that it is given.
    thorough : read every file for its checksum, and not only those whose size or time has changed.
    Raises StorageError where it cannot be written.
    """
    if _is_whole(folder, thorough):
        return folder
    with _told(folder), lock_of(folder):
        damage = _damage(folder, thorough)  # None if another process has built it meanwhile
        if damage is not None:
            if folder.exists():
                _LOG.warning("'%s' is damaged (%s): it is built anew", folder, damage)
            with _replacing(folder) as temporary:
                build(temporary)
                _write_manifest(temporary)
    return folder


def is_kept(folder: Path) -> bool:
    """Whether `kept_folder` would find the folder whole."""
    return _is_whole(folder, thorough=False)


def _hidden(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{ending}")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn the ways in which writing beside a path fails into one sentence."""
    try:
        yield
    except BrokenPipeError:  # whoever reads has had enough
        raise
    except OSError as error:
        # A full disk names no file; a file elsewhere is one that was read.
        if error.filename and not _is_near(Path(error.filename).resolve(), path.resolve()):
            raise
        reason = error.strerror or str(error)
        raise StorageError(
            f"Cannot write '{path}': {reason}", "It needs free space in a folder of yours"
        ) from error


def _is_near(named: Path, path: Path) -> bool:
    """Whether a file is beside a path, or on the way to it."""
    return path.parent in named.parents or named in path.parents


@contextmanager
def lock_of(folder: Path) -> Iterator[None]:
    """The lock of who writes a folder, during the block; says so if it has to be waited for."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = _hidden(folder, "lock")
    with locked(lock, wait=False) as mine:
        if mine:
            yield
            return
    _LOG.warning("'%s' is being written by another process: waiting for it", folder)
    with locked(lock):
        yield


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """As `new_folder`, for the holder of the lock."""
    temporary, old = _hidden(folder, "partial"), _hidden(folder, "old")
    for left in (temporary, old):  # by a process that died
        shutil.rmtree(left, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        if folder.exists():
            folder.rename(old)
        temporary.rename(folder)
    finally:
        for left in (temporary, old):
            shutil.rmtree(left, ignore_errors=True)


def _write_manifest(folder: Path) -> None:
    """Note size, time and SHA-256 of every file, when the disk has them all."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
            state = path.stat()
            name = path.relative_to(folder).as_posix()
            files[name] = [state.st_size, state.st_mtime_ns, sha256_of(path)]
    (folder / MANIFEST).write_text(json.dumps(files, indent=1) + "\n", encoding="utf-8")


def _is_whole(folder: Path, thorough: bool) -> bool:
    """Whether nothing is wrong with a folder; what was found stands until the manifest changes."""
    try:
        state = (folder / MANIFEST).stat()
    except OSError:
        return False
    seen = (state.st_ino, state.st_mtime_ns, state.st_size)
    if not thorough and _whole.get(folder) == seen:
        return True
    if _damage(folder, thorough) is not None:
        _whole.pop(folder, None)
        return False
    _whole[folder] = seen
    return True


def _damage(folder: Path, thorough: bool) -> str | None:
    """What is wrong with a folder, None if nothing."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())
        for name, (size, changed, digest) in files.items():
            state = (folder / name).stat()
            if state.st_size != size:
                return f"{name} has {state.st_size} bytes, not {size}"
            if (thorough or state.st_mtime_ns != changed) and sha256_of(folder / name) != digest:
                return f"{name} is not as it was written"
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return str(error)
    return None
