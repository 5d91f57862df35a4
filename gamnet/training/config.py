"""The settings of one experiment, read from a YAML file and checked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
import yaml
from pydantic import TypeAdapter, ValidationError

from gamnet.datasets.described import SUFFIXES
from gamnet.errors import ConfigError
from gamnet.graphs.rule import NeighborRule
from gamnet.network.interface import NetworkConfig
from gamnet.network.registry import get_architecture
from gamnet.properties import Property

_Config = TypeVar("_Config")


@dataclass(frozen=True)
class GuidanceConfig:
    """Known orbital populations that teach the attention beside the values.

    truth, validation : truth files (gamnet truth) of the training and the validation split; the
        second is only watched. Paths count from the configuration file's folder.
    weight : of the divergence of GA scores from populations, beside the value loss.
    batch_size : molecules with known populations added to every step, all processes.
    """

    truth: str
    validation: str = ""
    weight: float = 1.0
    batch_size: int = 8

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.weight <= 0:
            raise ConfigError(
                f"guidance has batch_size {self.batch_size} and weight {self.weight}",
                "Use a batch_size >= 1 and a weight above 0, or leave guidance out",
            )


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    model : settings of the network other than properties and charges.
    network : its name in `gamnet.network.registry`.
    epochs : passes over the training split.  batch_size : structures per step, all processes.
    lr : largest learning rate, after `warmup_steps`; it falls to zero along a cosine.
    ema_decay : of the running mean of the weights that is evaluated and shipped.
    weights : property id -> weight of its error in the loss, 1 for those not named.
    charge_weight : of the error of atomic charges, which the network tells if it is above 0.
    clip : largest gradient norm.  processes : data-parallel processes, one device each; under
        torchrun there are as many as it starts.
    threads : threads per process on a CPU.  limit : training structures used, 0 for all.
    checkpoint_minutes : between checkpoints.
    start : model file whose weights the run begins with; empty for fresh ones.
    trunk : model file of other properties that the trunk alone begins with (transfer).
    trunk_heads : ids of intensive properties whose heads, too, are that model's.
    auxiliary : properties that teach beside the others and are left out of the model.
    copies : part of the data set -> how often its training structures come in an epoch, 1 for
        those not named; of a share, other ones come in each epoch.
    guidance : populations that teach the attention, or None.
    neighbors : rule of the graphs, the data set's own by default.
    """

    name: str
    dataset: str
    model: dict[str, object]
    network: str = "scann"
    epochs: int = 15
    batch_size: int = 64
    lr: float = 1e-3
    warmup_steps: int = 1000
    weight_decay: float = 0.01
    ema_decay: float = 0.999
    weights: dict[str, float] = field(default_factory=dict)
    charge_weight: float = 0.0
    clip: float = 10.0
    seed: int = 0
    processes: int = 2
    threads: int = 1
    limit: int = 0
    checkpoint_minutes: float = 3.0
    start: str = ""
    trunk: str = ""
    trunk_heads: tuple[str, ...] = ()
    auxiliary: tuple[str, ...] = ()
    copies: dict[str, float] = field(default_factory=dict)
    guidance: GuidanceConfig | None = None
    neighbors: NeighborRule | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "processes", "threads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"Training setting {name} is {getattr(self, name)}", "Use >= 1")
        get_architecture(self.network)
        if self.lr <= 0:
            raise ConfigError(f"lr is {self.lr:g}", "Use a value above 0")
        if self.batch_size % self.processes:
            raise ConfigError(
                f"batch_size {self.batch_size} cannot be shared by {self.processes} processes",
                "Choose a multiple",
            )
        if self.guidance and self.guidance.batch_size % self.processes:
            raise ConfigError(
                f"guidance batch_size {self.guidance.batch_size} cannot be shared by "
                f"{self.processes} processes",
                "Choose a multiple",
            )
        if self.start and self.trunk:
            raise ConfigError("The run begins from 'start' and from 'trunk'", "Name one of them")
        if self.trunk_heads and not self.trunk:
            raise ConfigError("trunk_heads are named without a trunk", "Name the model's file")
        for part, copies in self.copies.items():
            if copies < 0:
                raise ConfigError(f"copies of '{part}' is {copies}", "Use 0 or more")
        if not 0 <= self.ema_decay < 1:
            raise ConfigError(f"ema_decay is {self.ema_decay}", "Use a value from 0 to below 1")

    def network_config(
        self, properties: tuple[Property, ...], rule: NeighborRule, numbers: Sequence[int]
    ) -> NetworkConfig:
        """The network's configuration for these properties, neighbours and elements.

        Unless the file says otherwise, the radial basis ends at the rule's cutoff and the
        embedding at the largest atomic number.
        """
        given = {"properties": properties, "charges": self.charge_weight > 0}
        reach = {"max_distance": rule.cutoff, "max_atomic_number": max(numbers)}
        kind = get_architecture(self.network).config
        _check_names(self.model, kind, "model")
        return _checked({**reach, **self.model, **given}, kind, "Model")

    def weights_of(self, property_ids: tuple[str, ...]) -> np.ndarray:
        """Weights of these properties in the loss, [p]; raises ConfigError for an unknown one."""
        for property_id, weight in self.weights.items():
            if property_id not in property_ids:
                raise ConfigError(
                    f"weights names '{property_id}', which the data set '{self.dataset}' lacks",
                    f"Available: {', '.join(property_ids)}",
                )
            if weight <= 0:
                raise ConfigError(f"The weight of '{property_id}' is {weight}", "Use one above 0")
        return np.array([self.weights.get(property_id, 1.0) for property_id in property_ids])

    def to_dict(self) -> dict[str, object]:
        lists = {"auxiliary": list(self.auxiliary), "trunk_heads": list(self.trunk_heads)}
        return {**asdict(self), **lists}


