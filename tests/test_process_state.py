"""A library call leaves the process as it was, and threads do not disturb each other."""

import logging
import os
import random
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

import gamnet
from gamnet.explanation.environments import atom_environments, parse_smiles
from gamnet.explanation.removal import occlusion
from gamnet.prediction.model import Model
from gamnet.prediction.result import Prediction

SMILES = ("CCO", "c1ccccc1", "CC(=O)N", "C1CC1F", "N#CC=O", "OCC=C", "CN", "c1ccoc1")


def state() -> dict[str, object]:
    """What a library must leave alone, as far as it can be compared."""
    legacy = np.random.get_state()
    return {
        "filters": list(warnings.filters),
        "showwarning": warnings.showwarning,
        "environment": {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"},
        "folder": os.getcwd(),
        "threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "precision": (torch.get_float32_matmul_precision(), torch.get_default_dtype()),
        "determinism": torch.are_deterministic_algorithms_enabled(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "torch generator": torch.get_rng_state().numpy().tobytes(),
        "numpy generator": (legacy[1].tobytes(), legacy[2]),
        "python generator": random.getstate(),
        "numpy errors": np.geterr(),
        "logging": (logging.getLogger().level, list(logging.getLogger().handlers)),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "running threads": threading.active_count(),
    }


@pytest.fixture(scope="module")
def model() -> Model:
    return gamnet.load("qm9")


@pytest.fixture
def unchanged(data: Path) -> Iterator[None]:
    gamnet.read(data / "two_blocks.cif")  # pymatgen adds filters when it is imported
    before = state()
    yield
    after = state()
    for name, value in before.items():
        assert after[name] == value, f"{name} changed"


@pytest.mark.parametrize(
    "name",
    ["methanol.mol2", "two_blocks.cif", "slab_md.traj", "slab_md.extxyz", "structure.json",
     "three_records.sdf", "two_models.pdb", "XDATCAR"],
)  # fmt: skip
def test_reading(unchanged: None, data: Path, name: str) -> None:
    assert gamnet.read(data / name)


def test_reading_smiles(unchanged: None) -> None:
    assert gamnet.read("smiles:CCO")


def test_reading_what_cannot_be_read(unchanged: None) -> None:
    for text in (b"data_x\n_cell_length_a 1\n", b"3\n\nC 0 0 0\n", b"\x00\x01"):
        with pytest.raises(gamnet.errors.GAMNetError):
            gamnet.read(text)
    with pytest.raises(gamnet.errors.GAMNetError):
        gamnet.read("smiles:C1CC")


def test_loading(unchanged: None) -> None:
    gamnet.load("qm9")
    gamnet.load()


def test_predicting_and_explaining(unchanged: None, model: Model) -> None:
    (structure,) = gamnet.read("smiles:CCO")
    (prediction,) = model.predict([structure])
    prediction.to_frame()
    occlusion(model, structure)
    assert atom_environments(parse_smiles("CCO"), structure.numbers, structure.positions)


def values(predictions: list[Prediction]) -> list[tuple[float, bytes, bytes]]:
    return [
        (p.value, p.ga_scores.tobytes(), p.contributions.tobytes())
        for prediction in predictions
        for p in prediction.properties.values()
    ]


def test_threads_that_predict_at_once_equal_one(model: Model) -> None:
    structures = [gamnet.read(f"smiles:{smiles}")[0] for smiles in SMILES]
    alone = [values(model.predict(structures[k:])) for k in range(len(SMILES))]
    together = threading.Barrier(4)

    def predict(k: int) -> list[tuple[float, bytes, bytes]]:
        if k < 4:
            together.wait(60)
        return values(model.predict(structures[k % len(SMILES) :]))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(predict, range(24)))
    assert all(found[k] == alone[k % len(SMILES)] for k in range(24))
