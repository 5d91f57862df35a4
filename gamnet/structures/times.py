"""The time of a frame, where its file says it."""

import math
from collections.abc import Sequence

import numpy as np

from gamnet.structures.structure import Failure, Structure

# Names under which files keep a frame's time; extended XYZ has no rule.
_TIME_KEYS = ("time", "Time")


def frame_time(structure: Structure) -> float | None:
    """fs, from the file's `time` or `Time`; None where there is none."""
    data = structure.info.data
    value = next((data[key] for key in _TIME_KEYS if key in data), None)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def frame_times(frames: Sequence[Structure | Failure]) -> np.ndarray | None:
    """[n_frames] fs, see `frame_time`; NaN for a frame that could not be read.

    None when a frame has no time, or when the times do not increase: then frames are numbered.
    """
    times = np.full(len(frames), np.nan)
    for k, frame in enumerate(frames):
        if isinstance(frame, Structure):
            time = frame_time(frame)
            if time is None:
                return None
            times[k] = time
    known = times[~np.isnan(times)]
    if len(known) < 2 or (np.diff(known) <= 0).any():
        return None
    return times
