"""Guidance: the divergence, that it teaches, and that held-back molecules cannot teach."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import rel_entr

from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError
from gamnet.network.files import load_model
from gamnet.training.config import GuidanceConfig, TrainConfig, load_config
from gamnet.training.guidance import Guidance, kl_divergence, load_guidance, population_correlation
from gamnet.training.run import fit
from gamnet.training.schedule import guided_batch

CONFIG = TrainConfig(
    name="tiny",
    dataset="tiny",
    model={"dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16},
    batch_size=8,
    lr=3e-3,
    warmup_steps=5,
    processes=1,
)


def write_truth(path: Path, dataset: Dataset, split: str) -> Path:
    """A truth in which the heaviest atoms carry the homo, and some molecules are left out."""
    positions = dataset.positions(split)
    numbers = [dataset.graphs.batch([k]).numbers.numpy() for k in positions]
    populations = [(z == z.max()) / (z == z.max()).sum() for z in numbers]
    populations[0] = np.full(len(numbers[0]), np.nan)
    np.savez(
        path,
        index=dataset.ids[positions],
        n_atoms=np.array([len(z) for z in numbers]),
        homo=np.concatenate(populations).astype(np.float32),
    )
    return path


def test_the_divergence_is_kullback_and_leiblers() -> None:
    rng = np.random.default_rng(0)
    sizes = [3, 5, 4]
    s = np.concatenate([rng.dirichlet(np.ones(n)) for n in sizes])
    p = np.concatenate([rng.dirichlet(np.ones(n)) for n in sizes])
    each = [part.sum() for part in np.split(rel_entr(p, s), np.cumsum(sizes)[:-1])]
    columns = torch.from_numpy(np.stack([s, s], axis=1)).requires_grad_()
    known = np.stack([p, p], axis=1)
    known[:3, 1] = np.nan  # the first molecule has no second population
    loss = kl_divergence(columns, torch.from_numpy(known))
    assert loss.item() == pytest.approx(sum(each) + each[1] + each[2])
    guidance = Guidance(np.arange(3), np.array(sizes), (0, 1), known)
    assert guidance.n_known(np.arange(3)) == 5 and guidance.n_known(np.array([2, 0])) == 3
    loss.backward()
    assert torch.isfinite(columns.grad).all() and (columns.grad[:3, 1] == 0).all()
    same = torch.from_numpy(np.stack([p], axis=1))
    assert kl_divergence(same, same).item() == pytest.approx(0, abs=1e-12)


def test_attention_learns_the_populations(tiny: Dataset, tmp_path: Path) -> None:
    taught = GuidanceConfig(
        truth=str(write_truth(tmp_path / "train.npz", tiny, "train")),
        validation=str(write_truth(tmp_path / "validation.npz", tiny, "validation")),
        batch_size=8,
    )
    correlation = {}
    for name, guidance in (("free", None), ("taught", taught)):
        fit(replace(CONFIG, epochs=25, guidance=guidance), tmp_path / name)
        model, _ = load_model(tmp_path / name / "tiny.safetensors")
        watched = load_guidance(Path(taught.validation), tiny, "validation")
        correlation[name] = population_correlation(model, tiny, watched)["homo"]
    assert correlation["taught"] > 0.9 > correlation["free"] + 0.1
    log = [json.loads(line) for line in (tmp_path / "taught" / "log.jsonl").read_text().split("\n")
           if line]  # fmt: skip
    assert log[-1]["validation_pearson"]["homo"] == pytest.approx(correlation["taught"], abs=1e-3)


def test_held_back_molecules_cannot_teach(tiny: Dataset, tmp_path: Path) -> None:
    path = write_truth(tmp_path / "test.npz", tiny, "test")
    with pytest.raises(ConfigError, match="not of the train split.*--split train"):
        load_guidance(path, tiny, "train")


def test_the_extra_molecules_follow_from_seed_and_step() -> None:
    config = replace(CONFIG, guidance=GuidanceConfig(truth="t.npz", batch_size=4))
    first = guided_batch(config, 30, 5)
    np.testing.assert_array_equal(first, guided_batch(config, 30, 5))
    assert len(set(first)) == 4 and not np.array_equal(first, guided_batch(config, 30, 6))
    assert len(guided_batch(config, 3, 0)) == 3 and len(guided_batch(CONFIG, 30, 5)) == 0


def test_a_run_can_start_from_a_model(tiny: Dataset, tmp_path: Path) -> None:
    fit(replace(CONFIG, epochs=20), tmp_path / "first")
    log = [json.loads(line) for line in (tmp_path / "first/log.jsonl").read_text().splitlines()]
    start = str(tmp_path / "first" / "tiny.safetensors")
    fit(replace(CONFIG, epochs=1, lr=1e-5, start=start), tmp_path / "second")
    again = json.loads((tmp_path / "second" / "log.jsonl").read_text())
    assert again["validation_mae"]["homo"] < 1.1 * log[-1]["validation_mae"]["homo"]
    _, info = load_model(tmp_path / "second" / "tiny.safetensors")
    assert info.trained["before"]["epochs"] == 20 and info.trained["before"]["steps"] == 100
    angular = {**CONFIG.model, "n_angular": 4}
    fit(replace(CONFIG, epochs=1, lr=1e-5, model=angular, start=start), tmp_path / "angular")
    extended = json.loads((tmp_path / "angular" / "log.jsonl").read_text())
    # Angles begin without effect, so that nothing of what was learnt is lost.
    assert extended["validation_mae"]["homo"] == pytest.approx(
        again["validation_mae"]["homo"], rel=0.02
    )
    other = {**CONFIG.model, "n_layers": 3}
    with pytest.raises(ConfigError, match="another network"):
        fit(replace(CONFIG, model=other, start=start), tmp_path / "third")


@pytest.mark.parametrize(
    ("guidance", "message"),
    [
        ("{weight: 1}", "names no truth file"),
        ("{truth: a.npz, wieght: 1}", "Unknown guidance setting 'wieght'"),
        ("{truth: a.npz, weight: 0}", "weight above 0"),
        ("{truth: a.npz, batch_size: 3}", "guidance batch_size 3 cannot be shared by 2"),
    ],
)
def test_bad_guidance_is_named(tmp_path: Path, guidance: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(f"{{name: a, dataset: qm9, model: {{}}, guidance: {guidance}}}")
    with pytest.raises(ConfigError, match=message):
        load_config(path)


def test_files_are_found_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(
        "{name: a, dataset: qm9, model: {}, start: ../m.safetensors, guidance: {truth: t.npz}}"
    )
    config = load_config(path)
    assert Path(config.start) == tmp_path / "../m.safetensors"
    assert Path(config.guidance.truth) == tmp_path / "t.npz" and config.guidance.validation == ""
