"""The predictions of a whole trajectory as arrays, and where its attention moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gamnet.prediction.domain import Domain
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.properties import Property
from gamnet.structures.structure import Failure, Structure


@dataclass(frozen=True, eq=False)
class Trajectory:
    """All frames of one source with their predictions; a frame without one has a reason.

    frames : [n_frames], as read.
    properties : [n_properties].
    offsets : [n_frames + 1]; the atoms of frame k are rows offsets[k] to offsets[k + 1] of the
        per-atom arrays. A failed frame has no rows.
    values : [n_frames, n_properties] in the property's unit; NaN for a failed frame.
    ga_scores : [n_rows, n_properties], sum 1 over the atoms of a frame.
    contributions : [n_rows, n_properties] in the property's unit; None where the model has none.
    baselines : [n_properties] in the property's unit.
    uncertainties : [n_frames, n_properties] expected |error| in the property's unit, or NaN.
    domains : [n_frames], None where nothing is known.
    errors : frame -> why it has no prediction.
    warnings : sentence -> number of frames that it applies to.
    """

    model: str
    frames: tuple[Structure | Failure, ...]
    properties: tuple[Property, ...]
    offsets: np.ndarray
    values: np.ndarray
    ga_scores: np.ndarray
    contributions: np.ndarray | None
    baselines: np.ndarray
    uncertainties: np.ndarray
    domains: tuple[Domain | None, ...]
    errors: dict[int, str]
    warnings: dict[str, int]

    @property
    def n_frames(self) -> int:
        return len(self.frames)

    @property
    def n_atoms(self) -> np.ndarray:
        """[n_frames], 0 for a failed frame."""
        return np.diff(self.offsets)

    def predicted(self) -> Iterator[tuple[int, Structure]]:
        """Number and structure of every frame that has a prediction."""
        for k, frame in enumerate(self.frames):
            if isinstance(frame, Structure) and k not in self.errors:
                yield k, frame

    def column(self, property_id: str) -> int:
        """Where a property stands in the arrays."""
        return [prop.id for prop in self.properties].index(property_id)

    def rows(self, frame: int) -> slice:
        """The rows of a frame's atoms in the per-atom arrays."""
        return slice(int(self.offsets[frame]), int(self.offsets[frame + 1]))

    def relative_scores(self, property_id: str) -> np.ndarray:
        """[n_rows] GA score x n_atoms of its frame: 1 is an average atom."""
        per_row = np.repeat(self.n_atoms, self.n_atoms)
        return self.ga_scores[:, self.column(property_id)].astype(np.float64) * per_row

    def prediction(self, frame: int, property_id: str | None = None) -> Prediction:
        """One frame as the Prediction that it came from (without its warnings).

        property_id : leaves out the other properties.
        """
        item = self.frames[frame]
        structure = item if isinstance(item, Structure) else None
        if frame in self.errors:
            error = self.errors[frame]
            return Prediction(
                item.source, item.frame, self.model, structure, error=error,
                domain=self.domains[frame],
            )  # fmt: skip
        rows, properties = self.rows(frame), {}
        for column, prop in enumerate(self.properties):
            if property_id not in (None, prop.id):
                continue
            contributions = self.contributions
            if contributions is not None:
                contributions = contributions[rows, column].astype(np.float64)
            properties[prop.id] = PropertyPrediction(
                prop,
                float(self.values[frame, column]),
                float(self.baselines[column]),
                self.ga_scores[rows, column].astype(np.float64),
                contributions,
                None if np.isnan(unsure := self.uncertainties[frame, column]) else float(unsure),
            )
        return Prediction(
            item.source, item.frame, self.model, structure, properties, domain=self.domains[frame]
        )

    def predictions(self, property_id: str | None = None) -> Iterator[Prediction]:
        """Every frame's prediction, in order."""
        return (self.prediction(frame, property_id) for frame in range(self.n_frames))


