"""Training: exact resume, schedule, units, and that it learns."""

import json
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from records import HOMO, LUMO, ZPVE
from safetensors.torch import load_file

from gamnet.datasets import DATASETS, get_dataset
from gamnet.datasets.dataset import Dataset
from gamnet.errors import CheckpointError, ConfigError, StorageError, UnknownDatasetError
from gamnet.graphs.rule import NeighborRule
from gamnet.network.files import load_model
from gamnet.network.units import fit_scaling
from gamnet.properties import Property
from gamnet.training import run as training
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.objective import CHARGE_SPREAD
from gamnet.training.run import fit, train
from gamnet.training.schedule import epoch_order, learning_rate
from gamnet.training.start import element_counts, new_model

CONFIG = TrainConfig(
    name="tiny",
    dataset="tiny",
    model={"dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16},
    epochs=3,
    batch_size=8,
    lr=1e-2,
    warmup_steps=5,
    processes=1,
    checkpoint_minutes=0.0,
)


def test_a_killed_run_goes_on_exactly(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(CONFIG, tmp_path / "whole")

    def killed(config: TrainConfig, step: int, n_steps: int) -> float:
        if step == 7:  # in the middle of the second epoch
            raise KeyboardInterrupt
        return learning_rate(config, step, n_steps)

    with monkeypatch.context() as patch:
        patch.setattr(training, "learning_rate", killed)
        with pytest.raises(KeyboardInterrupt):
            fit(CONFIG, tmp_path / "cut")
    fit(CONFIG, tmp_path / "cut", resume=True)
    whole, cut = (load_file(tmp_path / run / "tiny.safetensors") for run in ("whole", "cut"))
    assert set(whole) == set(cut)
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    logs = [(tmp_path / run / "log.jsonl").read_text().splitlines() for run in ("whole", "cut")]
    told = [[{**json.loads(line), "hours": 0} for line in lines] for lines in logs]
    assert told[0] == told[1] and len(told[0]) == 3  # the mean loss of whole epochs


def test_a_full_disk_ends_a_run_in_words_and_keeps_its_checkpoint(
    tiny: Dataset, tmp_path: Path
) -> None:
    """Stands in for it: a limit on the size of files, which the checkpoint exceeds."""
    fit(replace(CONFIG, epochs=1), tmp_path / "run")
    before = (tmp_path / "run" / "state.safetensors").read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limit[1]))
    try:
        with pytest.raises(StorageError, match="Cannot write '.*safetensors': File too large"):
            fit(CONFIG, tmp_path / "run", resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (tmp_path / "run" / "state.safetensors").read_bytes() == before
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"state.safetensors", "tiny.safetensors", "log.jsonl"}
    fit(CONFIG, tmp_path / "run", resume=True)


def test_it_learns_and_reports_what_it_wrote(tiny: Dataset, tmp_path: Path) -> None:
    fit(replace(CONFIG, epochs=30), tmp_path)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in log] == list(range(1, 31))
    assert log[-1]["validation_mae"]["homo"] < 0.5 * log[0]["validation_mae"]["homo"]
    # Composition alone gives this zpve: the fit on the training split has to find it.
    assert log[-1]["validation_mae"]["zpve"] < 5  # meV
    model, info = load_model(tmp_path / "tiny.safetensors")
    assert info.domain.numbers == (1, 6, 8) and info.domain.max_atoms == 6
    assert info.dataset == "tiny"
    validation = tiny.positions("validation")
    with torch.no_grad():
        values = model(tiny.graphs.batch(validation)).values.numpy()
    mae = np.abs(values - tiny.targets[validation]).mean(axis=0) * 1e3
    assert mae[0] == pytest.approx(log[-1]["validation_mae"]["homo"], abs=1e-3)


def test_resume_refuses_other_settings(tiny: Dataset, tmp_path: Path) -> None:
    fit(replace(CONFIG, epochs=1), tmp_path)
    with pytest.raises(CheckpointError, match="batch_size = 8, the configuration says 4"):
        fit(replace(CONFIG, batch_size=4), tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="ema_decay = 0.999, the configuration says 0.9"):
        fit(replace(CONFIG, ema_decay=0.9), tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="to resume from"):
        fit(CONFIG, tmp_path / "nowhere", resume=True)
    (tmp_path / "state.safetensors").write_bytes(b"cut off")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        fit(CONFIG, tmp_path, resume=True)


def test_a_run_without_a_step_is_refused(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="batch_size 8 is more than the 3 training structures"):
        fit(replace(CONFIG, limit=3), tmp_path)


