"""Shipping a model: weights, index, card, test predictions and learning curve agree."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from records import PROPERTIES as QM9_PROPERTIES

from gamnet.commands import models as models_command
from gamnet.datasets import DATASETS, get_dataset
from gamnet.datasets.dataset import Dataset
from gamnet.errors import CheckpointError
from gamnet.evaluation.evaluate import evaluate, measure
from gamnet.explanation.faithfulness import faithfulness
from gamnet.explanation.verdicts import verdict
from gamnet.graphs.rule import NeighborRule
from gamnet.graphs.store import build_store
from gamnet.network.config import GAMNetConfig
from gamnet.network.files import ModelInfo, load_model, save_model, sha256_of
from gamnet.network.scann import GAMNet
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction import shipped as pretrained
from gamnet.prediction.shipped import load_one
from gamnet.publishing import cards, publish, records
from gamnet.structures.structure import make_structure

PROPERTIES = (QM9_PROPERTIES["homo"], QM9_PROPERTIES["cv"])
CONFIG = GAMNetConfig(PROPERTIES, dim=8, n_heads=2, n_layers=1, embedding_dim=4, head_dim=8)
SEEN = TrainingDomain({1: 9, 6: 9}, {2: 9, 29: 1}, {1: 9, 9: 1}, {0: 10}, {0: 10}, {0: 10})
TRAINED = {"epochs": 3, "steps": 30, "batch_size": 64, "hours": 1.5}
N = 60


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Chains of growing size, as QM9 is sorted; 20 each for training, validation and test."""
    rng = np.random.default_rng(0)
    sizes = np.sort(rng.integers(2, 9, N))
    chains = [
        make_structure(rng.choice([1, 6], n), 1.3 * np.eye(3)[rng.integers(0, 3, n)].cumsum(axis=0))
        for n in sizes
    ]
    store = build_store(tmp_path_factory.mktemp("small") / "g", iter(chains), N, progress=False)
    targets = np.stack([-7 + rng.normal(size=N), sizes.astype(float)], axis=1)  # [N, 2]
    ids = np.arange(1, N + 1).astype(str)
    return Dataset("small", ids, PROPERTIES, targets, np.arange(N) % 3, store)


