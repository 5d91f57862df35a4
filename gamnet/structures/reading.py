"""Reading structures from files, bytes, streams, SMILES and the QM9 data set."""

import io
import os
import select
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import IO, TypeGuard

from gamnet.errors import GAMNetError, ReadError
from gamnet.examples import STRUCTURES
from gamnet.structures.bonds import lacks_hydrogens
from gamnet.structures.facts import FILE
from gamnet.structures.formats import (
    SUPPORTED,
    BinaryReader,
    Format,
    format_of_content,
    format_of_name,
    get_format,
)
from gamnet.structures.formats.common import Frame, shorten
from gamnet.structures.formats.smiles import read_smiles
from gamnet.structures.structure import Failure, Structure, location, make_structure

Source = str | os.PathLike[str] | bytes | IO[bytes] | IO[str]


def _example(id: str) -> Structure:
    """A shipped structure; raises ReadError for an unknown one."""
    if id not in STRUCTURES:
        raise ReadError(f"No example '{shorten(id)}'", f"Available: {', '.join(STRUCTURES)}")
    (structure,) = read(STRUCTURES[id].path)
    return replace(structure, source=f"example:{id}")


# Scheme -> the structure with an id: what is listed here is read as `scheme:id`.
SCHEMES: dict[str, Callable[[str], Structure]] = {"example": _example}

_HEAD_BYTES = 65536
# Up to this size what arrives through a pipe stays in memory.
_SPOOL_BYTES = 64 * 2**20
_MAX_PIPE = 4 * 2**30  # bytes
# No format has longer lines; what is read whole takes some ten times its size in memory.
_MAX_LINE = 1_000_000  # characters
_MAX_TEXT = 100_000_000  # characters
_CHUNK = 2**20  # bytes
_PIPE_SECONDS = 10  # for a named pipe that nobody writes to
_CONTAINERS = {
    b"\x1f\x8b": "gzip-compressed",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"\x89HDF": "an HDF5 file",
    b"%PDF": "a PDF document",
}


def read(source: Source, *, name: str | None = None, format: str | None = None) -> list[Structure]:
    """Return all structures of a source, in order.

    source : a path; bytes; a binary or text file object (read from its start); "-" for standard
        input; "smiles:CCO"; "qm9:12345".
    name : what to call it in messages, and where the format is looked for when source has no
        file name of its own.
    format : one of `gamnet.structures.formats.FORMATS` or a file suffix; found from the name and
        the content if not given.
    Raises ReadError or StructureError for the first frame that cannot be used;
    `iter_structures` goes on after it.
    """
    structures = []
    for item in _items(source, name, format):
        if isinstance(item, _Problem):
            raise item.error
        structures.append(item)
    return structures


def iter_structures(
    source: Source, *, name: str | None = None, format: str | None = None
) -> Iterator[Structure | Failure]:
    """Yield the structures of a source one by one; parameters as in `read`.

    A frame or file that cannot be used becomes a Failure, and the rest goes on. Frames of xyz,
    XDATCAR, sdf, mol2, pdb, smi and traj are read when they are asked for.
    """
    for item in _items(source, name, format):
        if isinstance(item, _Problem):
            yield Failure(item.source, item.frame, str(item.error))
        else:
            yield item


@dataclass(frozen=True)
class _Problem:
    """An error with its place; the message carries the place, too."""

    source: str
    frame: int
    error: GAMNetError


def _items(source: Source, name: str | None, format: str | None) -> Iterator[Structure | _Problem]:
    label, frame = name or _label(source), 0
    frames = _frames(source, name, format)
    while True:
        try:
            item = next(frames)
            if isinstance(item, ReadError):
                raise item
            if isinstance(item, Frame):
                item = _finish(item, label, frame)
            yield item
        except StopIteration:
            break
        except ReadError as error:
            # A SMILES is a place and what is read there: named once is enough.
            named = label.startswith("smiles:") and shorten(label[7:]) in error.subject
            place = "" if named else location(label, frame)
            located = ReadError(f"{place}{error.subject}", error.remedy)
            located.__cause__ = error.__cause__
            yield _Problem(label, frame, located)
        except GAMNetError as error:
            yield _Problem(label, frame, error)
        except OSError as error:
            reason = f"{location(label, frame)}Reading failed ({shorten(error)})"
            yield _Problem(label, frame, ReadError(reason, "Check the disk or the connection"))
        frame += 1
    if frame == 0:
        nothing = ReadError(f"{location(label, 0)}The file holds no structure", SUPPORTED)
        yield _Problem(label, 0, nothing)