def test_resume_refuses_another_optimizer(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            training,
            "make_optimizers",
            lambda model, _: {"sgd": torch.optim.SGD(model.parameters())},
        )
        fit(replace(CONFIG, epochs=1), tmp_path)
    with pytest.raises(CheckpointError, match="another optimizer"):
        fit(CONFIG, tmp_path, resume=True)


def test_a_run_is_not_overwritten(tiny: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text("{name: tiny, dataset: tiny, model: {dim: 16}}")
    (tmp_path / "run").mkdir()
    with pytest.raises(ConfigError, match="--resume"):
        train(path, output=tmp_path / "run")
    path.write_text("{name: tiny, dataset: qm10, model: {}}")
    with pytest.raises(UnknownDatasetError, match="'qm10'"):
        train(path, output=tmp_path / "other")


def test_schedule_warms_up_and_ends_at_zero() -> None:
    rates = [learning_rate(CONFIG, step, 100) for step in range(101)]
    assert rates[0] == pytest.approx(CONFIG.lr / 5) and max(rates) == pytest.approx(CONFIG.lr)
    assert rates[100] == pytest.approx(0.0, abs=1e-12)
    assert all(a >= b for a, b in zip(rates[5:], rates[6:], strict=False))


def test_every_epoch_has_its_own_order() -> None:
    first, second = (epoch_order(CONFIG, np.full(50, ""), epoch) for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(50))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, epoch_order(CONFIG, np.full(50, ""), 0))


def test_the_network_reaches_what_the_data_need(tiny: Dataset) -> None:
    config = CONFIG.network_config((HOMO,), NeighborRule(cutoff=6.0), (1, 29))
    assert (config.max_distance, config.max_atomic_number) == (6.0, 29)
    with pytest.raises(ConfigError, match="element 8, the embedding ends at 7"):
        short = replace(CONFIG, model={**CONFIG.model, "max_atomic_number": 7})
        new_model(short, get_dataset("tiny"), tiny, tiny.positions("train"))
    with pytest.raises(ConfigError, match="element 8, the network ends at 7"):
        element_counts(tiny, tiny.positions("train"), 7)


def test_elements_are_counted(tiny: Dataset) -> None:
    chosen = tiny.positions("validation")
    counts = element_counts(tiny, chosen, 8)
    assert (counts.sum(axis=1) == tiny.graphs.n_atoms_of[chosen]).all()
    batch = tiny.graphs.batch(chosen)
    for k in range(len(chosen)):
        own = batch.numbers[batch.structure == k].numpy()
        np.testing.assert_array_equal(counts[k], np.bincount(own, minlength=9))


def test_what_is_not_known_is_left_out() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 9, (200, 3)).astype(float)
    size = counts.sum(axis=1)
    per_atom = Property("e", "e", "Energy per atom", "eV/atom", "meV/atom", 1e3, "per_atom", "-")
    last = Property("g", "g", "Gap", "eV", "meV", 1e3, "difference", "-", terms=("lumo", "homo"))
    homo, lumo = rng.normal(-6, 1, 200), rng.normal(1, 1, 200)
    shares = counts @ [1.0, -2.0, 0.5] / size
    targets = np.stack([lumo - homo, homo, shares, lumo], axis=1)
    targets[:50, 2], targets[60:, 1] = np.nan, np.nan
    # A difference may come before its terms.
    scaling = fit_scaling((last, HOMO, per_atom, LUMO), counts, targets, additive=True)
    assert scaling.baseline == pytest.approx([homo[:60].mean(), 0.0, lumo.mean()])
    assert scaling.element_reference[1] == pytest.approx([1.0, -2.0, 0.5])
    rest = (lumo - homo) - (lumo.mean() - homo[:60].mean())
    assert scaling.spread[0] == pytest.approx(rest.std())
    with pytest.raises(ConfigError, match="No training structure has the property 'homo'"):
        fit_scaling((HOMO,), counts, np.full((200, 1), np.nan), additive=True)


