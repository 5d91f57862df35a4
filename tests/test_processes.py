"""Work in other processes: in order, a few items ahead, and never waiting for the dead."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import until

from gamnet.errors import WorkerError
from gamnet.processes import in_processes


def test_results_come_in_order_and_items_are_drawn_as_needed() -> None:
    drawn = []

    def items() -> Iterator[int]:
        for n in range(1000):
            drawn.append(n)
            yield n

    results = in_processes(math.sqrt, items(), processes=2, chunk=3)
    assert [next(results) for _ in range(10)] == [math.sqrt(n) for n in range(10)]
    assert len(drawn) < 50
    results.close()
    assert list(in_processes(math.sqrt, [], processes=2)) == []


def test_what_goes_wrong_inside_is_raised_here() -> None:
    with pytest.raises(ValueError, match="domain error|nonnegative"):
        list(in_processes(math.sqrt, [4, -1, 9], processes=1))


def test_a_worker_that_is_killed_is_told() -> None:
    with pytest.raises(WorkerError, match="ended before its work was done.*fewer processes"):
        list(in_processes(os._exit, [9], processes=1))


UNGUARDED = """
import math
from gamnet.processes import in_processes
print(list(in_processes(math.sqrt, [1, 4], 2)))
"""


def test_a_script_without_a_guard_ends_in_words(tmp_path: Path) -> None:
    """Its workers run it again and may not start workers of their own: they die at the start."""
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED)
    found = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, check=False
    )
    assert found.returncode == 1 and not found.stdout
    assert "WorkerError" in found.stderr and "if __name__ == '__main__'" in found.stderr


ORPHAN = """
import sys, time
from pathlib import Path
from gamnet.processes import in_processes

def work(path):
    while True:
        Path(path).write_text(str(time.monotonic_ns()))
        time.sleep(0.02)

if __name__ == "__main__":
    list(in_processes(work, [sys.argv[1]], 1))
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script, beat = tmp_path / "orphan.py", tmp_path / "beat"
    script.write_text(ORPHAN)
    parent = subprocess.Popen([sys.executable, script, beat])
    until(beat.is_file)
    parent.kill()
    parent.wait()
    quiet = [beat.read_text()]

    def still() -> bool:
        quiet.append(beat.read_text())
        return len(quiet) > 25 and len(set(quiet[-25:])) == 1

    until(still)