def _finish(frame: Frame, label: str, number: int) -> Structure:
    info = replace(frame.info, notes=tuple(dict.fromkeys(frame.info.notes)))
    structure = make_structure(
        frame.numbers, frame.positions, frame.lattice, frame.pbc, label, number, info
    )
    # What a file without bonds leaves out shows in the atoms' distances, whatever the format.
    known = structure.periodic or info.geometry != FILE or info.missing_hydrogens
    if known or not lacks_hydrogens(structure.numbers, structure.positions):
        return structure
    return replace(structure, info=replace(info, missing_hydrogens=None))


def _label(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        text = os.fspath(source)
        return "stdin" if text == "-" else str(text)
    own_name = getattr(source, "name", None)
    return own_name if isinstance(own_name, str) else "data"


def _frames(
    source: Source, name: str | None, format: str | None
) -> Iterator[Frame | Structure | ReadError]:
    if isinstance(source, str):
        scheme, _, rest = source.partition(":")
        if scheme.lower() == "smiles":
            yield read_smiles(rest)
            return
        if scheme.lower() in SCHEMES:
            yield SCHEMES[scheme.lower()](rest)
            return
    with _opened(source) as stream:
        yield from _file_frames(stream, name or _label(source), format)


@contextmanager
def _opened(source: Source) -> Iterator[IO[bytes]]:
    """A seekable binary stream at its start; only what is opened here is closed here."""
    with ExitStack() as stack:
        stream: IO[bytes]
        if isinstance(source, (bytes, bytearray, memoryview)):
            stream = io.BytesIO(source)
        elif isinstance(source, (str, os.PathLike)) and os.fspath(source) != "-":
            stream = stack.enter_context(_open_path(source))
            if not stream.seekable():  # a named pipe
                stream = _spooled(stream, stack)
        else:
            given = sys.stdin if isinstance(source, str) else source
            if isinstance(given, os.PathLike) or not hasattr(given, "read"):
                raise ReadError(
                    f"Cannot read from a {type(source).__name__}",
                    "Give a path, bytes or a file object",
                )
            given = getattr(given, "buffer", given)
            if isinstance(given, io.TextIOBase):
                stream = io.BytesIO(given.read().encode())
            elif _is_seekable(given):
                stream = given
            else:
                stream = _spooled(given, stack)
        stream.seek(0)
        yield stream


def _is_seekable(stream: object) -> TypeGuard[IO[bytes]]:
    return isinstance(stream, io.IOBase) and stream.seekable()


def _open_path(path: str | os.PathLike[str]) -> IO[bytes]:
    """A stream of a file, or a raw one that never blocks of a named pipe."""
    shown = shorten(os.fspath(path))
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISFIFO(mode):
            # Opened as usual, a pipe without a writer would block for ever.
            return io.FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ReadError("This is a device or a socket, not a file", f"Check '{shown}'")
        return open(path, "rb")
    except FileNotFoundError:
        raise ReadError(
            "There is no such file", "Check the path; a SMILES is written as smiles:CCO"
        ) from None
    except IsADirectoryError:
        raise ReadError("This is a folder, not a file", "Name a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ReadError(f"The file cannot be opened ({reason})", f"Check '{shown}'") from error


def _spooled(stream: IO[bytes] | IO[str], stack: ExitStack) -> IO[bytes]:
    spool = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES))
    size = 0
    for chunk in _chunks(stream):
        size += len(chunk)
        if size > _MAX_PIPE:
            raise ReadError(
                f"More than {_MAX_PIPE // 2**30} GB came through the pipe",
                "Write it into a file and give that",
            )
        spool.write(chunk.encode() if isinstance(chunk, str) else chunk)
    return spool


