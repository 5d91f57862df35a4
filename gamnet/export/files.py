"""Predictions as JSON, CSV, extended XYZ and tables: pure functions, nothing is computed.

The `stream_*` functions yield text piece by piece, so that a long trajectory is never held as a
whole; the functions without that prefix join the pieces.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz

from gamnet.prediction.result import Prediction, per_atom_arrays
from gamnet.properties import Property
from gamnet.structures.times import frame_time
from gamnet.text import one_line

# A spreadsheet runs a cell that begins with one of these, full-width forms included, as a formula.
_FORMULA_STARTS = tuple("=+-@＝＋－＠")
_TEXT_COLUMNS = ("source", "frame", "formula", "n_atoms", "model")


def record(prediction: Prediction) -> dict[str, object]:
    """One prediction as a JSON-ready dictionary with the same keys whether it failed or not.

    `positions` [n_atoms, 3] and `lattice` (rows, None for a molecule) are in Angstrom.

    Without a structure (it could not be read), `formula` and `n_atoms` are None, `symbols` and
    `positions` are empty. `contributions` is None where the model has none. NaN and infinity become
    None.
    """
    structure = prediction.structure
    return {
        "source": prediction.source,
        "frame": prediction.frame,
        "formula": structure.formula if structure else None,
        "n_atoms": structure.n_atoms if structure else None,
        "symbols": list(structure.symbols) if structure else [],
        "positions": structure.positions.tolist() if structure else [],
        "lattice": None
        if structure is None or structure.lattice is None
        else structure.lattice.tolist(),
        "model": prediction.model,
        "error": prediction.error,
        "warnings": list(prediction.warnings),
        "domain": prediction.domain.verdict if prediction.domain else None,
        "domain_reasons": list(prediction.domain.reasons) if prediction.domain else [],
        "properties": {
            property_id: {
                "value": _finite(predicted.value),
                "baseline": _finite(predicted.baseline),
                "uncertainty": _finite(predicted.uncertainty),
                **({} if predicted.verdict is None else {"verdict": predicted.verdict}),
                "unit": predicted.property.unit,
                "ga_scores": _finite_list(predicted.ga_scores),
                "contributions": _finite_list(predicted.contributions),
            }
            for property_id, predicted in prediction.properties.items()
        },
    }


def to_json(predictions: Iterable[Prediction]) -> str:
    """A JSON list with one record per prediction, in order, one record per line."""
    return "".join(stream_json(predictions))


def stream_json(predictions: Iterable[Prediction]) -> Iterator[str]:
    """The text of `to_json`, one record at a time."""
    separator = "[\n"
    for prediction in predictions:
        yield separator + json.dumps(record(prediction), allow_nan=False, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def values_csv(predictions: Sequence[Prediction]) -> str:
    """CSV with one row per structure: where it came from, a value per property, its error.

    Columns: source, frame, formula, n_atoms, model, then "<property> [<unit>]", then
    "<property>_uncertainty [<unit>]" (expected absolute error), domain, warnings, error.
    A failed structure keeps its row, with empty values.
    """
    return "".join(stream_values_csv(predictions, properties_of(predictions)))


def stream_values_csv(
    predictions: Iterable[Prediction], properties: Sequence[Property]
) -> Iterator[str]:
    """The text of `values_csv` row by row, for the given properties."""
    units = [f"{prop.id} [{prop.unit}]" for prop in properties]
    unsure = [f"{prop.id}_uncertainty [{prop.unit}]" for prop in properties]
    yield csv_line([*_TEXT_COLUMNS, *units, *unsure, "domain", "warnings", "error"])
    for prediction in predictions:
        predicted = [prediction.properties.get(prop.id) for prop in properties]
        values = [None if p is None else _finite(p.value) for p in predicted]
        values += [None if p is None else _finite(p.uncertainty) for p in predicted]
        domain = prediction.domain.verdict if prediction.domain else None
        tail = [domain, "; ".join(prediction.warnings), prediction.error]
        yield csv_line([*_source_cells(prediction), *values, *tail])


def atoms_csv(predictions: Sequence[Prediction]) -> str:
    """CSV with one row per atom of every structure that has a prediction.

    Columns: source, frame, atom (from 0), element, x, y, z in Angstrom, then per property the GA
    score and the contribution in the property's unit (empty where the model has none).
    """
    return "".join(stream_atoms_csv(predictions, properties_of(predictions)))


def stream_atoms_csv(
    predictions: Iterable[Prediction], properties: Sequence[Property]
) -> Iterator[str]:
    """The text of `atoms_csv`, one structure at a time, for the given properties."""
    pairs = [(f"ga_score_{p.id}", f"contribution_{p.id} [{p.unit}]") for p in properties]
    columns = [name for pair in pairs for name in pair]
    yield csv_line(["source", "frame", "atom", "element", "x [A]", "y [A]", "z [A]", *columns])
    for prediction in predictions:
        structure = prediction.structure
        if structure is None or not prediction.properties:
            continue
        blank: list[float | None] = [None] * structure.n_atoms
        scores: list[list[float | None]] = []
        for prop in properties:
            predicted = prediction.properties.get(prop.id)
            scores.append((_finite_list(predicted.ga_scores) if predicted else None) or blank)
            scores.append((_finite_list(predicted.contributions) if predicted else None) or blank)
        positions = structure.positions.tolist()
        yield "".join(
            csv_line([prediction.source, prediction.frame, i, symbol, *positions[i], *per_atom])
            for i, (symbol, *per_atom) in enumerate(zip(structure.symbols, *scores, strict=True))
        )


def to_extxyz(predictions: Iterable[Prediction], ids: Iterable[str] | None = None) -> str:
    """Extended XYZ: one frame per predicted structure, readable by ase.io.read and OVITO.

    Per atom: the arrays ga_score_<property> and contribution_<property> (8 decimals). Per frame:
    source, frame, model and for each property <property>, <property>_unit, <property>_baseline
    and, where measured, <property>_uncertainty; domain;
    time (fs) where the source has it.
    A failed structure has no frame; `frame` tells which of its source's frames each one is.
    ids : one per prediction, written as `id`; None leaves it out.
    """
    return "".join(stream_extxyz(predictions, ids))


def stream_extxyz(
    predictions: Iterable[Prediction], ids: Iterable[str] | None = None
) -> Iterator[str]:
    """The text of `to_extxyz`, one frame at a time."""
    # Ids, if any, run along with the predictions; without them there is no end of nothing.
    for prediction, name in zip(predictions, repeat("") if ids is None else ids, strict=False):
        if prediction.structure is not None and prediction.properties:
            text = io.StringIO()
            write_extxyz(text, _annotated_atoms(prediction, name), write_results=False)
            yield text.getvalue()


def properties_of(predictions: Iterable[Prediction]) -> list[Property]:
    """Every property that occurs, in order of appearance."""
    found: dict[str, Property] = {}
    for prediction in predictions:
        for property_id, predicted in prediction.properties.items():
            found.setdefault(property_id, predicted.property)
    return list(found.values())


def _source_cells(prediction: Prediction) -> list[object]:
    structure = prediction.structure
    about = (structure.formula, structure.n_atoms) if structure else (None, None)
    return [prediction.source, prediction.frame, *about, prediction.model]


def _annotated_atoms(prediction: Prediction, name: str) -> Atoms:
    structure = prediction.known_structure
    atoms = Atoms(structure.numbers, structure.positions, cell=structure.lattice, pbc=structure.pbc)
    texts = {"id": name, "source": prediction.source, "model": prediction.model}
    for key, text in texts.items():
        if text:  # the format has no empty text; its reader takes a backslash for an escape
            atoms.info[key] = one_line(text).replace("\\", "\\\\")
    atoms.info["frame"] = prediction.frame
    if prediction.domain:
        atoms.info["domain"] = prediction.domain.verdict
    time = frame_time(structure)
    if time is not None:
        atoms.info["time"] = time
    for property_id, predicted in prediction.properties.items():
        atoms.info[property_id] = float(predicted.value)
        atoms.info[f"{property_id}_unit"] = predicted.property.unit
        atoms.info[f"{property_id}_baseline"] = float(predicted.baseline)
        if predicted.uncertainty is not None:
            atoms.info[f"{property_id}_uncertainty"] = predicted.uncertainty
    for name, array in per_atom_arrays(prediction).items():
        atoms.set_array(name, array)
    return atoms


def csv_line(cells: Iterable[object]) -> str:
    """One line of CSV; text that a spreadsheet would run as a formula gets an apostrophe."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        [_plain_text(cell) if isinstance(cell, str) else cell for cell in cells]
    )
    return line.getvalue()


def _plain_text(text: str) -> str:
    """The text on one line, after an apostrophe if a spreadsheet would take it for a formula."""
    text = one_line(text)
    return "'" + text if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _finite_list(values: np.ndarray | None) -> list[float | None] | None:
    if values is None:
        return None
    values = np.asarray(values, dtype=np.float64)
    if np.isfinite(values).all():
        return values.tolist()
    return [_finite(value) for value in values]
