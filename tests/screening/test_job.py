"""The job behind the page Batch: order, stops, faults, limits, and visitors who leave."""

import gc
import threading
from collections.abc import Iterable, Iterator

from batches import opened, predicted

from gamnet.prediction.result import Prediction
from gamnet.screening.items import Reader
from gamnet.screening.job import BatchJob, Limits, Status
from gamnet.structures.structure import Failure, Structure

WIDE = Limits(structures=1000, atoms=1000, all_atoms=10**6)


# --- the job --------------------------------------------------------------------------------------


def stream(structures: Iterable[Structure | Failure]) -> Iterator[Prediction]:
    yield from map(predicted, structures)


def stays() -> bool:
    """The visitor has not left."""
    return False


def run(*parts, limits: Limits = WIDE) -> BatchJob:
    job = BatchJob(Reader(parts), stream, limits, threading.Semaphore(1), stays)
    assert job.wait(60)
    return job


def test_every_row_is_there_in_order_with_its_id() -> None:
    state = run(opened("id,SMILES\nA,CCO\nA,C1CC\n,N\nU,[U]\n")).progress
    assert state.status is Status.DONE and state.fraction == 1 and not state.cut
    assert [row.id for row in state.rows] == ["A", "A", "", "U"]
    assert [row.prediction.error is None for row in state.rows] == [True, False, True, True]


def test_a_stopped_batch_keeps_what_is_done() -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(structures):
        for number, prediction in enumerate(stream(structures)):
            yield prediction
            if number == 1:
                arrived.set()
                assert go_on.wait(60)

    text = "id,SMILES\n" + "\n".join(f"m{k},C" for k in range(50))
    job = BatchJob(Reader([opened(text)]), slow, WIDE, threading.Semaphore(1), stays)
    assert arrived.wait(60)
    job.stop()
    assert job.stopping
    go_on.set()
    assert job.wait(60) and job.progress.status is Status.STOPPED and not job.stopping
    assert [row.id for row in job.progress.rows] == ["m0", "m1"]


def test_a_batch_that_nobody_holds_ends_and_gives_way() -> None:
    gate, held = threading.Semaphore(1), threading.Event()

    def endless(structures):
        for structure in structures:
            held.set()
            yield predicted(structure)

    text = "id,SMILES\n" + "\n".join("x,C" for _ in range(900))
    first = BatchJob(Reader([opened(text)]), endless, WIDE, gate, stays)
    assert held.wait(60)
    waiting = BatchJob(Reader([opened("id,SMILES\na,C\n")]), stream, WIDE, gate, stays)
    progress = first.progress
    del first
    gc.collect()
    assert waiting.wait(60) and waiting.progress.status is Status.DONE
    assert progress.status is Status.STOPPED and len(progress.rows) < 900


def test_a_batch_whose_visitor_left_ends_and_gives_way() -> None:
    gate, gone = threading.Semaphore(1), threading.Event()

    def leaving(structures):
        for number, structure in enumerate(structures):
            if number == 2:
                gone.set()
            yield predicted(structure)

    text = "id,SMILES\n" + "\n".join("x,C" for _ in range(900))
    first = BatchJob(Reader([opened(text)]), leaving, WIDE, gate, gone.is_set)
    assert first.wait(60) and first.progress.status is Status.STOPPED
    assert len(first.progress.rows) == 3
    waiting = BatchJob(
        Reader([opened("id,SMILES\na,C\n")]), stream, WIDE, threading.Semaphore(0), gone.is_set
    )
    assert waiting.wait(60) and waiting.progress.status is Status.STOPPED


def test_a_waiting_batch_can_be_stopped() -> None:
    gate = threading.Semaphore(0)
    job = BatchJob(Reader([opened("id,SMILES\na,C\n")]), stream, WIDE, gate, stays)
    job.stop()
    assert job.wait(60) and job.progress.status is Status.STOPPED and job.progress.rows == []


def test_a_fault_ends_the_batch_and_keeps_what_is_done(caplog) -> None:
    def faulty(structures):
        yield predicted(next(iter(structures)))
        raise RuntimeError("no more")

    gate = threading.Semaphore(1)
    job = BatchJob(Reader([opened("id,SMILES\na,C\nb,N\n")]), faulty, WIDE, gate, stays)
    assert job.wait(60) and job.progress.status is Status.BROKEN
    assert len(job.progress.rows) == 1 and "no more" in caplog.text
    assert gate.acquire(timeout=1), "others wait for it for ever"


def test_limits_are_kept_and_told() -> None:
    text = "id,SMILES\n" + "\n".join(f"{k},C" for k in range(9))
    state = run(opened(text), limits=Limits(4, 1000, 10**6)).progress
    assert len(state.rows) == 4 == state.total
    assert state.cut == "The first 4 of 9 structures were taken."
    state = run(opened(text), limits=Limits(1000, 1000, 12)).progress
    assert len(state.rows) == 2 and "more than 12 atoms" in state.cut
    state = run(opened("id,SMILES\nbig,CCCC\nsmall,C\n"), limits=Limits(10, 5, 10**6)).progress
    assert "14 atoms" in state.rows[0].prediction.error and not state.rows[1].prediction.error
    exact = run(opened(text), limits=Limits(9, 1000, 10**6)).progress
    assert not exact.cut and len(exact.rows) == 9
