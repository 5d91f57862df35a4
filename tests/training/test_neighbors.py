"""A rule of one's own for the neighbours, from the configuration to predictions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from ase import Atoms
from ase.io import write

from benchmarks.smoothness import path as line
from gamnet.datasets import DATASETS, get_dataset
from gamnet.errors import CheckpointError, ConfigError, UnknownDatasetError
from gamnet.evaluation.evaluate import evaluate, measure
from gamnet.graphs.rule import MOLECULE_RULE, SMOOTH_RULE, NeighborRule
from gamnet.network.files import load_model
from gamnet.prediction.shipped import load_one
from gamnet.structures.reading import SCHEMES, read
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.run import fit, train

N = 24
DESCRIPTION = {
    "name": "chains",
    "files": ["chains.extxyz"],
    "properties": [{"id": "length", "unit": "A", "scaling": "intensive"}],
    "split": {"seed": 0, "train": 0.5, "validation": 0.25},
}
CONFIG = {
    "name": "chains",
    "dataset": "chains.yaml",
    "model": {
        "dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16, "n_angular": 2,
    },
    "epochs": 2, "batch_size": 4, "warmup_steps": 2, "processes": 1, "checkpoint_minutes": 0.0,
}  # fmt: skip
SMOOTH = {"cutoff": 5.0, "min_angle": 0.1, "min_ratio": 0.0, "fade_angle": 0.9, "fade_distance": 1}


@pytest.fixture
def folder(tmp_path: Path, gamnet_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Structure files of clusters with their description, listed as long as the test runs."""
    monkeypatch.setattr("gamnet.datasets.DATASETS", dict(DATASETS))
    monkeypatch.delitem(SCHEMES, "chains", raising=False)
    rng = np.random.default_rng(0)
    clusters = []
    for _ in range(N):
        n = int(rng.integers(3, 8))
        step = float(rng.uniform(1.0, 1.8))
        positions = np.cumsum(step * np.eye(3)[rng.integers(0, 3, n)], axis=0)
        atoms = Atoms(rng.choice([1, 6, 8], n), positions + rng.uniform(-0.1, 0.1, (n, 3)))
        atoms.info = {"length": step}
        clusters.append(atoms)
    write(tmp_path / "chains.extxyz", clusters)
    (tmp_path / "chains.yaml").write_text(yaml.safe_dump(DESCRIPTION))
    return tmp_path


def configured(folder: Path, **changes: object) -> Path:
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump({**CONFIG, **changes}))
    return path


def test_a_run_with_neighbours_that_fade(folder: Path, gamnet_home: Path) -> None:
    run = train(configured(folder, neighbors=SMOOTH), output=folder / "run")
    weights = str(run / "chains.safetensors")
    model = load_one(weights)
    assert model.info.rule == SMOOTH_RULE and model.network.config.max_distance == 5.0
    source = get_dataset("chains")
    assert source.rule == MOLECULE_RULE
    graphs = source.load(SMOOTH_RULE).graphs
    assert graphs.rule == SMOOTH_RULE and 0 < graphs.batch(range(N)).weight.min() < 1
    with pytest.raises(UnknownDatasetError, match="is not prepared. Run: gamnet prepare chains"):
        source.load()
    other = replace(SMOOTH_RULE, cutoff=4.5)
    with pytest.raises(UnknownDatasetError, match="with the neighbour rule 4.5-0.1-0-0.9-1"):
        source.load(other)
    # What evaluation says from the stored graphs, prediction says from the structures.
    found = measure(model)
    ids = [f"chains:{id}" for id in found.dataset.ids[found.positions]]
    predicted = [model.predict(read(id))[0]["length"].value for id in ids]
    np.testing.assert_allclose(found.predicted[:, 0], predicted, atol=1e-5)
    assert evaluate(weights)["n"] == len(ids)
    start = read(ids[0])[0]
    change = np.random.default_rng(1).uniform(-0.3, 0.3, start.positions.shape)
    moved = replace(start, positions=start.positions + change)
    values = [p["length"].value for p in model.predict(line(start, moved, 101))]
    steps = np.abs(np.diff(values))
    assert steps.max() < 10 * np.median(steps)


