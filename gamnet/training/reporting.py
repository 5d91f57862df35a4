"""What a run tells: validation errors line by line, and the weights as a model file."""

import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from gamnet.datasets.dataset import Dataset
from gamnet.evaluation.metrics import mean_absolute_errors
from gamnet.network.files import ModelInfo, load_model, save_model
from gamnet.network.heads import without
from gamnet.prediction.inference import predicted_values
from gamnet.training.config import TrainConfig
from gamnet.training.guidance import Guidance, population_correlation
from gamnet.training.start import training_domain
from gamnet.training.state import TrainingState


def report(
    config: TrainConfig,
    folder: Path,
    dataset: Dataset,
    watched: Guidance | None,
    state: TrainingState,
    epoch: int,
    train_loss: float,
    progress: tqdm,
) -> None:
    """Validation MAE of the averaged weights: one line on the screen, one in log.jsonl."""
    validation = dataset.positions("validation")
    predicted = predicted_values(state.average.module, dataset, validation)
    mae = mean_absolute_errors(dataset.properties, predicted, dataset.targets[validation])
    line = {
        "epoch": epoch,
        "step": state.step,
        "hours": round(state.seconds / 3600, 3),
        "train_loss": round(train_loss, 5),
        "validation_mae": {pid: round(value, 4) for pid, value in mae.items()},
    }
    shown = [f"{prop.id} {mae[prop.id]:.4g} {prop.display_unit}" for prop in dataset.properties]
    if watched is not None:
        found = population_correlation(state.average.module, dataset, watched)
        line["validation_pearson"] = {pid: round(value, 4) for pid, value in found.items()}
        shown += [f"{pid} map r {value:.3f}" for pid, value in found.items()]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    progress.write(f"epoch {epoch}/{config.epochs}  validation MAE: {', '.join(shown)}", sys.stderr)


def export_model(
    config: TrainConfig, folder: Path, dataset: Dataset, state: TrainingState, members: np.ndarray,
    epochs: int,
) -> None:  # fmt: skip
    """Write the averaged weights as a model file, without what only taught."""
    trained = {
        **config.to_dict(),
        "steps": state.step,
        "epochs_done": epochs,
        "hours": round(state.seconds / 3600, 2),
    }
    for name, path in (("start", config.start), ("trunk", config.trunk)):
        if path:
            trained[name] = Path(path).name  # where it lay says nothing to others
            trained["before"] = load_model(Path(path))[1].trained
    network = without(state.average.module, config.auxiliary)
    info = ModelInfo(
        config=network.config,
        dataset=dataset.name,
        domain=training_domain(dataset, members),
        rule=dataset.graphs.rule,
        trained=trained,
    )
    save_model(folder / f"{config.name}.safetensors", network.state_dict(), info)
