"""What is shipped beside a model's weights: its predictions of the test split, its learning curve.

test.parquet has a row per test structure: id (the data set's own), formula, n_atoms, and
per property its target and <property>_predicted, float32, in the property's unit.
log.jsonl has a line per epoch, as training writes it.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from ase.data import chemical_symbols

from gamnet.errors import CheckpointError
from gamnet.formulas import hill_formula

if TYPE_CHECKING:
    from gamnet.evaluation.evaluate import Evaluation


def prediction_frame(evaluation: "Evaluation") -> pd.DataFrame:
    """The table of one evaluation, as it is shipped."""
    dataset, chosen = evaluation.dataset, evaluation.positions
    n_atoms = np.asarray(dataset.graphs.n_atoms_of[chosen])  # [m]
    numbers = dataset.graphs.batch(chosen).numbers.numpy()  # [sum of n_atoms]
    molecules = np.split(numbers, np.cumsum(n_atoms)[:-1])
    frame = pd.DataFrame(
        {
            "id": dataset.ids[chosen].astype(str),
            "formula": [hill_formula(chemical_symbols[z] for z in m) for m in molecules],
            "n_atoms": n_atoms.astype(np.int32),
        }
    )
    for column, prop in enumerate(evaluation.properties):
        frame[prop.id] = evaluation.targets[:, column].astype(np.float32)
        frame[f"{prop.id}_predicted"] = evaluation.predicted[:, column].astype(np.float32)
    return frame


def write_predictions(frame: pd.DataFrame, path: Path) -> None:
    """Write the table of `prediction_frame`."""
    frame.to_parquet(path, index=False, compression="zstd")


def read_predictions(path: Path) -> pd.DataFrame | None:
    """The shipped table, or None where a model has none."""
    return pd.read_parquet(path) if path.is_file() else None


def curve_lines(path: Path, last_step: int) -> list[dict[str, object]]:
    """The learning curve in a training log up to a step; [] without a log.

    A resumed run may have written an epoch twice: the later line counts.
    Raises CheckpointError for a line that is not training's.
    """
    if not path.is_file():
        return []
    lines: dict[int, dict[str, object]] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            line = json.loads(text)
            if line["step"] <= last_step:
                lines[line["epoch"]] = line
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"Line {number} of '{path}' is not a line of a training log ({error})",
                "Remove the line, or the file",
            ) from error
    return [lines[epoch] for epoch in sorted(lines)]


def write_curve(lines: list[dict[str, object]], path: Path) -> None:
    """Write a learning curve as JSON lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def read_curve(path: Path) -> pd.DataFrame | None:
    """Columns epoch, step, hours, train_loss and a validation MAE (display unit) per property."""
    if not path.is_file():
        return None
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    return pd.DataFrame([{**line, **line.pop("validation_mae")} for line in lines])
