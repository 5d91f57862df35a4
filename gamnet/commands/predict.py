"""`gamnet predict`: structures in, values with their per-atom explanation out."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from gamnet.commands.console import open_model, print_table, say
from gamnet.errors import ConfigError
from gamnet.properties import Property, find_property
from gamnet.writing import new_file

if TYPE_CHECKING:
    from gamnet.prediction.auto import AutoModel
    from gamnet.prediction.model import Model
    from gamnet.prediction.result import Prediction, PropertyPrediction


class Format(StrEnum):
    """How the predictions are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    EXTXYZ = "extxyz"
    HTML = "html"


def predict(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Structure files (xyz, cif, POSCAR, XDATCAR, sdf, mol, mol2, pdb, traj, json), "
            "- for standard input, smiles:CCO, or qm9:12345 (QM9 Index).",
            show_default=False,
        ),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="auto, a shipped model, or a model file.")
    ] = "auto",
    property_ids: Annotated[
        str | None,
        typer.Option(
            "--property",
            "-p",
            metavar="ID,ID,...",
            help="Only these properties, e.g. homo,lumo. Default: all of the model's.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="csv has a row per structure; json and extxyz hold the atoms, too; html is a "
            "report with turning pictures that opens anywhere, without a network.",
        ),
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write here instead of to standard output."),
    ] = None,
) -> None:
    """Predict properties and the atoms that they attend to.

    A structure that fails keeps its place in the output, with the reason, and the exit status is 1.

    \b
    Examples:
      gamnet predict thymine.xyz
      gamnet predict smiles:CCO --property homo,lumo
      gamnet predict trajectory.extxyz --format csv -o values.csv
      gamnet predict *.cif --format extxyz -o scored.extxyz
      gamnet predict smiles:CCO --format html -o report.html
      cat thymine.xyz | gamnet predict - --format json
    """
    from gamnet.screening.items import read_source

    loaded = open_model(model)
    properties = _chosen(property_ids, loaded)
    structures = chain.from_iterable(map(read_source, files))
    # Without a choice each model predicts what it has.
    asked = None if property_ids is None else [prop.id for prop in properties]
    stream = loaded.stream(structures, property_ids=asked)
    report = _Report()
    with _opened(output, files) as file:
        _write(report.watch(stream), format, properties, loaded, file)
    report.finish()
    if report.n_failed:
        raise typer.Exit(1)


def _chosen(property_ids: str | None, model: "Model | AutoModel") -> list[Property]:
    """The properties asked for, in that order; by default all that the model has."""
    if property_ids is None:
        return list(model.properties)
    names = dict.fromkeys(map(str.strip, property_ids.split(",")))
    return [find_property(model.properties, name) for name in names]


