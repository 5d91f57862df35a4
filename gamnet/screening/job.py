"""A batch at work: a thread that reads and predicts, which can be watched and stopped."""

import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gamnet.prediction.result import Prediction
from gamnet.screening.items import Item, Reader, Row
from gamnet.structures.structure import Failure, Structure

Stream = Callable[[Iterable[Structure | Failure]], Iterator[Prediction]]


class Status(StrEnum):
    """Where a batch stands; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    BROKEN = "broken"


@dataclass(frozen=True)
class Limits:
    """How much one batch may take: structures, atoms of one structure, atoms of all."""

    structures: int
    atoms: int
    all_atoms: int


@dataclass(eq=False)
class Progress:
    """What the thread tells: written by it alone, read by the page.

    total : number of structures that will be read, None where only reading would tell.
    """

    total: int | None
    rows: list[Row] = field(default_factory=list)
    status: Status = Status.WAITING
    n_read: int = 0
    fraction: float = 0.0
    started: float = 0.0
    ended: float = 0.0
    cut: str = ""

    @property
    def finished(self) -> bool:
        return self.status in (Status.DONE, Status.STOPPED, Status.BROKEN)

    @property
    def seconds_left(self) -> float | None:
        """Time left at the pace so far; None before there is a pace."""
        elapsed = time.monotonic() - self.started
        if self.status is not Status.RUNNING or self.fraction <= 0 or elapsed < 1:
            return None
        return elapsed * (1 - self.fraction) / self.fraction


class BatchJob:
    """Runs a batch in a thread of its own until it is done, stopped, or nobody wants it any more.

    gate : lets so many batches run at once; the others wait.
    left : whether the visitor has left; asked between two structures.
    """

    def __init__(
        self,
        reader: Reader,
        stream: Stream,
        limits: Limits,
        gate: threading.Semaphore,
        left: Callable[[], bool],
    ) -> None:
        total = None if reader.total is None else min(reader.total, limits.structures)
        self.progress = Progress(total)
        self._stop = threading.Event()
        # The thread must not hold the job, or the job of a visitor who left would go on.
        weakref.finalize(self, self._stop.set)
        self._thread = threading.Thread(
            target=_run,
            args=(self.progress, reader, stream, limits, gate, self._stop, left),
            daemon=True,
        )
        self._thread.start()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set() and not self.progress.finished

    def stop(self) -> None:
        """Stop after the structure at hand; what is done is kept."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(seconds)
        return self.progress.finished


def _run(
    progress: Progress,
    reader: Reader,
    stream: Stream,
    limits: Limits,
    gate: threading.Semaphore,
    stop: threading.Event,
    left: Callable[[], bool],
) -> None:
    def unwanted() -> bool:
        if left():
            stop.set()
        return stop.is_set()

    while not gate.acquire(timeout=0.2):
        if unwanted():
            progress.status = Status.STOPPED
            return
    try:
        progress.started = time.monotonic()
        progress.status = Status.RUNNING
        waiting: deque[Item] = deque()
        for prediction in stream(_fed(progress, reader, limits, unwanted, waiting)):
            item = waiting.popleft()
            progress.rows.append(Row(item.id, item.text, prediction))
        ended = Status.STOPPED if stop.is_set() else Status.DONE
    except Exception:
        # Whatever it was, the page must learn that the batch has ended.
        logging.getLogger(__name__).exception("A batch broke off")
        ended = Status.BROKEN
    finally:
        gate.release()
    progress.ended = time.monotonic()
    progress.status = ended


def _fed(
    progress: Progress,
    reader: Reader,
    limits: Limits,
    unwanted: Callable[[], bool],
    waiting: deque[Item],
) -> Iterator[Structure | Failure]:
    """The structures on their way into the network, up to the limits; `waiting` gets the items."""
    atoms = 0
    if unwanted():
        return
    for item in reader:
        if unwanted():
            return
        if progress.n_read == limits.structures:
            of = f" of {reader.total:,}" if reader.total is not None else ""
            progress.cut = f"The first {limits.structures:,}{of} structures were taken."
            return
        item = _checked(item, limits.atoms)
        if isinstance(item.structure, Structure):
            atoms += item.structure.n_atoms
        if atoms > limits.all_atoms:
            progress.cut = (
                f"The first {progress.n_read:,} structures were taken: with the next, the batch "
                f"would have more than {limits.all_atoms:,} atoms."
            )
            return
        waiting.append(item)
        progress.n_read += 1
        expected = progress.total
        progress.fraction = progress.n_read / expected if expected else reader.fraction
        yield item.structure


def _checked(item: Item, max_atoms: int) -> Item:
    structure = item.structure
    if isinstance(structure, Failure) or structure.n_atoms <= max_atoms:
        return item
    reason = (
        f"{structure.n_atoms:,} atoms; this page takes up to {max_atoms:,}. "
        "Use `gamnet predict`, which has no limit."
    )
    return replace(item, structure=Failure(structure.source, structure.frame, reason))