def test_scaling_finds_the_composition() -> None:
    rng = np.random.default_rng(0)
    counts = np.zeros((200, 10))
    counts[:, [1, 6, 8]] = rng.integers(0, 9, (200, 3))
    noise = rng.normal(size=200)
    targets = np.stack([noise * 0.5 - 6, counts @ np.arange(10) + 2 + 0.01 * noise], axis=1)
    scaling = fit_scaling((HOMO, ZPVE), counts, targets, additive=True)
    assert scaling.baseline[0] == pytest.approx(targets[:, 0].mean())
    assert scaling.spread[0] == pytest.approx(targets[:, 0].std())
    np.testing.assert_allclose(scaling.element_reference[1, [1, 6, 8]], [1, 6, 8], atol=0.01)
    assert scaling.baseline[1] == pytest.approx(2, abs=0.02)
    assert scaling.spread[1] == pytest.approx(0.01, rel=0.2)
    mean_size = counts.sum(axis=1).mean()
    assert scaling.unit_scale[1] == pytest.approx(scaling.spread[1] / mean_size)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: a, dataset: qm9, model: {}, epoch: 3}", "Unknown training setting 'epoch'"),
        ("{name: a, dataset: qm9}", "lacks a setting.*name, dataset, model"),
        ("{name: a, dataset: qm9, model: {}, batch_size: 63}", "shared by 2 processes"),
        ("[1, 2", "not valid YAML"),
        ("{name: a, dataset: qm9, model: {}, lr: fast}", "setting lr is 'fast'.*valid number"),
        ("{name: a, dataset: qm9, model: {}, lr: 0}", "lr is 0"),
        ("{name: a, dataset: qm9, model: {}, epochs: 1.5}", "setting epochs is 1.5"),
        ("{name: a, dataset: qm9, model: }", "setting model is None"),
    ],
)
def test_bad_configurations_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(path)


def test_numbers_may_be_written_as_chemists_write_them(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"  # YAML takes 2e-3, without a point, for text
    path.write_text("{name: a, dataset: qm9, model: {n_layers: 3}, lr: 2e-3}")
    config = load_config(path)
    assert (
        config.lr == 0.002 and config.network_config((HOMO,), NeighborRule(), (1, 9)).n_layers == 3
    )


@pytest.mark.parametrize(
    ("setting", "message"), [({"n_heads": 0}, "n_heads is 0"), ({"dim": "wide"}, "dim is 'wide'")]
)
def test_impossible_sizes_are_named(setting: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=f"Model setting {message}"):
        replace(CONFIG, model=setting).network_config((HOMO,), NeighborRule(), (1, 9))


def test_an_unknown_model_setting_is_named() -> None:
    with pytest.raises(ConfigError, match="Unknown model setting.*'depth'.*n_layers"):
        replace(CONFIG, model={"depth": 3}).network_config((HOMO,), NeighborRule(), (1, 9))


@pytest.mark.parametrize("path", sorted(Path("configs").glob("*.yaml")), ids=str)
def test_shipped_configurations_are_valid(path: Path) -> None:
    config = load_config(path)
    config.network_config((HOMO,), NeighborRule(), (1, 9))
    assert config.name == path.stem and config.dataset in DATASETS


def test_charges_are_learnt_beside_the_values(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each atom's charge follows from its element: the network has to tell them apart.
    told = {1: 0.25, 6: -0.1, 8: -0.4}
    known = replace(tiny, charges=np.array([told[int(z)] for z in tiny.graphs.numbers]))
    monkeypatch.setattr(DATASETS["tiny"], "load", lambda rule: known)
    fit(replace(CONFIG, epochs=15, charge_weight=1.0), tmp_path)
    model, _ = load_model(tmp_path / "tiny.safetensors")
    held_back = tiny.positions("validation")
    with torch.no_grad():
        out = model(tiny.graphs.batch(held_back))
    error = np.abs(out.charges.numpy() * CHARGE_SPREAD - known.charges_of(held_back))
    assert error.mean() < 0.2 * np.std(known.charges)


def test_charges_need_a_data_set_that_has_them(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'tiny' has no atomic charges"):
        fit(replace(CONFIG, charge_weight=1.0), tmp_path)


def test_weights_turn_the_loss_to_a_property(tiny: Dataset, tmp_path: Path) -> None:
    errors = {}
    for weight in (0.01, 1.0):
        fit(replace(CONFIG, epochs=10, weights={"homo": weight}), tmp_path / str(weight))
        log = (tmp_path / str(weight) / "log.jsonl").read_text().splitlines()
        errors[weight] = json.loads(log[-1])["validation_mae"]["homo"]
    assert errors[1.0] < 0.85 * errors[0.01]
    with pytest.raises(ConfigError, match="weights names 'lumo'.*Available: homo, zpve"):
        fit(replace(CONFIG, weights={"lumo": 2.0}), tmp_path / "unknown")
    with pytest.raises(ConfigError, match="weight of 'homo' is 0"):
        fit(replace(CONFIG, weights={"homo": 0}), tmp_path / "zero")
