"""Model files: exact round trip, and every way in which one can be wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from records import HOMO
from safetensors import safe_open
from safetensors.torch import save_file

from gamnet.errors import CheckpointError, ConfigError, UnknownModelError
from gamnet.graphs.rule import NeighborRule
from gamnet.network.config import GAMNetConfig
from gamnet.network.files import ModelInfo, load_model, save_model, sha256_of
from gamnet.network.scann import GAMNet
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction.shipped import CARD, available, entry_properties, folder, load_one

CONFIG = GAMNetConfig((HOMO,), dim=8, n_heads=2, n_layers=1, embedding_dim=4, head_dim=8)
SEEN = TrainingDomain({1: 5, 6: 4}, {3: 2, 29: 3}, {1: 2, 9: 3}, {0: 5}, {0: 5}, {0: 5})
INFO = ModelInfo(CONFIG, "qm9", SEEN, NeighborRule(3.5), {"epochs": 2})


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


DAMAGED = {
    "a larger element": ({"max_atomic_number": 5}, "element 6, the embedding ends at 5"),
    "a short basis": ({"max_distance": 3.0}, "reach to 3.5 A, the radial basis to 3 A"),
    "no basis": ({"max_distance": float("nan")}, "max_distance is nan"),
    "endless layers": ({"n_layers": 10**9}, "n_layers is 1000000000"),
    "no heads": ({"n_heads": 0}, "n_heads is 0"),
    "a lost term": (
        {"properties": [{**HOMO.to_dict(), "scaling": "difference", "terms": ["a", "b"]}]},
        "no property|difference of 'a'",
    ),
    "an unknown scaling": ({"properties": [{**HOMO.to_dict(), "scaling": "odd"}]}, "'odd'"),
    "two of one id": ({"properties": [HOMO.to_dict()] * 2}, "Two properties have one id"),
    "no record": ({"properties": ["homo"]}, "does not fit"),
}


@pytest.mark.parametrize("change", DAMAGED)
def test_a_damaged_header_is_refused_in_words(tmp_path: Path, change: str) -> None:
    settings, words = DAMAGED[change]
    path = tmp_path / "m.safetensors"
    save_model(path, GAMNet(CONFIG).state_dict(), INFO)
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["info"])
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header["config"] |= settings
    save_file(state, path, metadata={"format": "gamnet-2", "info": json.dumps(header)})
    with pytest.raises(CheckpointError, match=words):
        load_model(path)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.tensor(float("inf")), "NaN or infinite"),
        (torch.tensor(1, dtype=torch.int64), "as int64"),
        (torch.tensor(True), "as bool"),
        (torch.tensor(1.0, dtype=torch.float16), "as float16"),
    ],
)
def test_weights_that_are_no_weights_are_refused(
    tmp_path: Path, value: torch.Tensor, words: str
) -> None:
    state = GAMNet(CONFIG).state_dict()
    state["embed.bias"] = value.expand(state["embed.bias"].shape)
    save_model(tmp_path / "m.safetensors", state, INFO)
    with pytest.raises(CheckpointError, match=words):
        load_model(tmp_path / "m.safetensors")


@pytest.mark.parametrize("cutoff", [float("nan"), -1.0, 0.0])
def test_a_rule_without_a_sane_cutoff_is_refused(cutoff: float) -> None:
    with pytest.raises(ConfigError, match="neighbour rule's cutoff is"):
        NeighborRule(cutoff=cutoff)


def test_a_network_that_does_not_reach_is_not_made() -> None:
    with pytest.raises(ConfigError, match="Neighbours reach to 6 A, the radial basis to 4 A"):
        replace(INFO, rule=NeighborRule(cutoff=6.0))
    with pytest.raises(ConfigError, match="element 29, the embedding ends at 9"):
        replace(INFO, domain=replace(SEEN, elements={29: 1}))


def test_a_missing_model_is_named() -> None:
    with pytest.raises(CheckpointError, match="No model file 'nowhere.safetensors'"):
        load_one("nowhere.safetensors")
    with pytest.raises(UnknownModelError, match="Unknown model 'qm8'.*Available: auto, qm9"):
        load_one("qm8")


def test_every_shipped_model_loads_and_has_its_card() -> None:
    assert available()
    for name, entry in available().items():
        model = load_one(name)
        assert model.properties == entry_properties(entry)
        assert model.info.domain == TrainingDomain.from_dict(entry["domain"])
        assert sum(p.numel() for p in model.network.parameters()) == entry["n_parameters"]
        assert set(model.test_mae) == set(model.property_ids)
        card = (folder(name) / CARD).read_text()
        assert entry["sha256"] in card
        for mae in entry["test"]["mae"].values():
            assert f"{mae['value']:.4g}" in card
