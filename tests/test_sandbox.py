"""Workers with limits: what exceeds them ends alone, with a sentence, and the rest goes on."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sandboxed
from processes import started, until

from gamnet import sandbox
from gamnet.confined import Limits
from gamnet.errors import BusyError, LimitError, ReadError
from gamnet.sandbox import Pool

SMALL = Limits(memory=2**27)
SLEEPY = Limits(seconds=30, patience=1.0)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(["sandboxed"])
    yield made
    made.close()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_results_come_in_order_from_one_other_process(pool: Pool) -> None:
    found = list(pool.stream(sandboxed.numbers, 300, 0.001, name="x"))
    assert [k for k, _ in found] == list(range(300))
    (process,) = {process for _, process in found}
    assert process != os.getpid()
    again = list(pool.stream(sandboxed.numbers, 1, name="x"))
    assert again == [(0, process)]  # kept for the next
    assert pool.call(sum, (1, 2), name="x") == 3


@pytest.mark.parametrize(
    "function, limits, says",
    [
        (sandboxed.sleeps, SLEEPY, "'a.xyz' was not read within 1 s"),
        (sandboxed.spins, Limits(seconds=1), "'a.xyz' takes more than 1 s to read"),
        (sandboxed.fills, SMALL, "'a.xyz' needs more than 128 MB of memory"),
        (sandboxed.floods, Limits(results=2**25), "'a.xyz' unfolds to more than 32 MB"),
        (sandboxed.floods, Limits(all_seconds=0.01), "'a.xyz' takes more than 0.01 s"),
        (sandboxed.dies, Limits(), "'a.xyz' ended the process that read it (SIGSEGV)"),
    ],
)
def test_what_exceeds_a_limit_ends_with_a_sentence_and_the_next_is_read(
    pool: Pool, function, limits: Limits, says: str
) -> None:
    with pytest.raises(LimitError) as caught:
        list(pool.stream(function, name="a.xyz", limits=limits))
    assert str(caught.value).startswith(says)
    assert "command line, which has no limits" in str(caught.value)
    assert [k for k, _ in pool.stream(sandboxed.numbers, 2, name="x")] == [0, 1]


def test_what_was_read_before_the_end_is_handed_over(pool: Pool) -> None:
    found = []
    with pytest.raises(LimitError):
        for number in pool.stream(sandboxed.dies, name="x"):
            found.append(number)
    assert found[:1] == [0]
    found = []
    with pytest.raises(ReadError, match=r"No atoms\. Give some\."):
        for number in pool.stream(sandboxed.refuses, name="x"):
            found.append(number)
    assert found == [7]


def test_a_hanging_work_stops_no_other(pool: Pool, tmp_path: Path) -> None:
    free, ends = tmp_path / "free", []

    def wait() -> None:
        ends.extend(pool.stream(sandboxed.once_there, str(free), name="hangs"))

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        ends.append(len(list(pool.stream(sandboxed.numbers, 5, name="x"))))
    free.touch()
    for thread in threads:
        thread.join()
    assert ends == [5, 5, 5, str(free), str(free)]


def test_who_breaks_off_gives_the_worker_back(pool: Pool) -> None:
    stream = pool.stream(sandboxed.numbers, 1000, 0.1, name="x")
    _, process = next(stream)
    stream.close()
    assert not alive(process)
    assert not pool._busy


def test_a_worker_at_rest_is_taken_and_its_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(most=1)
    stream = pool.stream(sandboxed.numbers, 20, 0.02, name="x")
    first, process = next(stream)
    with pytest.raises(BusyError, match="Try again"):
        next(pool.stream(sandboxed.numbers, 1, name="y", limits=Limits(patience=0)))
    monkeypatch.setattr(sandbox, "_REST", 0.0)
    assert next(pool.stream(sandboxed.numbers, 1, name="y"))[1] != process
    assert [first, *(k for k, _ in stream)] == list(range(20))
    pool.close()


def test_workers_end_with_a_process_that_is_killed() -> None:
    code = (
        "import sys, time\nsys.path.append(sys.argv[1])\nimport sandboxed\n"
        "from gamnet.sandbox import Pool\npool = Pool()\n"
        "print(next(pool.stream(sandboxed.numbers, 2, name='x'))[1], flush=True)\n"
        "busy = pool.stream(sandboxed.numbers, 10000, 0.1, name='x')\n"
        "print(next(busy)[1], flush=True)\ntime.sleep(600)"
    )
    parent = started(code, os.path.dirname(sandboxed.__file__))
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until(lambda: not any(map(alive, workers)))
