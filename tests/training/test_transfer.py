"""Transfer: a run begins with the trunk of a model of other properties."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from records import ZPVE

from gamnet.datasets import DATASETS
from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError
from gamnet.network.files import load_model
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.run import fit

CONFIG = TrainConfig(
    name="tiny",
    dataset="tiny",
    model={"dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16},
    epochs=1, batch_size=8, lr=1e-6, warmup_steps=1, processes=1,
)  # fmt: skip


def test_the_trunk_is_taken_and_the_heads_are_new(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(replace(CONFIG, lr=1e-2, epochs=3), tmp_path / "first")
    first, _ = load_model(tmp_path / "first" / "tiny.safetensors")
    # Other properties: those of the fixture but one.
    other = replace(tiny, properties=(ZPVE,), targets=tiny.targets[:, [1]])
    monkeypatch.setitem(DATASETS, "tiny", type(DATASETS["tiny"])(other))
    path = str(tmp_path / "first" / "tiny.safetensors")
    fit(replace(CONFIG, trunk=path), tmp_path / "second")
    second, info = load_model(tmp_path / "second" / "tiny.safetensors")
    assert info.config.property_ids == ("zpve",)
    assert info.trained["trunk"] == "tiny.safetensors" and info.trained["before"]["epochs"] == 3
    old, new = first.state_dict(), second.state_dict()
    # At a vanishing learning rate the trunk stays what it was; it was far from a fresh one.
    assert any(first.of_trunk(name) for name in old)
    for name in old:
        if first.of_trunk(name):
            torch.testing.assert_close(new[name], old[name], atol=1e-3, rtol=1e-3)
    fit(CONFIG, tmp_path / "fresh")
    fresh, _ = load_model(tmp_path / "fresh" / "tiny.safetensors")
    assert not torch.allclose(fresh.state_dict()["embed.weight"], new["embed.weight"], atol=1e-2)


def test_a_trunk_of_another_size_is_refused(tiny: Dataset, tmp_path: Path) -> None:
    fit(CONFIG, tmp_path / "first")
    path = str(tmp_path / "first" / "tiny.safetensors")
    wider = {**CONFIG.model, "dim": 32}
    with pytest.raises(ConfigError, match="trunk of .* is another"):
        fit(replace(CONFIG, model=wider, trunk=path), tmp_path / "second")
    with pytest.raises(ConfigError, match="'start' and from 'trunk'"):
        replace(CONFIG, trunk=path, start=path)


def test_paths_count_from_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("{name: a, dataset: qm9, model: {}, trunk: ../m.safetensors}")
    assert Path(load_config(path).trunk) == tmp_path / "../m.safetensors"
