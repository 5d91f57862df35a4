"""A trajectory's predictions as a table with one line per frame."""

import math
from collections.abc import Iterator

from gamnet.export.files import csv_line
from gamnet.prediction.trajectory import Trajectory, attention_shift
from gamnet.structures.structure import Failure
from gamnet.structures.times import frame_times


def frames_csv(trajectory: Trajectory) -> str:
    """CSV with one row per frame; a frame without a prediction keeps its row, with its error.

    Columns: frame, time [fs] where the file has it, formula, n_atoms; per property
    "<id> [<unit>]", "<id>_uncertainty [<unit>]" (expected absolute error), "<id> top atom" (the
    atom with the largest GA score, as element and index from 0) and "<id> attention shift" (see
    `gamnet.prediction.trajectory.attention_shift`); domain (the verdict); error.
    """
    return "".join(stream_frames_csv(trajectory))


def stream_frames_csv(trajectory: Trajectory) -> Iterator[str]:
    """The text of `frames_csv` row by row."""
    times = frame_times(trajectory.frames)
    shifts = [attention_shift(trajectory, prop.id) for prop in trajectory.properties]
    timed = [] if times is None else ["time [fs]"]
    columns = [
        name
        for prop in trajectory.properties
        for name in (
            f"{prop.id} [{prop.unit}]",
            f"{prop.id}_uncertainty [{prop.unit}]",
            f"{prop.id} top atom",
            f"{prop.id} attention shift",
        )
    ]
    yield csv_line(["frame", *timed, "formula", "n_atoms", *columns, "domain", "error"])
    for k, frame in enumerate(trajectory.frames):
        time = [] if times is None else [_known(times[k])]
        if isinstance(frame, Failure) or k in trajectory.errors:
            blank = [None] * (2 + len(columns))
            yield csv_line(
                [frame.frame, *time, *blank, _verdict(trajectory, k), trajectory.errors[k]]
            )
            continue
        cells: list[object] = [frame.frame, *time, frame.formula, frame.n_atoms]
        for column, shift in enumerate(shifts):
            atom = int(trajectory.ga_scores[trajectory.rows(k), column].argmax())
            value = float(trajectory.values[k, column])
            unsure = _known(trajectory.uncertainties[k, column])
            cells += [value, unsure, f"{frame.symbols[atom]}{atom}", _known(shift[k])]
        yield csv_line([*cells, _verdict(trajectory, k), None])


def _verdict(trajectory: Trajectory, frame: int) -> str | None:
    domain = trajectory.domains[frame]
    return domain.verdict if domain else None


def _known(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
