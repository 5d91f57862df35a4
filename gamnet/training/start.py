"""How a run begins: a fresh network with units fitted on training data, or trained weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError
from gamnet.network.files import load_model
from gamnet.network.scann import GAMNet
from gamnet.network.units import TargetScaling, fit_scaling
from gamnet.training.config import TrainConfig


def new_model(
    config: TrainConfig, dataset: Dataset, members: np.ndarray
) -> tuple[GAMNet, TargetScaling]:
    """A fresh network with units fitted on the training structures."""
    torch.manual_seed(config.seed)
    model = GAMNet(config.network(dataset.property_ids))
    counts = element_counts(dataset, members, model.config.max_atomic_number)
    additive = model.config.head == "additive"
    scaling = fit_scaling(dataset.property_ids, counts, dataset.targets[members], additive)
    if config.start:
        _start_from(model, Path(config.start))
        return model, scaling
    model.scale.copy_(torch.from_numpy(scaling.unit_scale))
    model.baseline.copy_(torch.from_numpy(scaling.baseline))
    model.element_reference.copy_(torch.from_numpy(scaling.element_reference))
    return model, scaling


def _start_from(model: GAMNet, path: Path) -> None:
    """Begin with the weights and units of a model file; raises ConfigError if they do not fit.

    A file without angles or charges fits as well: those parts then begin untrained, and angles
    without effect.
    """
    trained, _ = load_model(path)
    extended = replace(
        trained.config,
        n_angular=trained.config.n_angular or model.config.n_angular,
        charges=trained.config.charges or model.config.charges,
    )
    if extended != model.config:
        raise ConfigError(
            f"'{path}' has another network than the configuration asks for",
            f"Its model settings are {trained.config.to_dict()}",
        )
    # Strict but for the parts just named: every other weight follows from the configuration.
    model.load_state_dict({**model.state_dict(), **trained.state_dict()}, strict=True)


def element_counts(dataset: Dataset, positions: np.ndarray, max_z: int) -> np.ndarray:
    """Atoms of each element, [n, max_z + 1]."""
    batch = dataset.graphs.batch(positions)
    key = batch.structure * (max_z + 1) + batch.numbers
    count = torch.bincount(key, minlength=len(positions) * (max_z + 1))
    return count.view(len(positions), max_z + 1).numpy().astype(np.float64)