@contextmanager
def _opened(output: Path | None, files: list[str]) -> Iterator[TextIO]:
    """The output file, or standard output."""
    if output is None:
        yield sys.stdout
        return
    # os.path: a long SMILES is no error there, just no file.
    if output.exists() and any(os.path.exists(f) and output.samefile(f) for f in files):
        raise ConfigError(f"'{output}' is an input file", "Give --output another name")
    # What is no regular file, /dev/null say, is written as it is.
    beside = output.is_file() or not output.exists()
    if output.is_dir() or not os.access(output.parent if beside else output, os.W_OK):
        raise ConfigError(f"Cannot write '{output}'", "Give --output a file in a folder of yours")
    with (
        new_file(output) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        yield file


class _Report:
    """Watches predictions go by: tells of a failure at once, of warnings at the end."""

    def __init__(self) -> None:
        self.n_failed = 0
        self.warnings: Counter[str] = Counter()

    def watch(self, predictions: "Iterable[Prediction]") -> "Iterator[Prediction]":
        """Yield the predictions unchanged, with a count on a terminal that shows nothing else."""
        from tqdm import tqdm

        # None: shown on a terminal only.
        hidden = True if sys.stdout.isatty() else None
        with tqdm(predictions, unit=" structures", leave=False, disable=hidden) as bar:
            for prediction in bar:
                self.warnings.update(prediction.warnings)
                if prediction.properties and prediction.domain and prediction.domain.reasons:
                    reasons = "; ".join(prediction.domain.reasons)
                    self.warnings[f"{prediction.domain.verdict} for this model: {reasons}"] += 1
                if prediction.error:
                    self.n_failed += 1
                    bar.clear()
                    say(prediction.error)
                yield prediction

    def finish(self) -> None:
        """Say each warning once, with how many structures it holds for."""
        for warning, times in self.warnings.items():
            say(f"warning: {warning} ({times} structure{'s' if times > 1 else ''})")


def _write(
    predictions: "Iterator[Prediction]",
    format: Format,
    properties: list[Property],
    model: "Model | AutoModel",
    file: TextIO,
) -> None:
    if format is Format.TABLE:
        _write_table(predictions, properties, model, file)
        return
    if format is Format.HTML:
        from gamnet.export.report import about, to_html

        file.write(to_html(predictions, about(model), date.today().isoformat()))
        return
    from gamnet.export.files import stream_extxyz, stream_json, stream_values_csv

    writers: dict[Format, Callable[[Iterable[Prediction]], Iterator[str]]] = {
        Format.JSON: stream_json,
        Format.CSV: partial(stream_values_csv, properties=properties),
        Format.EXTXYZ: stream_extxyz,
    }
    chunks = writers[format](predictions)
    for text in chunks:
        file.write(text)


def _write_table(
    predictions: "Iterator[Prediction]",
    properties: list[Property],
    model: "Model | AutoModel",
    file: TextIO,
) -> None:
    rows: list[tuple[list[str], dict[str, str], str]] = []
    had: dict[str, Property] = {}
    used: set[str] = set()
    first: Prediction | None = None
    for prediction in predictions:
        first = first or prediction
        structure = prediction.structure
        about = [structure.formula, str(structure.n_atoms)] if structure else ["-", "-"]
        domain = prediction.domain.verdict if prediction.domain else "-"
        head = [prediction.source, str(prediction.frame), *about, domain]
        values = {pid: _value(predicted) for pid, predicted in prediction.properties.items()}
        rows.append((head, values, "failed" if prediction.error else "-"))
        had |= {pid: predicted.property for pid, predicted in prediction.properties.items()}
        used |= {prediction.model} if prediction.properties else set()
    # Of several models' properties those that some structure has, or all where none has any.
    properties = list(had.values()) or properties
    test_mae = _one_of(model, used).test_mae
    errors = [
        f"{prop.id} {test_mae[prop.id]:.3g} {prop.display_unit}"
        for prop in properties
        if prop.id in test_mae
    ]
    print_table(
        ["source", "frame", "formula", "atoms", "domain"]
        + [f"{prop.id} [{prop.unit}]" for prop in properties],
        [
            [*head, *(values.get(prop.id, none) for prop in properties)]
            for head, values, none in rows
        ],
        caption=f"± error to expect; mean on test: {', '.join(errors)}" if errors else "",
        file=file,
    )
    if len(rows) == 1 and first is not None and first.properties:
        _write_atoms(first, properties, file)


def _one_of(model: "Model | AutoModel", used: set[str]) -> "Model | AutoModel":
    """The model that made all predictions, where one did."""
    from gamnet.prediction.auto import AutoModel

    return model.model(*used) if isinstance(model, AutoModel) and len(used) == 1 else model


def _value(predicted: "PropertyPrediction") -> str:
    """A value with the error to expect of it and its meaning, where they are known."""
    if predicted.uncertainty is None:
        return f"{predicted.value:.3f}"
    meaning = f" {predicted.verdict}" if predicted.verdict else ""
    return f"{predicted.value:.3f} \u00b1 {predicted.uncertainty:.2g}{meaning}"


def _write_atoms(prediction: "Prediction", properties: list[Property], file: TextIO) -> None:
    """GA score per atom, and the contribution where one property leaves the room for it."""
    columns, cells, caption = ["i", "element"], [], ""
    for prop in properties:
        predicted = prediction[prop.id]
        columns.append(f"{prop.id} score")
        cells.append([f"{score:.1%}" for score in predicted.ga_scores])
        if len(properties) > 1:
            caption = "Contributions: choose one property with --property, or another --format"
        elif predicted.contributions is not None:
            columns.append(f"contribution [{prop.unit}]")
            cells.append([f"{part:+.3f}" for part in predicted.contributions])
            caption = f"baseline {predicted.baseline:.3f} + sum of contributions = value"
    file.write("\n")
    atoms = zip(prediction.known_structure.symbols, *cells, strict=True)
    rows = ([str(i), *row] for i, row in enumerate(atoms))
    print_table(columns, rows, left=2, caption=caption, file=file)