def test_a_run_goes_on_under_its_rule_alone(folder: Path) -> None:
    config = load_config(configured(folder, neighbors=SMOOTH))
    run = train(folder / "run.yaml", output=folder / "run")
    fit(replace(config, epochs=3), run, resume=True)
    get_dataset(config.dataset).prepare(progress=False)
    with pytest.raises(CheckpointError, match="was trained with neighbors = {'cutoff': 5.0"):
        fit(replace(config, epochs=4, neighbors=None), run, resume=True)


def test_each_rule_has_graphs_of_its_own(folder: Path) -> None:
    source = get_dataset(str(folder / "chains.yaml"))
    wide = NeighborRule(cutoff=6.0)
    stores = {rule: source.prepare(1, False, rule).graphs for rule in (wide, SMOOTH_RULE)}
    stores[MOLECULE_RULE] = source.prepare(1, False).graphs
    edges = [stores[rule].edge_offset[-1] for rule in (MOLECULE_RULE, wide, SMOOTH_RULE)]
    assert edges[0] <= edges[1] < edges[2]
    for rule, store in stores.items():
        assert store.rule == rule and source.load(rule).graphs.edge_offset[-1] == len(store.i)
    assert source.load().graphs.edge_offset[-1] == edges[0]


def test_weights_of_the_hard_rule_go_on_under_one_that_fades(folder: Path) -> None:
    hard = train(configured(folder), output=folder / "hard") / "chains.safetensors"
    assert load_model(hard)[1].rule == MOLECULE_RULE
    model = {**CONFIG["model"], "max_distance": 4.0}
    more = {"start": str(hard), "name": "more", "neighbors": SMOOTH, "model": model}
    run = train(configured(folder, **more), output=folder / "more")
    _, info = load_model(run / "more.safetensors")
    assert info.rule == SMOOTH_RULE and info.trained["start"] == "chains.safetensors"


def test_a_basis_that_ends_before_the_weight_falls_is_refused(folder: Path) -> None:
    short = {**CONFIG["model"], "max_distance": 3.5}
    with pytest.raises(ConfigError, match="reach to 4 A with their full weight, .* to 3.5 A"):
        train(configured(folder, model=short, neighbors=SMOOTH), output=folder / "run")


def test_a_description_may_name_the_rule(folder: Path) -> None:
    (folder / "chains.yaml").write_text(yaml.safe_dump({**DESCRIPTION, **SMOOTH}))
    source = get_dataset(str(folder / "chains.yaml"))
    assert source.rule == SMOOTH_RULE
    assert source.prepare(processes=1, progress=False).graphs.rule == SMOOTH_RULE


def test_the_shipped_configuration_names_the_rule_that_benchmarks_take() -> None:
    config = load_config(Path("configs/qm9_smooth.yaml"))
    assert config.neighbors == SMOOTH_RULE


@pytest.mark.parametrize(
    ("neighbors", "message"),
    [
        ({"cut": 5}, "Unknown neighbors setting 'cut'. Available: cutoff, fade_angle"),
        ({"cutoff": "far"}, "Training setting neighbors.*is 'far'"),
        (5, "Training setting neighbors.*is 5"),
        ({"fade_angle": 0.9}, "its min_ratio is 0.2. Set min_ratio to 0"),
        ({**SMOOTH, "fade_angle": 0.05}, "fade_angle is 0.05, its min_angle 0.1"),
    ],
)
def test_bad_rules_are_named(tmp_path: Path, neighbors: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(configured(tmp_path, neighbors=neighbors))


def test_without_a_rule_the_data_sets_own_holds(tmp_path: Path) -> None:
    config: TrainConfig = load_config(configured(tmp_path))
    assert config.neighbors is None
