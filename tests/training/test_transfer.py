"""Transfer: a run begins with the trunk of a model of other properties."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from records import ZPVE

from gamnet.datasets import DATASETS
from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError
from gamnet.network.files import load_model
from gamnet.prediction.inference import predicted_values
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.run import fit
from gamnet.training.schedule import epoch_order, epoch_size
from gamnet.training.transfer import lighter_homologue, with_elements

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
            # Elements that the first did not see are none of its business.
            rows = [1, 6, 8] if first.of_elements(name) else slice(None)
            torch.testing.assert_close(new[name][rows], old[name][rows], atol=1e-3, rtol=1e-3)
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


@pytest.mark.parametrize(
    ("number", "above"),
    [
        (16, 8), (17, 9), (35, 17), (15, 7), (14, 6), (11, 3), (12, 4), (20, 12), (31, 13), (3, 1),
        (47, 29), (78, 46), (72, 40), (82, 50), (10, 2),
        (1, None), (4, None), (6, None), (9, None), (21, None), (26, None), (58, None),
    ],
)  # fmt: skip
def test_the_element_above(number: int, above: int | None) -> None:
    assert lighter_homologue(number) == above


def test_new_elements_begin_as_the_one_above() -> None:
    weight, fresh = torch.arange(10.0)[:, None], -torch.ones(36, 1)
    rows = with_elements(weight, [1, 6, 7, 8, 9], fresh)[:, 0]
    # Br as Cl, which was not trained either: as F. Na as Li: neither is known.
    assert rows[[1, 6, 8, 16, 17, 35]].tolist() == [1, 6, 8, 8, 9, 9]
    assert rows[5] == -1 and rows[0] == -1 and rows[26] == -1


def test_heads_of_the_same_properties_are_taken(tiny: Dataset, tmp_path: Path) -> None:
    fit(replace(CONFIG, lr=1e-2, epochs=3), tmp_path / "first")
    path = str(tmp_path / "first" / "tiny.safetensors")
    fit(replace(CONFIG, lr=1e-9, trunk=path, trunk_heads=("homo",)), tmp_path / "second")
    fit(replace(CONFIG, lr=1e-9, trunk=path), tmp_path / "third")
    first, second, third = (
        load_model(tmp_path / folder / "tiny.safetensors")[0]
        for folder in ("first", "second", "third")
    )
    rows = predicted_values(first, tiny, np.arange(64))[:, 0]
    np.testing.assert_allclose(predicted_values(second, tiny, np.arange(64))[:, 0], rows, atol=1e-4)
    fresh = predicted_values(third, tiny, np.arange(64))[:, 0]
    assert np.abs(fresh - rows).max() > 2e-3
    with pytest.raises(ConfigError, match="head of 'zpve' depends on the elements"):
        fit(replace(CONFIG, trunk=path, trunk_heads=("zpve",)), tmp_path / "fourth")
    with pytest.raises(ConfigError, match="without a trunk"):
        replace(CONFIG, trunk_heads=("homo",))


def test_what_only_teaches_is_not_shipped(tiny: Dataset, tmp_path: Path) -> None:
    fit(replace(CONFIG, auxiliary=("zpve",)), tmp_path / "run")
    model, info = load_model(tmp_path / "run" / "tiny.safetensors")
    assert model.config.property_ids == ("homo",)
    assert info.trained["auxiliary"] == ["zpve"] and info.trained["epochs_done"] == 1


def test_parts_come_as_often_as_they_are_told_to() -> None:
    parts = np.array(["a"] * 10 + ["b"] * 4 + ["c"] * 5, dtype=object)
    config = replace(CONFIG, copies={"a": 0.3, "b": 2.5})
    seen = [epoch_order(config, parts, epoch) for epoch in range(2)]
    for order in seen:
        assert len(order) == epoch_size(config, parts) == 3 + 10 + 5
        counts = np.bincount(order, minlength=19)
        assert counts[:10].max() == 1 and counts[:10].sum() == 3
        assert sorted(counts[10:14]) == [2, 2, 3, 3] and (counts[14:] == 1).all()
    assert set(seen[0][seen[0] < 10]) != set(seen[1][seen[1] < 10])


def test_copies_of_a_part_that_is_not_there_are_refused(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="copies names 'x'"):
        fit(replace(CONFIG, copies={"x": 2.0}), tmp_path / "run")
    with pytest.raises(ConfigError, match="copies of 'x' is -1"):
        replace(CONFIG, copies={"x": -1.0})
