"""Model files: exact round trip, and every way in which one can be wrong."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gamnet.errors import CheckpointError, UnknownModelError
from gamnet.graphs.voronoi import NeighborRule
from gamnet.network.config import GAMNetConfig
from gamnet.network.files import ModelInfo, load_model, save_model, sha256_of
from gamnet.network.scann import GAMNet
from gamnet.prediction.shipped import load_one
from gamnet.prediction.shipped import FOLDER, available

CONFIG = GAMNetConfig(("homo",), dim=8, n_heads=2, n_layers=1, embedding_dim=4, head_dim=8)
INFO = ModelInfo(CONFIG, "qm9", (1, 6), 29, False, NeighborRule(3.5), {"epochs": 2})


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, GAMNet]:
    torch.manual_seed(0)
    model = GAMNet(CONFIG)
    save_model(tmp_path / "m.safetensors", model.state_dict(), INFO)
    return tmp_path / "m.safetensors", model


def test_round_trip(saved: tuple[Path, GAMNet]) -> None:
    path, model = saved
    loaded, info = load_model(path, sha256_of(path))
    assert info == INFO and not loaded.training
    assert set(loaded.state_dict()) == set(model.state_dict())
    assert all(torch.equal(loaded.state_dict()[k], v) for k, v in model.state_dict().items())


def test_an_altered_file_is_refused(saved: tuple[Path, GAMNet]) -> None:
    path, _ = saved
    digest = sha256_of(path)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(CheckpointError, match="SHA-256 differs"):
        load_model(path, digest)


def test_a_truncated_file_is_refused(saved: tuple[Path, GAMNet]) -> None:
    path, _ = saved
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="not a readable safetensors file"):
        load_model(path)


def test_a_stranger_and_a_misfit_are_refused(tmp_path: Path, saved: tuple[Path, GAMNet]) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="not a GAMNet model"):
        load_model(tmp_path / "other.safetensors")
    _, model = saved
    wider = replace(INFO, config=replace(CONFIG, dim=16))
    save_model(tmp_path / "wide.safetensors", model.state_dict(), wider)
    with pytest.raises(CheckpointError, match="does not fit its weights"):
        load_model(tmp_path / "wide.safetensors")
    state = model.state_dict()
    del state["embed.bias"]
    save_model(tmp_path / "less.safetensors", state, INFO)
    with pytest.raises(CheckpointError, match=r"embed\.bias"):
        load_model(tmp_path / "less.safetensors")


def test_a_missing_model_is_named() -> None:
    with pytest.raises(CheckpointError, match="No model file 'nowhere.safetensors'"):
        load_one("nowhere.safetensors")
    with pytest.raises(UnknownModelError, match="Unknown model 'qm8'.*Available: qm9"):
        load_one("qm8")


def test_every_shipped_model_loads_and_has_its_card() -> None:
    assert available()
    for name, entry in available().items():
        model = load_one(name)
        assert list(model.property_ids) == entry["property_ids"]
        assert list(model.elements) == entry["elements"]
        assert sum(p.numel() for p in model.network.parameters()) == entry["n_parameters"]
        assert set(model.test_mae) == set(model.property_ids)
        card = (FOLDER / entry["card"]).read_text()
        assert entry["sha256"] in card
        for mae in entry["test"]["mae"].values():
            assert f"{mae['value']:.4g}" in card
