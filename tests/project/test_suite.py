"""`make test`: both halves run to their end, and a fault in either is one of the whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import os, pytest

def test_plain():
    assert os.environ["FAILS"] != "plain"

@pytest.mark.browser
def test_page():
    assert os.environ["FAILS"] != "page"
"""


@pytest.mark.parametrize("fails", ["", "plain", "page"])
def test_both_halves_are_run(checkout: Path, tmp_path: Path, fails: str) -> None:
    (tmp_path / "test_own.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser: in a browser\n")
    environment = os.environ | {"PYTHONPATH": str(checkout), "FAILS": fails}
    done = subprocess.run(
        [sys.executable, "-m", "tools.suite"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode != 0) == bool(fails)
    without, within = done.stdout.split("Tests in a browser:")
    for half, name in ((without, "plain"), (within, "page")):
        assert ("1 failed" if fails == name else "1 passed") in half and "1 deselected" in half
