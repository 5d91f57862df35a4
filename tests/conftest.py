"""Fixtures for all tests."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gamnet.datasets import DATASETS
from gamnet.datasets.dataset import Dataset
from gamnet.graphs.store import build_store
from gamnet.graphs.voronoi import NeighborRule
from gamnet.structures.structure import make_structure

CHECKOUT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"
# Weights and outputs of the reference implementation, made by benchmarks.shrink_golden.
GOLDEN = DATA / "golden"


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
    """The folder of reference vectors."""
    return GOLDEN


@pytest.fixture
def gamnet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty GAMNET_HOME of the test's own, for tests that write."""
    home = tmp_path / "home"
    monkeypatch.setenv("GAMNET_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def tiny_dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """64 small clusters; the homo is minus the bond length, zpve counts atoms, with noise."""
    rng = np.random.default_rng(0)
    structures, targets = [], []
    for _ in range(64):
        n = int(rng.integers(2, 7))
        step = rng.uniform(0.9, 1.6)
        positions = step * np.eye(3)[rng.integers(0, 3, n)].cumsum(axis=0)
        numbers = rng.choice([1, 6, 8], n)
        structures.append(make_structure(numbers, positions))
        composition = 0.1 * (numbers == 1).sum() + 0.3 * (numbers == 6).sum() + 0.05
        targets.append([-step, composition + rng.normal(scale=0.002)])
    folder = tmp_path_factory.mktemp("tiny") / "graphs"
    store = build_store(folder, iter(structures), len(structures), progress=False)
    split = np.array([0] * 40 + [1] * 12 + [2] * 12, dtype=np.uint8)
    return Dataset("tiny", np.arange(64), ("homo", "zpve"), np.array(targets), split, store)


@pytest.fixture
def tiny(tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """The small data set, listed as 'tiny'."""
    module = SimpleNamespace(
        RULE=NeighborRule(),
        PERIODIC=False,
        load=lambda: tiny_dataset,
        prepare=lambda: tiny_dataset,
    )
    monkeypatch.setitem(DATASETS, "tiny", module)
    return tiny_dataset
