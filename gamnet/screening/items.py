"""Batches: many structures with ids from lists and files, read one by one, and their results."""

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO, TypeVar

from gamnet.errors import BusyError, LimitError, ReadError
from gamnet.prediction.result import Prediction
from gamnet.screening.tables import SAMPLE, SUFFIXES, IdTable, address_of, is_table, read_table
from gamnet.structures.formats import format_of_content, format_of_name
from gamnet.structures.formats.common import shorten
from gamnet.structures.formats.molecules import sdf_fields, sdf_records
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, Structure
from gamnet.text import one_line

MAX_SMILES = 500  # characters; beyond, embedding takes minutes
T = TypeVar("T")

TITLE = "Title line"
_MAX_ENDED = 10  # rows of one table that end their reader; those after them are not tried
_RECORD_ID = re.compile(r"(^|[^a-z])(id|name|cid|number|code)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Item:
    """One member of a batch before prediction.

    id : as given; duplicates are kept.
    text : the SMILES or id of a data set it was made from, "" for a structure from a file.
    """

    id: str
    text: str
    structure: Structure | Failure


@dataclass(frozen=True, eq=False)
class Row:
    """One member of a batch after prediction; id and text as in Item."""

    id: str
    text: str
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class TablePart:
    """A table of molecules; `structure_column` and `id_column` say what is read from it.

    id_column : None numbers the rows from 1.
    """

    table: IdTable
    structure_column: int
    id_column: int | None

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def count(self) -> int:
        return len(self.table.rows)

    def items(self, stream: io.BytesIO, first: int = 0) -> Iterator[Item]:
        """One item per row from the one with index `first` on; the stream is not needed."""
        ids = holds_ids(row[self.structure_column] for row in self.table.rows[:SAMPLE])
        for row in range(first, len(self.table.rows)):
            text = self.table.rows[row][self.structure_column]
            structure = structure_of_cell(text, row + 1, self.name, ids)
            yield self.item(row, structure)

    def item(self, row: int, structure: Structure | Failure) -> Item:
        """The row with this index, as what was made of it."""
        cells = self.table.rows[row]
        name = str(row + 1) if self.id_column is None else cells[self.id_column]
        return Item(clean(name), clean(cells[self.structure_column]), structure)


@dataclass(frozen=True, eq=False)
class FilePart:
    """A file of structures.

    records : of an sdf file, per record its title (TITLE) and fields; None for other formats.
    id_field : key of `records` that holds the ids; None takes the file's name.
    """

    name: str
    content: bytes = field(repr=False)
    records: tuple[dict[str, str], ...] | None = None
    id_field: str | None = None

    @property
    def count(self) -> int | None:
        """Number of structures, None where only reading would tell."""
        return None if self.records is None else len(self.records)

    @property
    def id_fields(self) -> tuple[str, ...]:
        """Keys that may hold ids: those that any record has."""
        return tuple(dict.fromkeys(key for record in self.records or () for key in record))

    def items(self, stream: io.BytesIO) -> Iterator[Item]:
        """One item per frame; `stream` holds the content."""
        records = self.records or ()
        for structure in iter_structures(stream, name=self.name):
            name = PurePath(self.name).stem
            if self.id_field is not None and structure.frame < len(records):
                name = records[structure.frame].get(self.id_field, "")
            yield Item(clean(name), "", structure)


@dataclass(frozen=True)
class BadPart:
    """A file that cannot be used: it keeps its place as one failed item."""

    name: str
    error: str
    count: int = 1

    def items(self, stream: io.BytesIO) -> Iterator[Item]:
        """The one failure."""
        yield Item(clean(PurePath(self.name).stem), "", Failure(self.name, 0, self.error))


Part = TablePart | FilePart | BadPart


def open_part(content: bytes, name: str, header: bool | None = None) -> Part:
    """Recognise a file: a table with its likely columns, or a file of structures.

    A table that cannot be used becomes a BadPart; a bad structure file shows when it is read.
    header : of a table, as in `gamnet.screening.tables.read_table`.
    """
    try:
        table = read_table(content, name, header) if is_table(content, name) else None
    except ReadError as error:
        return BadPart(name, str(error))
    if table is not None:
        return TablePart(table, table.structure_columns[0], table.id_column)
    named = format_of_name(name)
    found = format_of_content(content[:65536].decode("utf-8", errors="replace"), named) or named
    if found is None or found.id != "sdf":
        return FilePart(name, content)
    records = tuple(sdf_index(io.BytesIO(content)))
    return FilePart(name, content, records, likely_id_field(records))


def recognised(content: bytes, name: str, header: bool | None = None) -> Part:
    """As `open_part`, without the content of a file of structures, for whoever has it."""
    part = open_part(content, name, header)
    return replace(part, content=b"") if isinstance(part, FilePart) else part


def read_source(source: str) -> Iterator[Structure | Failure]:
    """As `iter_structures`, and the rows of a table: each is a frame of the file, titled by its id.

    source : what the command line takes: a path, "smiles:CCO", "NAME:ID" or "-".
    """
    part = None
    if source.lower().endswith(SUFFIXES) and os.path.isfile(source):
        part = open_part(Path(source).read_bytes(), source)
    if part is None or isinstance(part, FilePart):
        yield from iter_structures(source)
        return
    for row, item in enumerate(part.items(io.BytesIO())):
        yield item.structure if isinstance(part, BadPart) else as_frame(item, source, row)


def as_frame(item: Item, source: str, row: int) -> Structure | Failure:
    """A row of a table, counted from 0, as the frame of the file that it is, titled by its id."""
    found = item.structure
    if isinstance(found, Structure):
        return replace(found, source=source, frame=row, info=replace(found.info, title=item.id))
    place = f"'{shorten(source)}', row {row + 1}: "
    return Failure(source, row, place + found.error.removeprefix(place))


def part_items(part: Part, first: int = 0) -> Iterator[tuple[Item, float]]:
    """The items of a part, of a table from a row on, and how much of it has been read by then."""
    stream = io.BytesIO(part.content if isinstance(part, FilePart) else b"")
    size = max(1, len(stream.getbuffer()))
    found = part.items(stream, first) if isinstance(part, TablePart) else part.items(stream)
    for number, item in enumerate(found, first + 1):
        # One more record may have been found than the index has.
        yield item, min(1.0, number / part.count if part.count else stream.tell() / size)


def _here(function: Callable[..., Iterator[T]], *arguments: object, name: str) -> Iterator[T]:
    return function(*arguments)


class Reader:
    """Yields the items of all parts in order, and knows how far it is.

    run : what runs a generator of a module, such as `gamnet.sandbox.Pool.stream`.
    total : number of structures, None where only reading would tell.
    """

    def __init__(self, parts: Sequence[Part], run: Callable[..., Iterator[Any]] = _here) -> None:
        self.parts = tuple(parts)
        self._run = run
        counts = [part.count for part in self.parts if part.count is not None]
        self.total = sum(counts) if len(counts) == len(self.parts) else None
        # A structure in a file of unknown length takes some 1,000 bytes.
        self._weights = [
            part.count if part.count is not None else max(1.0, len(part.content) / 1000)
            for part in self.parts
        ]
        self._before = 0.0
        self._inside = 0.0

    @property
    def fraction(self) -> float:
        """How much has been read, from 0 to 1; by size where the count is not known."""
        return min(1.0, (self._before + self._inside) / max(1e-9, sum(self._weights)))

    def __iter__(self) -> Iterator[Item]:
        for part, weight in zip(self.parts, self._weights, strict=True):
            for item, share in self._items(part):
                yield item
                self._inside = weight * share
            self._before, self._inside = self._before + weight, 0.0

    def _items(self, part: Part) -> Iterator[tuple[Item, float]]:
        """As `part_items`; what ends its reader is a failure, and a table goes on after it."""
        done, ended = 0, 0
        while True:
            try:
                for item, share in self._run(part_items, part, done, name=shorten(part.name)):
                    done += 1
                    yield item, share
                return
            except BusyError:  # it has waited, and waits again
                continue
            except LimitError as error:
                failure = Failure(part.name, done, str(error))
            ended += 1
            if not isinstance(part, TablePart):
                yield Item(clean(PurePath(part.name).stem), "", failure), 1.0
                return
            # One of them costs as much as some thousand others.
            last = done + 1 if ended < _MAX_ENDED else part.count
            for row in range(done, last):
                place = f"'{shorten(part.name)}', row {row + 1}: "
                reason = failure.error if row == done else f"{_MAX_ENDED} rows before it failed so."
                yield part.item(row, Failure(part.name, 0, place + reason)), (row + 1) / part.count
            done = last
            if done == part.count:
                return


def holds_ids(cells: Iterable[str]) -> bool:
    """Whether all cells of a column are ids: only then a bare number is one."""
    return all(address_of(cell, plain=True) is not None for cell in cells if cell)


def structure_of_cell(text: str, number: int, name: str, ids: bool) -> Structure | Failure:
    """The structure that a cell names. Never a path: a list must not reach the server's files.

    number : of the row, from 1.  name : of the table.  ids : whether a bare number is an id.
    """
    place = f"'{shorten(name)}', row {number}"
    if not text:
        return Failure(name, 0, f"{place}: The row has no SMILES. Fill the cell.")
    if len(text) > MAX_SMILES:
        return Failure(
            name, 0,
            f"{place}: The SMILES has {len(text):,} characters; up to {MAX_SMILES} are taken. "
            "Give a file with coordinates.",
        )  # fmt: skip
    address = address_of(text, plain=ids)
    if address is not None:
        return next(iter_structures(address))
    return next(iter_structures(f"smiles:{text.removeprefix('smiles:')}"))


def sdf_index(content: BinaryIO) -> Iterator[dict[str, str]]:
    """Title (TITLE) and fields of each record of an sdf file, from its start."""
    encoding = "utf-16" if content.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    content.seek(0)
    stream = io.TextIOWrapper(content, encoding=encoding, errors="replace")
    for record in sdf_records(stream):
        yield {TITLE: record.split("\n", 1)[0].strip(), **sdf_fields(record)}


def likely_id_field(records: Sequence[dict[str, str]]) -> str | None:
    """Which of the keys of an sdf file's records holds the ids, if any."""
    titles = [record[TITLE] for record in records]
    if len(titles) == 1 and titles[0] or len(set(filter(None, titles))) > 1:
        return TITLE
    keys = dict.fromkeys(key for record in records for key in record)
    named = [key for key in keys if key != TITLE and _RECORD_ID.search(key)]
    return named[0] if named else TITLE if any(titles) else None


def clean(text: str) -> str:
    """The text as one printable line that every file format can hold."""
    return one_line(text).encode("utf-8", errors="replace").decode().strip()