@dataclass
class Collector:
    """Takes predictions one by one, so that a long run can be shown before it has ended."""

    model: str
    properties: tuple[Property, ...]
    _frames: list[Structure | Failure] = field(default_factory=list)
    _values: list[np.ndarray] = field(default_factory=list)
    _scores: list[np.ndarray] = field(default_factory=list)
    _contributions: list[np.ndarray] = field(default_factory=list)
    _baselines: np.ndarray | None = None
    _uncertainties: list[np.ndarray] = field(default_factory=list)
    _domains: list[Domain | None] = field(default_factory=list)
    _errors: dict[int, str] = field(default_factory=dict)
    _warnings: dict[str, int] = field(default_factory=dict)

    @property
    def n_frames(self) -> int:
        return len(self._frames)

    @property
    def n_failed(self) -> int:
        return len(self._errors)

    def add(self, prediction: Prediction) -> None:
        """The next frame; a prediction with an error becomes a gap."""
        ids = [prop.id for prop in self.properties]
        self._domains.append(prediction.domain)
        if prediction.error is not None:
            self._errors[self.n_frames] = prediction.error
            unread = Failure(prediction.source, prediction.frame, prediction.error)
            self._values.append(np.full(len(ids), np.nan))
            self._uncertainties.append(self._values[-1])
            self._scores.append(np.empty((0, len(ids)), np.float32))
            self._contributions.append(self._scores[-1])
            self._frames.append(prediction.structure or unread)
            return
        predicted = [prediction[property_id] for property_id in ids]
        self._frames.append(prediction.known_structure)
        self._values.append(np.array([p.value for p in predicted]))
        unsure = [np.nan if p.uncertainty is None else p.uncertainty for p in predicted]
        self._uncertainties.append(np.array(unsure))
        # float32 is what the network computes: nothing is lost.
        self._scores.append(np.column_stack([p.ga_scores for p in predicted]).astype(np.float32))
        known = [p.contributions for p in predicted if p.contributions is not None]
        if len(known) == len(predicted):
            self._contributions.append(np.column_stack(known).astype(np.float32))
        self._baselines = np.array([p.baseline for p in predicted])
        for warning in prediction.warnings:
            self._warnings[warning] = self._warnings.get(warning, 0) + 1

    def trajectory(self) -> Trajectory:
        """What has been collected so far; needs at least one frame."""
        counts = [len(scores) for scores in self._scores]
        complete = len(self._contributions) == self.n_frames
        baselines = self._baselines
        if baselines is None:
            baselines = np.full(len(self.properties), np.nan)
        return Trajectory(
            model=self.model,
            frames=tuple(self._frames),
            properties=self.properties,
            offsets=np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]),
            values=np.array(self._values),
            ga_scores=np.concatenate(self._scores),
            contributions=np.concatenate(self._contributions) if complete else None,
            baselines=baselines,
            uncertainties=np.array(self._uncertainties),
            domains=tuple(self._domains),
            errors=dict(self._errors),
            warnings=dict(self._warnings),
        )


def attention_shift(trajectory: Trajectory, property_id: str) -> np.ndarray:
    """[n_frames] how much of the attention moved since the frame before.

    The total variation distance, 1/2 sum_i |s_i(t) - s_i(t - 1)|, of the GA scores s: 0 nothing,
    1 all of it. Failed frames in between are passed over. NaN for the first frame, a failed
    frame, and where the atoms are not the same as before.
    """
    scores = trajectory.ga_scores[:, trajectory.column(property_id)]
    shift = np.full(trajectory.n_frames, np.nan)
    before = None
    for k, structure in trajectory.predicted():
        numbers, now = structure.numbers, scores[trajectory.rows(k)]
        if before is not None and np.array_equal(numbers, before[0]):
            shift[k] = 0.5 * np.abs(now - before[1]).sum(dtype=np.float64)
        before = numbers, now
    return shift


def largest_shifts(shift: np.ndarray, count: int = 6) -> np.ndarray:
    """[<= count] frames of the largest shifts, largest first, each the peak of its surroundings.

    Two of them are at least 2 % of the trajectory apart, and never neighbours.
    """
    apart = max(2, round(0.02 * len(shift)))
    # Shifts of a rigid or one-atom structure are rounding, not events.
    candidates = np.flatnonzero(np.nan_to_num(shift) > 1e-5)
    chosen: list[int] = []
    for k in candidates[np.argsort(-shift[candidates], kind="stable")]:
        if len(chosen) < count and all(abs(k - other) >= apart for other in chosen):
            chosen.append(int(k))
    return np.array(chosen, dtype=np.int64)
