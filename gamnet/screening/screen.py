"""Screening a library: pieces are predicted wherever, kept as chunks, and gathered in order."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from gamnet.chunks import Kind, chunk_path, read_chunk, write_chunk
from gamnet.errors import CheckpointError, ConfigError, ReadError
from gamnet.home import gamnet_home, sha256_of
from gamnet.prediction.auto import AUTO, AutoModel, load
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import available
from gamnet.screening.columns import schema_of, table_of_rows
from gamnet.screening.items import Row
from gamnet.screening.library import PIECE, Piece, pieces
from gamnet.screening.selection import Selection
from gamnet.writing import lock_of, new_file

# Rows of the output written at a time, or bytes of them.
_GROUP_ROWS, _GROUP_BYTES = 50_000, 1 << 26

RESULTS: Kind[pa.Table] = Kind(
    ".parquet", lambda table, path: pq.write_table(table, path, compression="zstd"), pq.read_table
)


@dataclass(frozen=True)
class Task:
    """What is to be made of a piece, wherever it is done.

    model : its name.  sha256 : of its weights, so that no other is taken for it.
    maps : whether GA scores and contributions are kept.
    """

    model: str
    sha256: str
    maps: bool


# Takes pieces as it has use for them, and gives each back with its results, in any order.
Run = Callable[[Iterable[Piece], Task], Iterator[tuple[Piece, pa.Table]]]


@dataclass(frozen=True)
class Summary:
    """How a screening ended: structures of the library, those that failed, and rows written.

    kept : folder of the finished chunks, where they are kept for another selection.
    """

    n: int
    n_failed: int
    n_written: int
    kept: Path | None


def run_here(given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
    """Predict the pieces one after the other in this process."""
    for piece in given:
        yield piece, predict_piece(piece, task)


def predict_piece(piece: Piece, task: Task) -> pa.Table:
    """The results of a piece; raises CheckpointError where the model has other weights."""
    model = _model(task.model)
    if weights_of(task.model) != task.sha256:
        raise CheckpointError(
            f"The model '{task.model}' has other weights on a worker than here",
            "Install the same version of gamnet everywhere",
        )
    items = list(piece.items())
    predictions = model.stream(item.structure for item in items)
    rows = (
        Row(item.id, item.text, prediction)
        for item, prediction in zip(items, predictions, strict=True)
    )
    return table_of_rows(rows, model.properties, task.maps)


def failed_piece(piece: Piece, task: Task, reason: str) -> pa.Table:
    """The results of a piece of which nothing could be predicted."""
    properties = _model(task.model).properties
    names = schema_of(properties, task.maps)
    records = [
        {"id": member.id, "smiles": member.text, "source": piece.name, "frame": 0, "error": reason}
        for member in piece.members
    ]
    return pa.Table.from_pylist(records, schema=names)


def weights_of(model: str) -> str:
    """SHA-256 of a model's weights; of `auto` of all shipped ones."""
    entries = available()
    if model == AUTO:
        every = " ".join(f"{name} {entry['sha256']}" for name, entry in sorted(entries.items()))
        return hashlib.sha256(every.encode()).hexdigest()
    return str(entries[model]["sha256"]) if model in entries else sha256_of(Path(model))


def columns_of(model: str, maps: bool) -> pa.Schema:
    """The columns that a screening with this model writes."""
    return schema_of(_model(model).properties, maps)


