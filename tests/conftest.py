"""Fixtures for all tests."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ase.data import chemical_symbols
from records import HOMO, ZPVE

from gamnet.datasets import DATASETS
from gamnet.datasets.dataset import Dataset
from gamnet.datasets.source import NO_RANGES
from gamnet.datasets.splits import SPLITS
from gamnet.errors import UnknownDatasetError
from gamnet.formulas import hill_formula
from gamnet.graphs.rule import NeighborRule
from gamnet.graphs.store import build_store
from gamnet.structures.structure import Structure, make_structure

TINY_PROPERTIES = (HOMO, ZPVE)
CHECKOUT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"
# Weights and outputs of the reference implementation, made by benchmarks.shrink_golden.
GOLDEN = DATA / "golden"


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's test runner leaves its script as `__main__`, which spawned workers would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


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


@pytest.fixture(scope="session")
def qm9_evaluated() -> str:
    """What `gamnet evaluate qm9 --json` prints: ten thousand molecules, measured once.

    Prepares QM9 if it never was.
    """
    from typer.testing import CliRunner

    from gamnet.commands.main import main

    result = CliRunner().invoke(main, ["evaluate", "qm9", "--json"])
    assert result.exit_code == 0, result.output
    return result.stdout


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
    ids = np.arange(64).astype(str)
    return Dataset("tiny", ids, TINY_PROPERTIES, np.array(targets), split, store)


class TinySource:
    """The small data set as a data source."""

    name, title, description, citation, licence = "tiny", "Tiny", "Small clusters", "nobody", "MIT"
    properties, rule, periodic = TINY_PROPERTIES, NeighborRule(), False
    available = True

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def table(self) -> pd.DataFrame:
        values = dict(zip(self.dataset.property_ids, self.dataset.targets.T, strict=True))
        n_atoms = self.dataset.graphs.n_atoms_of
        atoms = np.split(self.dataset.graphs.numbers, np.cumsum(n_atoms)[:-1])
        formulas = [hill_formula(chemical_symbols[z] for z in own) for own in atoms]
        split = [SPLITS[k] for k in self.dataset.split]
        columns = {"formula": formulas, "n_atoms": n_atoms, "split": split, **values}
        return pd.DataFrame(columns, index=pd.Index(self.dataset.ids, name="id"))

    def structure(self, id: str) -> Structure:
        raise UnknownDatasetError(f"No structure {id} in Tiny")

    def search(self, text: str, ranges: Mapping[str, tuple[float, float]] = NO_RANGES):
        table = self.table()
        return table.loc[table.index == text]

    def prepare(
        self, processes: int = 2, progress: bool = True, rule: NeighborRule | None = None
    ) -> Dataset:
        return self.dataset

    def load(self, rule: NeighborRule | None = None) -> Dataset:
        return self.dataset


@pytest.fixture
def tiny(tiny_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """The small data set, listed as 'tiny'."""
    monkeypatch.setitem(DATASETS, "tiny", TinySource(tiny_dataset))
    return tiny_dataset