def load_config(path: Path) -> TrainConfig:
    """Read a YAML file; raises ConfigError for a missing file, bad YAML or an unknown setting."""
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f"No configuration file '{path}'", "Give a file such as configs/qm9.yaml")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' is not valid YAML ({error})") from error
    if not isinstance(raw, dict) or not {"name", "dataset", "model"} <= set(raw):
        raise ConfigError(f"'{path}' lacks a setting", "Needed: name, dataset, model")
    _check_names(raw, TrainConfig, "training")
    folder = path.parent
    if str(raw["dataset"]).endswith(SUFFIXES):  # a description of a data set of one's own
        raw["dataset"] = str(folder / str(raw["dataset"]))
    for name in ("start", "trunk"):
        if raw.get(name):
            raw[name] = str(folder / str(raw[name]))
    if isinstance(raw.get("neighbors"), dict):
        _check_names(raw["neighbors"], NeighborRule, "neighbors")
    guidance = raw.get("guidance")
    if guidance is not None:
        if not isinstance(guidance, dict) or "truth" not in guidance:
            raise ConfigError(f"guidance in '{path}' names no truth file", "Needed: truth")
        _check_names(guidance, GuidanceConfig, "guidance")
        files = {
            name: str(folder / str(guidance[name]))
            for name in ("truth", "validation")
            if guidance.get(name)
        }
        raw["guidance"] = {**guidance, **files}
    return _checked(raw, TrainConfig, "Training")


def _checked(raw: dict[str, object], config: type[_Config], kind: str) -> _Config:
    """The settings with the types that they are annotated with; raises ConfigError."""
    try:
        return TypeAdapter(config).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{kind} setting {name} is {first['input']!r}", first["msg"].capitalize()
        ) from error


def _check_names(raw: dict[str, object], config: type, kind: str) -> None:
    known = {field.name for field in fields(config)}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ConfigError(
            f"Unknown {kind} setting '{unknown[0]}'", f"Available: {', '.join(sorted(known))}"
        )
