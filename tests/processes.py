"""Other processes, for tests of what happens between them."""

import subprocess
import sys
import time
from collections.abc import Callable


def started(code: str, *arguments: object) -> subprocess.Popen:
    """Python code in a process of its own, its output kept."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(happened: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something that surely happens."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
