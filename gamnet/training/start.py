"""How a run begins: a fresh network with units fitted on training data, or trained weights."""

from pathlib import Path

import numpy as np
import torch

from gamnet.datasets.dataset import Dataset
from gamnet.datasets.source import DataSource
from gamnet.errors import ConfigError
from gamnet.graphs.store import ragged_index
from gamnet.network.files import check_reach, load_model
from gamnet.network.interface import Network
from gamnet.network.registry import make_network
from gamnet.network.training_domain import TrainingDomain, measured_domain
from gamnet.network.units import TargetScaling, fit_scaling
from gamnet.training.config import TrainConfig
from gamnet.training.transfer import take_trunk


def new_model(
    config: TrainConfig, source: DataSource, dataset: Dataset, members: np.ndarray
) -> tuple[Network, TargetScaling]:
    """A fresh network with units fitted on the training structures, or the weights to start from.

    Raises ConfigError where the network does not reach what the data need.
    """
    torch.manual_seed(config.seed)
    domain = training_domain(dataset, members)
    rule = dataset.graphs.rule
    network = config.network_config(dataset.properties, rule, domain.numbers)
    check_reach(network, rule, domain.numbers)
    model = make_network(network)
    counts = element_counts(dataset, members, model.config.max_atomic_number)
    scaling = fit_scaling(
        dataset.properties, counts, dataset.targets[members], model.config.additive
    )
    if config.start:
        _start_from(model, Path(config.start))
        return model, scaling
    model.set_units(scaling)
    if config.trunk:
        take_trunk(model, Path(config.trunk), config.trunk_heads)
    return model, scaling


def _start_from(model: Network, path: Path) -> None:
    """Begin with the weights and units of a model file; raises ConfigError if they do not fit.

    Parts that the file may lack (`NetworkConfig.begins_from`) begin untrained.
    """
    trained, _ = load_model(path)
    if not model.config.begins_from(trained.config):
        raise ConfigError(
            f"'{path}' has another network than the configuration asks for",
            f"Its model settings are {trained.config.to_dict()}",
        )
    # Strict but for what may be missing: every other weight follows from the configuration.
    model.load_state_dict({**model.state_dict(), **trained.state_dict()}, strict=True)


def parts_of(config: TrainConfig, dataset: Dataset, members: np.ndarray) -> np.ndarray:
    """Part of the data set that each training structure is of, [m]; all "" where it has none.

    Raises ConfigError for copies of a part that there is not.
    """
    none = np.full(len(members), "", dtype=object)
    parts = none if dataset.parts is None else dataset.parts[members]
    unknown = sorted(set(config.copies) - set(parts.tolist()))
    if unknown:
        raise ConfigError(
            f"copies names '{unknown[0]}', of which '{dataset.name}' has no training structure",
            f"Available: {', '.join(sorted(filter(None, set(parts.tolist())))) or 'no parts'}",
        )
    return parts


def training_domain(dataset: Dataset, members: np.ndarray) -> TrainingDomain:
    """What the training structures at these positions hold."""
    atoms, n_atoms = ragged_index(dataset.graphs.atom_offset, members)
    return measured_domain(
        dataset.graphs.numbers[atoms], n_atoms, dataset.directions_of(members),
        None if dataset.charge is None else dataset.charge[members],
        None if dataset.unpaired is None else dataset.unpaired[members],
    )  # fmt: skip


def element_counts(dataset: Dataset, positions: np.ndarray, max_z: int) -> np.ndarray:
    """Atoms of each element, [n, max_z + 1]; raises ConfigError for an element beyond."""
    atoms, n_atoms = ragged_index(dataset.graphs.atom_offset, positions)
    numbers = dataset.graphs.numbers[atoms].astype(np.int64)  # [sum of n_atoms]
    if numbers.max(initial=0) > max_z:
        raise ConfigError(
            f"The data hold element {numbers.max()}, the network ends at {max_z}",
            "Set max_atomic_number to the largest atomic number",
        )
    structure = np.repeat(np.arange(len(positions)), n_atoms)  # [sum of n_atoms]
    count = np.bincount(structure * (max_z + 1) + numbers, minlength=len(positions) * (max_z + 1))
    return count.reshape(len(positions), max_z + 1).astype(np.float64)
