"""Results of a screening as a table of fixed columns, one row per structure, failures included."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from gamnet.prediction.result import Prediction
from gamnet.properties import Property
from gamnet.screening.items import Row
from gamnet.text import one_line


def schema_of(properties: Sequence[Property], maps: bool) -> pa.Schema:
    """The columns; the unit of a number is in its field's metadata.

    id, smiles (as given; "" for a structure from a file), source, frame, formula, n_atoms, model,
    domain; per property PROPERTY and PROPERTY_uncertainty (expected absolute error), null where not
    known; with `maps` PROPERTY_ga_scores and PROPERTY_contributions, a list over the atoms each;
    warnings, error.
    """
    texts = [(name, pa.string()) for name in ("id", "smiles", "source")]
    fields = [pa.field(name, kind) for name, kind in [*texts, ("frame", pa.int64())]]
    fields += [pa.field("formula", pa.string()), pa.field("n_atoms", pa.int64())]
    fields += [pa.field(name, pa.string()) for name in ("model", "domain")]
    for prop in properties:
        unit = {"unit": prop.unit}
        fields.append(pa.field(prop.id, pa.float64(), metadata=unit))
        fields.append(pa.field(f"{prop.id}_uncertainty", pa.float64(), metadata=unit))
    if maps:
        for prop in properties:
            kind = pa.list_(pa.float64())
            fields.append(pa.field(f"{prop.id}_ga_scores", kind))
            fields.append(pa.field(f"{prop.id}_contributions", kind, metadata={"unit": prop.unit}))
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in ("warnings", "error"))])


def table_of_rows(rows: Iterable[Row], properties: Sequence[Property], maps: bool) -> pa.Table:
    """The rows as a table, in order."""
    records = [_record(row, properties, maps) for row in rows]
    return pa.Table.from_pylist(records, schema=schema_of(properties, maps))


def _record(row: Row, properties: Sequence[Property], maps: bool) -> dict[str, object]:
    prediction: Prediction = row.prediction
    structure, domain = prediction.structure, prediction.domain
    record: dict[str, object] = {
        "id": row.id,
        "smiles": row.text,
        "source": one_line(prediction.source),
        "frame": prediction.frame,
        "formula": structure.formula if structure else None,
        "n_atoms": structure.n_atoms if structure else None,
        "model": prediction.model or None,
        "domain": domain.verdict if domain else None,
        "warnings": one_line("; ".join(prediction.warnings)) or None,
        "error": one_line(prediction.error) if prediction.error else None,
    }
    for prop in properties:
        predicted = prediction.properties.get(prop.id)
        if predicted is None:
            continue
        record[prop.id] = _finite(predicted.value)
        record[f"{prop.id}_uncertainty"] = _finite(predicted.uncertainty)
        if maps:
            record[f"{prop.id}_ga_scores"] = _list(predicted.ga_scores)
            record[f"{prop.id}_contributions"] = _list(predicted.contributions)
    return record


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _list(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else np.asarray(values, np.float64).tolist()
