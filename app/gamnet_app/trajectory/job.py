"""A trajectory at work: read and predicted in steps, so that it can be shown, stopped, resumed."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from gamnet.errors import BusyError
from gamnet.prediction.trajectory import Collector, Trajectory
from gamnet.structures.structure import Failure, Structure
from gamnet.views.player import Geometry, geometry
from gamnet_app.shared import readers

if TYPE_CHECKING:
    from gamnet.prediction.model import Model

_READ_STEP, _PREDICT_STEP = 100, 20  # frames between two reports


@dataclass(frozen=True)
class Limits:
    """How much one trajectory may take: frames, atoms of one frame, atoms of all frames."""

    frames: int
    atoms: int
    all_atoms: int


@dataclass(frozen=True)
class Report:
    """How far a job is: what it does, and the fraction done, None while that is unknown."""

    text: str
    fraction: float | None


class TrajectoryJob:
    """Reads a source and predicts its frames; nothing happens until `steps` is iterated.

    content : bytes, or the path of an example.
    choose : the model for a structure; the first frame decides.
    """

    def __init__(
        self, content: bytes | str, name: str, choose: "Callable[[Structure | None], Model]",
        limits: Limits,
    ) -> None:  # fmt: skip
        self.name = name
        self.n_in_file = 0  # frames seen so far, all of them once reading is over
        self.n_taken = 0
        self.stopped = False
        self.finished = False
        self.broken = False
        self.limits = limits
        self._collector: Collector | None = None
        self._work = self._run(content, choose)
        self._at_work = Lock()  # a page that was reloaded may still be at it
        self._shown: tuple[Trajectory, Geometry] | None = None

    @property
    def n_predicted(self) -> int:
        return self._collector.n_frames if self._collector else 0

    def steps(self) -> Iterator[Report]:
        """Do the work that is left. Whoever iterates may break off and come back later."""
        with self._at_work:
            self._shown = None
            # Not "yield from": breaking off would close the work, too.
            try:
                while (report := next(self._work, None)) is not None:
                    yield report
            except Exception:
                # Whatever it was, the page must not take what there is for the whole.
                logging.getLogger(__name__).exception("A trajectory broke off")
                self.broken = True
            self.finished = True

    def shown(self) -> tuple[Trajectory, Geometry | None]:
        """What there is so far; no geometry when no frame has a prediction."""
        if self._shown is None:
            trajectory = self._collector.trajectory()
            some = trajectory.n_frames > len(trajectory.errors)
            self._shown = trajectory, geometry(trajectory) if some else None
        return self._shown

    def _run(
        self, content: bytes | str, choose: "Callable[[Structure | None], Model]"
    ) -> Iterator[Report]:
        frames: list[Structure | Failure] = []
        n_atoms = 0
        full = False
        yield Report("Reading the file…", None)
        for frame in self._read(content):
            self.n_in_file += 1
            if self.n_in_file % _READ_STEP == 0:
                yield Report(f"Reading: {self.n_in_file:,} frames", None)
            frame = self._checked(frame)
            n_atoms += frame.n_atoms if isinstance(frame, Structure) else 0
            # Beyond a limit the rest is only counted.
            full = full or len(frames) == self.limits.frames or n_atoms > self.limits.all_atoms
            if not full:
                frames.append(frame)
        self.n_taken = len(frames)
        model = choose(next((frame for frame in frames if isinstance(frame, Structure)), None))
        self._collector = Collector(model.name, model.properties)
        yield self._predicting()
        for prediction in model.stream(frames):
            self._collector.add(prediction)
            # A report for every frame would cost more than the predictions.
            if self.n_predicted % _PREDICT_STEP == 0:
                yield self._predicting()

    def _read(self, content: bytes | str) -> Iterator[Structure | Failure]:
        try:
            yield from readers.structures(content, self.name)
        except BusyError as error:
            yield Failure(self.name, self.n_in_file, str(error))

    def _predicting(self) -> Report:
        text = f"Predicting: {self.n_predicted:,} of {self.n_taken:,} frames"
        return Report(text, self.n_predicted / max(self.n_taken, 1))

    def _checked(self, frame: Structure | Failure) -> Structure | Failure:
        if isinstance(frame, Failure) or frame.n_atoms <= self.limits.atoms:
            return frame
        reason = (
            f"{frame.n_atoms:,} atoms; this page takes up to {self.limits.atoms:,} in a frame. "
            "Use gamnet predict, which has no limit."
        )
        return Failure(frame.source, frame.frame, reason)