@pytest.fixture(autouse=True)
def listed(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small(type(get_dataset("qm9"))):  # its molecules are QM9's, its graphs are not
        name, title, properties, published = "small", "Small", PROPERTIES, {}

        def prepare(
            self, processes: int = 2, progress: bool = True, rule: NeighborRule | None = None
        ) -> Dataset:
            return small

    monkeypatch.setitem(DATASETS, "small", Small())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a model in a pretrained/ of the test's own: nothing but a card."""
    own = tmp_path / "pretrained" / "tiny"
    own.mkdir(parents=True)
    monkeypatch.setattr(pretrained, "PRETRAINED", own.parent)
    card = f"# Tiny\n\n{cards.BEGIN}\nold figures\n{cards.END}\n\nProse stays.\n"
    (own / "card.md").write_text(card)
    return own


def trained_file(run: Path, seed: int = 0, **info: object) -> Path:
    run.mkdir(exist_ok=True)
    torch.manual_seed(seed)
    about = ModelInfo(CONFIG, "small", SEEN, NeighborRule(), TRAINED)
    save_model(run / "tiny.safetensors", GAMNet(CONFIG).state_dict(), replace(about, **info))
    return run / "tiny.safetensors"


def log_line(epoch: int, homo: float) -> str:
    line = {"epoch": epoch, "step": 10 * epoch, "hours": epoch / 2, "train_loss": 1 / epoch}
    return json.dumps({**line, "validation_mae": {"homo": homo, "cv": 0.1}}) + "\n"


def test_weights_index_card_and_table_agree(folder: Path, tmp_path: Path) -> None:
    entry = publish.publish(trained_file(tmp_path / "run"))
    assert json.loads((folder / "entry.json").read_text()) == entry
    assert pretrained.available() == {"tiny": entry}
    assert entry["sha256"] == sha256_of(folder / "weights.safetensors")
    assert entry["test"] == evaluate(str(folder / "weights.safetensors"))
    mae = {pid: found["value"] for pid, found in entry["test"]["mae"].items()}
    assert load_one("tiny").test_mae == mae
    text = (folder / "card.md").read_text()
    assert f"| HOMO energy | {mae['homo']:.4g} | meV |" in text and entry["sha256"] in text
    assert "3 epochs, 30 steps of 64 structures, 1.5 hours" in text
    assert "not measured for these weights" in text
    assert "old figures" not in text and text.endswith("Prose stays.\n")
    frame = records.read_predictions(folder / "test.parquet")
    assert len(frame) == entry["test"]["n"] == 20
    for pid, factor in (("homo", 1e3), ("cv", 1.0)):
        errors = (frame[f"{pid}_predicted"] - frame[pid]).abs().astype(float)
        assert errors.mean() * factor == pytest.approx(mae[pid], rel=1e-5)
    # A second time replaces the figures and nothing else, and leaves nothing behind.
    publish.publish(tmp_path / "run" / "tiny.safetensors")
    assert (folder / "card.md").read_text() == text
    assert {path.name for path in folder.iterdir()} == {
        "weights.safetensors", "calibration.safetensors", "card.md", "test.parquet", "entry.json",
    }  # fmt: skip


def test_the_table_names_the_structures(folder: Path, small: Dataset, tmp_path: Path) -> None:
    publish.publish(trained_file(tmp_path / "run"))
    frame = records.read_predictions(folder / "test.parquet")
    assert frame["id"].tolist() == small.ids[small.positions("test")].tolist()
    assert frame["n_atoms"].tolist() == small.graphs.n_atoms_of[small.positions("test")].tolist()
    for k, position in enumerate(small.positions("test")):
        numbers = small.graphs.batch(np.array([position])).numbers.tolist()
        carbon, hydrogen = numbers.count(6), numbers.count(1)
        expected = "".join(
            f"{s}{n if n > 1 else ''}" for s, n in (("C", carbon), ("H", hydrogen)) if n
        )
        assert frame["formula"][k] == expected
        assert frame["cv"][k] == small.targets[position, 1]


def test_the_old_model_loads_until_all_is_measured(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.publish(trained_file(tmp_path / "run"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    seen = []

    def while_measuring(*arguments: object) -> object:
        load_one("tiny")  # checks the SHA-256 in the index
        seen.append(True)
        return measure(*arguments)

    monkeypatch.setattr(publish, "measure", while_measuring)
    new = trained_file(tmp_path / "other", seed=1)
    with monkeypatch.context() as patch:
        patch.setattr(publish, "figures", lambda *_: pytest.fail("disk full"))
        with pytest.raises(pytest.fail.Exception):
            publish.publish(new)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    publish.publish(new)
    assert len(seen) == 2 and load_one("tiny").test_mae != {}
    assert (folder / "weights.safetensors").read_bytes() == new.read_bytes()


def test_the_learning_curve_goes_with_its_weights(folder: Path, tmp_path: Path) -> None:
    source = trained_file(tmp_path / "run")
    # Epoch 2 was written twice by a resumed run; epoch 4 came after these weights.
    lines = [log_line(1, 90.0), log_line(2, 80.0), log_line(2, 70.0), log_line(3, 60.0)]
    (source.parent / "log.jsonl").write_text("".join(lines) + log_line(4, 50.0))
    publish.publish(source)
    curve = records.read_curve(folder / "log.jsonl")
    assert curve["epoch"].tolist() == [1, 2, 3] and curve["homo"].tolist() == [90.0, 70.0, 60.0]
    assert curve["hours"].tolist() == [0.5, 1.0, 1.5]
    # Published again from another place, the curve of the same weights stays; of others it goes.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source = source.rename(elsewhere / source.name)
    publish.publish(source)
    assert (folder / "log.jsonl").is_file()
    publish.publish(trained_file(tmp_path / "third", seed=1))
    assert records.read_curve(folder / "log.jsonl") is None


def test_a_log_that_is_not_trainings_is_refused(folder: Path, tmp_path: Path) -> None:
    source = trained_file(tmp_path / "run")
    (source.parent / "log.jsonl").write_text(log_line(1, 90.0) + "epoch 2: fine\n")
    with pytest.raises(CheckpointError, match="Line 2 of .*log.jsonl"):
        publish.publish(source)
    assert not (folder / "weights.safetensors").exists()


@pytest.fixture
def measured(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> dict:
    """An entry with faithfulness, for QM9 molecules of which the truth puts all on one atom."""
    indices, sizes, flat = [1000, 2000, 3000], [], []
    for index in indices:
        numbers = get_dataset("qm9").structure(str(index)).numbers
        population = np.full(len(numbers), 0.01)
        population[np.flatnonzero(numbers > 1)[0]] = 1.0
        sizes.append(len(numbers))
        flat.append(population)
    (folder / "truth").mkdir()
    np.savez(
        folder / "truth" / "test.npz",
        index=np.array(indices), n_atoms=np.array(sizes), homo=np.concatenate(flat),
    )  # fmt: skip
    seen = replace(SEEN, elements=dict.fromkeys((1, 6, 7, 8, 9), 9))
    return publish.publish(trained_file(tmp_path / "run", domain=seen))


def test_faithfulness_is_measured_where_the_truth_is_known(
    measured: dict, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    truth = folder / "truth" / "test.npz"
    found = measured["faithfulness"]
    assert found.pop("truth") == "truth/test.npz"
    assert found == faithfulness(str(folder / "weights.safetensors"), truth, with_occlusion=True)
    assert set(found["homo"]) >= {"ga_scores", "element_mean"}
    scores = found["homo"]["ga_scores"]
    assert set(scores) == {"pearson", "spearman", "top1", "n"} and scores["n"] == 3
    text = (folder / "card.md").read_text()
    assert f"| HOMO energy | GA scores | {scores['pearson']:.3f} |" in text
    assert "gamnet faithfulness tiny --truth pretrained/tiny/truth/test.npz" in text
    assert f"GA scores: the map {verdict(found['homo'], 'ga_scores')}." in text
    assert "not measured" not in text
    models_command.models(json=False)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["homo", "GA", "scores", f"{scores['pearson']:.3f}"] in [row[:4] for row in rows]


@pytest.mark.parametrize(
    "reached, baseline, words",
    [
        (0.95, 0.5, "shows where the orbital is"),
        (0.8, 0.5, "roughly"),
        (0.6, 0.5, "no picture of the orbital"),
        (0.5, 0.5, "no more"),
        (0.52, 0.5, "no more"),
        (0.95, 0.93, "no more"),
    ],
)
def test_verdict_judges_against_the_element_means(
    reached: float, baseline: float, words: str
) -> None:
    maps = {"ga_scores": {"pearson": reached}, "element_mean": {"pearson": baseline}}
    assert words in verdict(maps, "ga_scores")


def test_a_card_without_a_place_for_figures_is_refused(folder: Path, tmp_path: Path) -> None:
    source = trained_file(tmp_path / "run")
    (folder / "card.md").write_text("# Tiny\n")
    with pytest.raises(CheckpointError, match="card.md.*no place for figures"):
        publish.publish(source)
    (folder / "card.md").unlink()
    with pytest.raises(CheckpointError, match="figures: begin"):
        publish.publish(source)
    assert not (folder / "entry.json").exists()


def test_a_limited_evaluation_is_a_fair_sample(small: Dataset, tmp_path: Path) -> None:
    model = load_one(str(trained_file(tmp_path)))
    whole, ten, five = (measure(model, "test", n) for n in (None, 10, 5))
    assert whole.positions.tolist() == small.positions("test").tolist()
    assert len(ten.positions) == 10 and set(five.positions) < set(ten.positions)
    assert ten.positions.tolist() == measure(model, "test", 10).positions.tolist()
    # Not the first ones, which are the smallest.
    assert ten.positions.tolist() != whole.positions[:10].tolist()
    sizes = small.graphs.n_atoms_of
    assert sizes[ten.positions].max() > sizes[whole.positions[:10]].max()
    # Each structure keeps its own prediction and target.
    place = [whole.positions.tolist().index(p) for p in ten.positions]
    np.testing.assert_allclose(ten.predicted, whole.predicted[place], atol=1e-5)
    np.testing.assert_array_equal(ten.targets, whole.targets[place])
    summary = evaluate(str(tmp_path / "tiny.safetensors"), limit=10)
    assert list(summary) == ["split", "n", "mae"] and summary["n"] == 10
    error = np.abs(ten.predicted - ten.targets)[:, 0].mean() * 1e3
    assert summary["mae"]["homo"] == {"value": pytest.approx(error), "unit": "meV"}


def test_shipped_tables_give_the_shipped_errors() -> None:
    for name, entry in pretrained.available().items():
        frame = records.read_predictions(pretrained.folder(name) / pretrained.TEST)
        assert len(frame) == entry["test"]["n"]
        for pid, mae in entry["test"]["mae"].items():
            errors = (frame[f"{pid}_predicted"] - frame[pid]).abs().astype(float)
            (factor,) = (
                prop.display_factor for prop in pretrained.entry_properties(entry) if prop.id == pid
            )
            assert errors.mean() * factor == pytest.approx(mae["value"], rel=1e-4)
        load_model(pretrained.folder(name) / pretrained.WEIGHTS, entry["sha256"])


def test_the_card_tells_of_every_run_in_order() -> None:
    guidance = {"truth": "../pretrained/qm9/truth/train.npz", "weight": 0.3}
    second = {**TRAINED, "epochs": 6, "epochs_done": 4, "guidance": guidance, "charge_weight": 0.3}
    lines = cards._training({**second, "before": TRAINED})
    assert lines == [
        "- 3 epochs, 30 steps of 64 structures, 1.5 hours",
        "- then 4 of 6 epochs, 30 steps of 64 structures, 1.5 hours, its attention taught by "
        "`train.npz`, atomic charges learnt beside",
    ]


def test_the_card_names_the_angles_if_there_are_any(tmp_path: Path) -> None:
    entry = {"test": {"split": "test", "n": 1, "mae": {}}, "dataset": "small", "sha256": "0"}
    entry["properties"] = []
    about = ModelInfo(CONFIG, "small", SEEN, NeighborRule(), TRAINED)
    angular = replace(about, config=replace(CONFIG, n_angular=4))
    for info, present in ((about, False), (angular, True)):
        text = cards.figures("tiny", {**entry, "n_parameters": 5}, info)
        assert ("edges that see angles by 4 moments per atom" in text) is present


def test_estimates_that_do_not_hold_are_not_shipped(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.publish(trained_file(tmp_path / "run"))
    assert load_one("tiny").calibration is not None
    checked = publish.check_calibration

    def half(*given: object) -> dict[str, dict[str, object]]:
        return {pid: {**found, "coverage": 0.5} for pid, found in checked(*given).items()}

    monkeypatch.setattr(publish, "check_calibration", half)
    entry = publish.publish(tmp_path / "run" / "tiny.safetensors")
    assert "calibration_sha256" not in entry and not (folder / "calibration.safetensors").exists()
    model = load_one("tiny")
    assert model.calibration is None
    text = (folder / "card.md").read_text()
    assert "| 50.0% |" in text and "These estimates do not hold" in text
