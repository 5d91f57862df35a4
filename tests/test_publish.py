"""Shipping a model: the index, the card's figures, and the checksum that is loaded later."""

import json
from pathlib import Path

import pytest
import torch

from gamnet import pretrained, publish
from gamnet.checkpoints import ModelInfo, save_model, sha256_of
from gamnet.errors import CheckpointError
from gamnet.model import GAMNet, GAMNetConfig
from gamnet.predict import load
from gamnet.voronoi import NeighborRule

CONFIG = GAMNetConfig(("homo",), dim=8, n_heads=2, n_layers=1, embedding_dim=4, head_dim=8)
TRAINED = {"epochs": 3, "steps": 1718, "batch_size": 64, "hours": 1.5}
TEST = {"split": "test", "n": 10_831, "mae": {"homo": {"value": 41.25, "unit": "meV"}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shipped = tmp_path / "pretrained"
    shipped.mkdir()
    monkeypatch.setattr(publish, "FOLDER", shipped)
    monkeypatch.setattr(pretrained, "FOLDER", shipped)
    monkeypatch.setattr(publish, "evaluate", lambda name: TEST)
    return shipped


def trained_file(folder: Path) -> Path:
    torch.manual_seed(0)
    info = ModelInfo(CONFIG, "qm9", (1, 6), 29, False, NeighborRule(), TRAINED)
    save_model(folder / "tiny.safetensors", GAMNet(CONFIG).state_dict(), info)
    return folder / "tiny.safetensors"


def test_index_card_and_weights_agree(folder: Path, tmp_path: Path) -> None:
    card = folder / "tiny.md"
    card.write_text(f"# Tiny\n\n{publish.BEGIN}\nold figures\n{publish.END}\n\nProse stays.\n")
    entry = publish.publish(trained_file(tmp_path))
    assert json.loads((folder / "index.json").read_text()) == {"tiny": entry}
    assert entry["sha256"] == sha256_of(folder / "tiny.safetensors")
    text = card.read_text()
    assert "| HOMO energy | 41.25 | meV |" in text and entry["sha256"] in text
    assert "3 epochs, 1,718 steps of 64 structures, 1.5 hours" in text
    assert "old figures" not in text and text.endswith("Prose stays.\n")
    assert load("tiny").test_mae == {"homo": 41.25}
    # A second time replaces the figures and nothing else.
    publish.publish(tmp_path / "tiny.safetensors")
    assert card.read_text() == text


def test_a_card_without_a_place_for_figures_is_refused(folder: Path, tmp_path: Path) -> None:
    source = trained_file(tmp_path)
    with pytest.raises(CheckpointError, match="tiny.md.*no place for figures"):
        publish.publish(source)
    (folder / "tiny.md").write_text("# Tiny\n")
    with pytest.raises(CheckpointError, match="figures: begin"):
        publish.publish(source)
    assert not (folder / "index.json").exists()
