"""Networks by name: a second one from its module to a prediction, without a line that knows it."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from records import HOMO, ZPVE
from torch import nn

from gamnet.errors import CheckpointError, ConfigError
from gamnet.graphs.graph import GraphBatch
from gamnet.graphs.rule import NeighborRule
from gamnet.network import registry
from gamnet.network.config import GAMNetConfig
from gamnet.network.files import ModelInfo, load_model, save_model
from gamnet.network.interface import Network, NetworkConfig, NetworkOutput
from gamnet.network.segment import segment_softmax, segment_sum
from gamnet.network.training_domain import TrainingDomain
from gamnet.network.units import TargetScaling
from gamnet.prediction.model import Model
from gamnet.structures.reading import read
from gamnet.training.config import TrainConfig


@dataclass(frozen=True)
class CountingConfig(NetworkConfig):
    """Settings of a network that looks at elements alone."""

    network: ClassVar[str] = "counting"

    width: int = 4


class Counting(Network):
    """Each element has a local value and an energy of attention; neighbours do not count."""

    config: CountingConfig

    def __init__(self, config: CountingConfig) -> None:
        super().__init__(config)
        q, n_z = len(config.heads), config.max_atomic_number + 1
        self.embedding = nn.Embedding(n_z, config.width)
        self.local = nn.Linear(config.width, q)
        self.energy = nn.Linear(config.width, q)

    def forward(self, batch: GraphBatch, keep_layers: bool = False) -> NetworkOutput:
        x = self.embedding(batch.numbers)  # [n, d]
        score = segment_softmax(self.energy(x), batch.structure, batch.n_structures)  # [n, q]
        values, contributions = self.in_units(score, self.local(x), batch)
        attended = segment_sum(
            score.unsqueeze(2) * x.unsqueeze(1), batch.structure, batch.n_structures
        )  # [s, q, d]
        return NetworkOutput(values, score, contributions, x, attended, None, ())


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_ARCHITECTURES", dict(registry._ARCHITECTURES))
    registry.register(CountingConfig, Counting)


def a_counting_model(path: Path) -> Model:
    torch.manual_seed(0)
    config = CountingConfig((HOMO, ZPVE))
    network = registry.make_network(config)
    units = TargetScaling(
        np.array([-6.0, 0.1]), np.arange(20.0).reshape(2, 10), np.ones(2), np.array([0.5, 0.1])
    )
    network.set_units(units)
    seen = TrainingDomain({1: 1, 8: 1}, {3: 1}, {1: 1}, {0: 1}, {0: 1}, {0: 1})
    info = ModelInfo(config, "qm9", seen, NeighborRule(), {"epochs": 0})
    save_model(path, network.state_dict(), info)
    return Model("counting", *load_model(path), {})


@pytest.mark.usefixtures("counting")
def test_another_network_is_loaded_by_its_name_and_predicts(tmp_path: Path) -> None:
    model = a_counting_model(tmp_path / "counting.safetensors")
    assert isinstance(model.network, Counting)
    (water,) = model.predict(read("smiles:O"))
    homo, zpve = water.properties["homo"], water.properties["zpve"]
    # A network of elements alone cannot tell the hydrogens apart.
    assert homo.ga_scores[1] == homo.ga_scores[2] and homo.ga_scores.sum() == pytest.approx(1)
    for found in (homo, zpve):
        assert found.baseline + found.contributions.sum() == found.value
    # By hand: the additive value of the buffers set above, with the network's own local values.
    with torch.no_grad():
        x = model.network.embedding(torch.tensor([8, 1, 1]))
        score = torch.softmax(model.network.energy(x), 0)
        local = model.network.local(x)
    by_hand = 0.1 + (3 * 0.1 * score * local)[:, 1].sum().item() + 18 + 2 * 11
    assert zpve.value == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.usefixtures("counting")
def test_a_configuration_chooses_the_network_and_its_settings() -> None:
    config = TrainConfig("toy", "qm9", {"width": 7}, network="counting")
    made = config.network_config((HOMO,), NeighborRule(), (1, 8))
    assert made == CountingConfig((HOMO,), max_atomic_number=8, max_distance=4.0, width=7)
    with pytest.raises(ConfigError, match="Unknown model setting 'n_heads'.*width"):
        TrainConfig("toy", "qm9", {"n_heads": 2}, network="counting").network_config(
            (HOMO,), NeighborRule(), (1,)
        )


def test_an_unknown_network_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="Unknown network 'painn'.*Available: scann"):
        TrainConfig("toy", "qm9", {}, network="painn")
    with monkeypatch.context() as patch:
        patch.setattr(registry, "_ARCHITECTURES", dict(registry._ARCHITECTURES))
        registry.register(CountingConfig, Counting)
        a_counting_model(tmp_path / "m.safetensors")
    with pytest.raises(CheckpointError, match="Unknown network 'counting'"):
        load_model(tmp_path / "m.safetensors")


def test_weights_of_another_network_are_no_beginning() -> None:
    scann = GAMNetConfig((HOMO,))
    assert scann.begins_from(scann) and GAMNetConfig((HOMO,), n_angular=16).begins_from(scann)
    assert not scann.begins_from(GAMNetConfig((HOMO,), dim=64))
    assert not scann.begins_from(CountingConfig((HOMO,)))
    assert not CountingConfig((HOMO,)).begins_from(scann)