def _chunks(stream: IO[bytes] | IO[str]) -> Iterator[bytes | str]:
    """What a stream holds, piece by piece; raises ReadError for a pipe that nobody opens."""
    pipe = isinstance(stream, io.FileIO)
    deadline = time.monotonic() + _PIPE_SECONDS if pipe else 0.0
    while True:
        chunk = stream.read(_CHUNK)
        if chunk:
            yield chunk
            deadline = 0.0
        elif chunk is None:  # somebody has opened the pipe, and has not written yet
            select.select([stream], [], [])
            deadline = 0.0
        elif not deadline:
            return
        elif time.monotonic() > deadline:
            raise ReadError(
                f"Nobody wrote into the pipe within {_PIPE_SECONDS} s",
                "Start the program that writes into it first",
            )
        else:
            time.sleep(0.02)


def _file_frames(stream: IO[bytes], label: str, format: str | None) -> Iterator[Frame | ReadError]:
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = head.decode(encoding, errors="replace")
    if not text.strip():
        blank = f"begins with {_HEAD_BYTES:,} blanks" if len(head) == _HEAD_BYTES else "is empty"
        raise ReadError(f"The file {blank}", "Choose a file with at least one structure")
    entry, notes = _choose_format(text, label, format)
    reader = None if entry is None else entry.read
    if isinstance(reader, BinaryReader):
        yield from _with_notes(reader.read(stream), notes)
        return
    _check_text(head, text)
    if reader is None:
        raise ReadError("The format is not recognised", SUPPORTED)
    # Damaged bytes become U+FFFD: harmless in a title, an error where a number should be.
    lines = _BoundedText(stream, encoding=encoding, errors="replace")
    try:
        for frame in _with_notes(reader(lines), notes):
            lines.allow_more()
            yield frame
    finally:
        # Otherwise the wrapper would close a stream that belongs to the caller.
        lines.detach()


class _BoundedText(io.TextIOWrapper):
    """Text whose lines, structures, and whole are read up to a size that fits into memory.

    What is too long raises ReadError, and ends the text.
    """

    _left: int = _MAX_TEXT  # characters that the next structure may have

    def allow_more(self) -> None:
        """To be called after each structure."""
        self._left = _MAX_TEXT

    # In typeshed every text stream is one of bytes as well, its own classes included.
    def __next__(self) -> str:  # type: ignore[override]
        line = "" if self._left < 0 else self.readline(_MAX_LINE + 1)
        self._left -= len(line)
        if self._left < 0:
            raise ReadError(
                f"A structure has more than {_MAX_TEXT:,} characters",
                "The line that ends each structure may be missing",
            )
        if len(line) > _MAX_LINE:
            self._left = -1
            raise ReadError(
                f"A line is longer than {_MAX_LINE:,} characters: '{shorten(line[:200])}'",
                "The file may be damaged, or of another format than its name says",
            )
        if not line:
            raise StopIteration
        return line

    def read(self, size: int | None = -1) -> str:
        if size is not None and size >= 0:
            return super().read(size)
        text = super().read(_MAX_TEXT + 1)
        if len(text) > _MAX_TEXT:
            raise ReadError(
                f"The file has more than {_MAX_TEXT:,} characters",
                "Formats with one structure in a file are read whole: give a smaller one",
            )
        return text


def _choose_format(
    text: str, label: str, format: str | None
) -> tuple[Format | None, tuple[str, ...]]:
    if format is not None:
        return get_format(format), ()
    named = format_of_name(label)
    shown = format_of_content(text, named)
    if named and shown and named is not shown:
        return shown, (
            f"The name says {named.id}, but the content is {shown.id}: it was read as {shown.id}.",
        )
    return shown or named, ()


def _check_text(head: bytes, text: str) -> None:
    for magic, kind in _CONTAINERS.items():
        if head.startswith(magic):
            raise ReadError(f"The file is {kind}", "Unpack or convert it first")
    odd = sum(c == "\ufffd" or (c < " " and c not in "\t\n\r\f") for c in text)
    if "\0" in text or odd > 0.1 * len(text):
        raise ReadError(
            "The file is not text: it is binary, or in an encoding other than UTF-8",
            SUPPORTED,
        )


def _with_notes(
    frames: Iterator[Frame | ReadError], notes: tuple[str, ...]
) -> Iterator[Frame | ReadError]:
    for frame in frames:
        if notes and isinstance(frame, Frame):
            yield replace(frame, info=replace(frame.info, notes=notes + frame.info.notes))
        else:
            yield frame
