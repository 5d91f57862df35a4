"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"
# Weights and outputs of the reference implementation; they lie beside the checkout, not in it.
GOLDEN = Path(os.environ.get("GAMNET_GOLDEN", CHECKOUT.parent / "shared" / "golden"))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds gamnet/, app/, pretrained/ and configs/."""
    return CHECKOUT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of small input files; its README says why each is there."""
    return DATA


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of reference vectors; the test is skipped where it is absent."""
    if not GOLDEN.is_dir():
        pytest.skip(f"no reference vectors in {GOLDEN} (set GAMNET_GOLDEN to their folder)")
    return GOLDEN


@pytest.fixture
def gamnet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty GAMNET_HOME of the test's own, for tests that write."""
    home = tmp_path / "home"
    monkeypatch.setenv("GAMNET_HOME", str(home))
    return home
