"""Libraries of any size, read from the start to the end and cut into pieces of few structures."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from gamnet.errors import ReadError
from gamnet.screening.items import (
    Item,
    as_frame,
    clean,
    holds_ids,
    likely_id_field,
    sdf_index,
    structure_of_cell,
)
from gamnet.screening.tables import (
    SAMPLE,
    IdTable,
    encoding_of,
    find_delimiter,
    is_table,
    read_table,
    table_of,
    table_rows,
)
from gamnet.structures.formats import format_of_content, format_of_name
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, Structure

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

PIECE = 256  # structures
PIECE_ATOMS = 50_000  # of files; a piece ends with the structure that reaches it
_HEAD = 1 << 18  # bytes


@dataclass(frozen=True, eq=False)
class Member:
    """One structure of a library: a cell of a table, which is still to be made one, or itself.

    id : as given.  text : SMILES or id of a data set; "" for a structure from a file.
    row : of the table, from 1; 0 for a structure from a file.
    """

    id: str
    text: str
    row: int = 0
    structure: Structure | Failure | None = None


@dataclass(frozen=True, eq=False)
class Piece:
    """Consecutive members of a library.

    place : number of the piece.  name : of the library.  ids : whether a bare number is an id.
    fraction : how much of the library has been read with it.
    """

    place: int
    name: str
    ids: bool
    members: tuple[Member, ...]
    fraction: float

    def items(self) -> Iterator[Item]:
        """The members as structures, or the reasons why they are none."""
        for member in self.members:
            id, text = clean(member.id), clean(member.text)
            if member.structure is not None:
                yield Item(id, text, member.structure)
                continue
            found = structure_of_cell(member.text, member.row, self.name, self.ids)
            yield Item(id, text, as_frame(Item(id, text, found), self.name, member.row - 1))

    def holds(self) -> Iterator[str]:
        """Everything that the predictions of the piece depend on, but for the model."""
        yield f"{self.name} {self.ids}"
        for member in self.members:
            yield repr((member.id, member.text, member.row))
            if member.structure is not None:
                yield _digest(member.structure)


def pieces(path: Path, size: int = PIECE) -> Iterator[Piece]:
    """A library's structures in order, `size` at a time: bounded memory whatever its length.

    Raises ReadError for a file that is not there, and for a table without SMILES or ids.
    """
    try:
        total, head = path.stat().st_size, b""
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise ReadError(f"'{path}' cannot be read ({error.strerror})", "Check the path") from error
    if path.suffix.lower() == ".parquet":
        yield from _table_pieces(_parquet(path), size)
    elif is_table(head, path.name):
        yield from _table_pieces(_text_table(path, head, total), size)
    else:
        yield from _file_pieces(path, head, total, size)


@dataclass(frozen=True, eq=False)
class _Table:
    """A table that is read row by row: the beginning, and (row, fraction read) of all."""

    known: IdTable
    rows: Iterator[tuple[tuple[str, ...], float]]


def _text_table(path: Path, head: bytes, total: int) -> _Table:
    if total > len(head):  # whole lines: what follows is of the same kind
        head = head[: head.rfind(b"\n") + 1] or head
    known = read_table(head, str(path))
    return _Table(known, _text_rows(path, head, total, known))


def _text_rows(
    path: Path, head: bytes, total: int, known: IdTable
) -> Iterator[tuple[tuple[str, ...], float]]:
    encoding, width = encoding_of(head), len(known.columns)
    lines = head.decode(encoding, "replace").splitlines(keepends=True)
    delimiter, first = find_delimiter(lines, known.name)
    with path.open("rb") as binary:
        # No newline translation: a quoted cell may hold line breaks.
        stream = io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="")
        plain = (line.replace("\0", "\ufffd") for line in stream)
        rows = table_rows(islice(plain, first, None), delimiter, known.name)
        for cells in islice(rows, int(known.header), None):
            row = tuple(cell.strip() for cell in cells[:width])
            yield row + ("",) * (width - len(row)), binary.tell() / max(1, total)


def _parquet(path: Path) -> _Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise ReadError(f"'{path.name}' is not a parquet file ({error})", "Check it") from error
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer)
    names = [field.name for field in file.schema_arrow if any(kind(field.type) for kind in kinds)]
    sample = [row for row, _ in islice(_parquet_rows(file, names), SAMPLE)]
    known = table_of(str(path), tuple(names), True, tuple(sample))
    return _Table(known, _parquet_rows(file, names))


def _parquet_rows(file: "ParquetFile", names: list[str]) -> Iterator[tuple[tuple[str, ...], float]]:
    count, total = 0, max(1, file.metadata.num_rows)
    for batch in file.iter_batches(batch_size=PIECE, columns=names):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            count += 1
            yield tuple("" if cell is None else str(cell).strip() for cell in row), count / total


def _table_pieces(table: _Table, size: int) -> Iterator[Piece]:
    known = table.known
    structure, id = known.structure_columns[0], known.id_column
    ids = holds_ids(row[structure] for row in known.rows[:SAMPLE])
    members: list[Member] = []
    place, number, fraction = 0, 0, 0.0
    for number, (row, fraction) in enumerate(table.rows, 1):
        members.append(Member(str(number) if id is None else row[id], row[structure], number))
        if len(members) == size:
            yield Piece(place, known.name, ids, tuple(members), min(1.0, fraction))
            members, place = [], place + 1
    if members:
        yield Piece(place, known.name, ids, tuple(members), 1.0)


def _file_pieces(path: Path, head: bytes, total: int, size: int) -> Iterator[Piece]:
    named = format_of_name(path.name)
    found = format_of_content(head[:65536].decode("utf-8", errors="replace"), named) or named
    members: list[Member] = []
    place, n_atoms = 0, 0
    with path.open("rb") as stream, path.open("rb") as beside:
        names = _record_ids(path, beside) if found is not None and found.id == "sdf" else None
        for structure in iter_structures(stream, name=str(path)):
            id = path.stem if names is None else next(names, "")
            members.append(Member(id, "", structure=structure))
            n_atoms += structure.n_atoms if isinstance(structure, Structure) else 1
            if len(members) == size or n_atoms >= PIECE_ATOMS:
                fraction = min(1.0, stream.tell() / max(1, total))
                yield Piece(place, str(path), False, tuple(members), fraction)
                members, place, n_atoms = [], place + 1, 0
    if members:
        yield Piece(place, str(path), False, tuple(members), 1.0)


def _record_ids(path: Path, stream: BinaryIO) -> Iterator[str]:
    """The ids of an sdf file's records, by the key that the first of them tell."""
    with path.open("rb") as first:
        key = likely_id_field(list(islice(sdf_index(first), SAMPLE)))
    for record in sdf_index(stream):
        yield path.stem if key is None else record.get(key, "")


def _digest(structure: Structure | Failure) -> str:
    if isinstance(structure, Failure):
        return repr((structure.source, structure.frame, structure.error))
    digest = hashlib.sha256(np.ascontiguousarray(structure.numbers).tobytes())
    digest.update(np.ascontiguousarray(structure.positions).tobytes())
    digest.update(b"" if structure.lattice is None else structure.lattice.tobytes())
    digest.update(repr((structure.pbc, structure.frame, astuple(structure.info))).encode())
    return digest.hexdigest()
