"""Model files: safetensors with everything needed to rebuild the network in the header."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, float32, isfinite
from torch.random import fork_rng

from gamnet.errors import CheckpointError, ConfigError
from gamnet.graphs.rule import NeighborRule
from gamnet.home import sha256_of
from gamnet.network.interface import Network, NetworkConfig
from gamnet.network.registry import get_architecture
from gamnet.network.training_domain import TrainingDomain
from gamnet.writing import new_file

SUFFIX = ".safetensors"
_BUILDING = Lock()
FORMAT = "gamnet-2"


@dataclass(frozen=True)
class ModelInfo:
    """What a model file says of itself, beside its weights.

    dataset : name of the data set.  domain : what its training split held.
    rule : neighbour rule of its graphs.  trained : training settings, for the record.
    Raises ConfigError where the network does not reach what the data need: its radial basis the
    distance up to which neighbours count fully, its embedding table the elements.
    """

    config: NetworkConfig
    dataset: str
    domain: TrainingDomain
    rule: NeighborRule
    trained: dict[str, Any]

    def __post_init__(self) -> None:
        check_reach(self.config, self.rule, self.domain.numbers)


def check_reach(config: NetworkConfig, rule: NeighborRule, numbers: Sequence[int]) -> None:
    """Raise ConfigError if neighbours or elements lie beyond what the network can tell apart.

    Where the rule fades, the tails of the radial basis reach on as far as a neighbour has weight.
    """
    if rule.full_distance > config.max_distance:
        fully = " with their full weight" if rule.fade_distance else ""
        raise ConfigError(
            f"Neighbours reach to {rule.full_distance:g} A{fully}, the radial basis to "
            f"{config.max_distance:g} A",
            "Set max_distance to the cutoff",
        )
    if max(numbers, default=0) > config.max_atomic_number:
        raise ConfigError(
            f"The data hold element {max(numbers)}, the embedding ends at "
            f"{config.max_atomic_number}",
            "Set max_atomic_number to the largest atomic number",
        )


def save_model(path: Path, state: dict[str, Tensor], info: ModelInfo) -> None:
    """Write weights and their description; the file appears only when complete.

    Raises StorageError where it cannot be written.
    """
    told = {
        "network": info.config.network,
        "config": info.config.to_dict(),
        "dataset": info.dataset,
        "domain": info.domain.to_dict(),
        "rule": asdict(info.rule),
        "trained": info.trained,
    }
    header = {"format": FORMAT, "info": json.dumps(told)}
    # Bytes first: safetensors has an error of its own for a full disk.
    content = save({name: t.contiguous() for name, t in state.items()}, metadata=header)
    with new_file(path) as temporary:
        temporary.write_bytes(content)


def load_model(path: Path, sha256: str | None = None) -> tuple[Network, ModelInfo]:
    """Rebuild the network of a model file, in evaluation mode, strictly.

    Raises CheckpointError if the file is missing, unreadable, not ours, differs from `sha256`,
    or does not hold exactly the weights that its configuration asks for.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"No model file '{path}'", "Check the name, or train the model")
    if sha256 is not None and sha256_of(path) != sha256:
        raise CheckpointError(
            f"The model file '{path.name}' is not the one that was shipped (its SHA-256 differs)",
            "Fetch it again",
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"'{path.name}' is not a readable safetensors file ({error})", "Fetch it again"
        ) from error
    _check_numbers(path.name, state)
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"'{path.name}' is not a GAMNet model",
            f"Its header must say format {FORMAT}, it says {header.get('format')}",
        )
    try:
        raw = json.loads(header["info"])
        architecture = get_architecture(raw["network"])
        info = ModelInfo(
            config=architecture.config.from_dict(raw["config"]),
            dataset=raw["dataset"],
            domain=TrainingDomain.from_dict(raw["domain"]),
            rule=NeighborRule(**raw["rule"]),
            trained=raw["trained"],
        )
        # What a fresh network draws at random is the caller's sequence.
        with _BUILDING, fork_rng(devices=[]):
            model = architecture.make(info.config)
        model.load_state_dict(state, strict=True)
    except ConfigError as error:
        raise CheckpointError(
            f"The header of '{path.name}' is damaged: {error.subject}", error.remedy
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"The header of '{path.name}' does not fit its weights ({error})",
            "Use the version of gamnet that wrote it",
        ) from error
    return model.eval(), info


def _check_numbers(name: str, state: dict[str, Tensor]) -> None:
    """Raise CheckpointError for weights in another precision, or that are not finite."""
    for key, tensor in state.items():
        if tensor.dtype != float32:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise CheckpointError(
                f"'{name}' holds {key} as {kind}", "Its weights must be 32-bit floating-point"
            )
        if not isfinite(tensor).all():
            raise CheckpointError(f"'{name}' holds a value of {key} that is NaN or infinite")