def screen(
    library: Path,
    output: Path,
    run: Run = run_here,
    model: str = AUTO,
    maps: bool = False,
    selection: Selection = Selection(),  # noqa: B008, it is frozen
    size: int = PIECE,
    progress: bool = True,
) -> Summary:
    """Predict every structure of a library and write the rows that are selected, as parquet.

    Finished pieces are kept in GAMNET_HOME: a second call goes on where the first was stopped.
    Raises ReadError for a library that cannot be read, ConfigError for a wrong name of the output.
    """
    check_files(library, output)
    schema = columns_of(model, maps)
    if selection.top is not None:
        selection.top.check(schema)
    task = Task(model, weights_of(model), maps)
    made_with = (str(library.resolve()), task.sha256, str(maps), str(size), *_versions())
    digest = hashlib.sha256(repr(made_with).encode()).hexdigest()
    folder = gamnet_home() / "screening" / digest[:16]
    with lock_of(folder):
        folder.mkdir(exist_ok=True)
        places = _predicted(library, run, task, folder, size, progress)
        n, n_failed, n_written = _gathered(places, folder, output, schema, selection)
        kept = None if selection.all else folder
        if kept is None:
            shutil.rmtree(folder)
    return Summary(n, n_failed, n_written, kept)


def check_files(library: Path, output: Path) -> None:
    """Raise ReadError for a library that is no file, ConfigError for a wrong name of the output."""
    if not library.is_file():
        raise ReadError(f"There is no file '{library}'", "Check the path")
    if output.suffix.lower() != ".parquet":
        raise ConfigError(f"'{output}' is not a parquet file", "Name it RESULTS.parquet")
    if output.exists() and output.samefile(library):
        raise ConfigError(f"'{output}' is the library", "Give --output another name")
    if output.is_dir() or not os.access(output.parent, os.W_OK):
        raise ConfigError(f"Cannot write '{output}'", "Give --output a file in a folder of yours")


def _versions() -> list[str]:
    """What else the results depend on."""
    return [f"{name} {version(name)}" for name in ("gamnet", "rdkit")]


@lru_cache(maxsize=2)
def _model(name: str) -> Model | AutoModel:
    return load(name)


def _predicted(
    library: Path, run: Run, task: Task, folder: Path, size: int, progress: bool
) -> list[str]:
    """See to it that every piece has its chunk; returns the chunks' names in order."""
    names: list[str] = []
    with tqdm(unit=" structures", disable=not progress, smoothing=0) as bar:
        read = before = 0

        def waiting() -> Iterator[Piece]:
            nonlocal read, before
            for piece in pieces(library, size):
                path = chunk_path(folder, piece.place, piece.holds(), RESULTS.suffix)
                names.append(path.name)
                read += len(piece.members)
                # As many more as the rest of the library is likely to hold.
                bar.total = round(read / piece.fraction) if piece.fraction else None
                if read_chunk(path, RESULTS) is None:
                    yield piece
                else:  # from before: it says nothing of the pace
                    before += len(piece.members)
                    bar.initial = before
                    bar.update(len(piece.members))

        for piece, table in run(waiting(), task):
            write_chunk(folder / names[piece.place], RESULTS, table)
            bar.update(len(piece.members))
    return names


def _gathered(
    names: list[str], folder: Path, output: Path, schema: pa.Schema, selection: Selection
) -> tuple[int, int, int]:
    """Write the selected rows in order; returns how many there are, have failed, are written."""
    n = n_failed = n_written = 0
    group: list[pa.Table] = []
    top = selection.top
    with (
        new_file(output) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for name in names:
            table = read_chunk(folder / name, RESULTS)
            if table is None:
                raise CheckpointError(
                    f"'{folder / name}' was damaged meanwhile", "Call gamnet screen again"
                )
            table = table.cast(schema)
            n += len(table)
            n_failed += len(table) - table["error"].null_count
            if selection.filter is not None:
                table = table.filter(selection.filter.mask(table))
            if top is not None:
                group = [top.of(pa.concat_tables([*group, table]))]
                continue
            group.append(table)
            rows, size = sum(map(len, group)), sum(part.nbytes for part in group)
            if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
                n_written += _write(writer, group)
        n_written += _write(writer, group)
    return n, n_failed, n_written


def _write(writer: pq.ParquetWriter, group: list[pa.Table]) -> int:
    """Write tables as one group of rows, and empty the list."""
    if not group:
        return 0
    table = pa.concat_tables(group)
    group.clear()
    writer.write_table(table)
    return len(table)
