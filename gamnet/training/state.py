"""Checkpoint of a training run: everything that an exact resume needs, without pickle."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn
from torch.optim.swa_utils import AveragedModel

from gamnet.errors import CheckpointError
from gamnet.network.interface import Network
from gamnet.writing import new_file

# What may change when a run goes on: how long and on what it runs.
_FREE = ("epochs", "processes", "threads", "checkpoint_minutes")


class AveragedNetwork(AveragedModel):
    """The running mean of a network's weights."""

    module: Network


@dataclass
class TrainingState:
    """A run between two steps; data order and learning rate follow from `step` alone.

    loss_sum : of the steps of this epoch so far.
    """

    model: nn.Module
    average: AveragedNetwork
    optimizers: dict[str, torch.optim.Optimizer]
    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0


def save_state(path: Path, state: TrainingState, config: dict[str, object]) -> None:
    """Write the run; the old checkpoint stays until the new one is complete.

    Raises StorageError where it cannot be written.
    """
    tensors = {f"model.{k}": v for k, v in state.model.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in state.average.state_dict().items()}
    for kind, optimizer in state.optimizers.items():
        for number, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"{kind}.{number}.{name}": value for name, value in moments.items()}
    numbers = {name: repr(getattr(state, name)) for name in ("step", "seconds", "loss_sum")}
    header = {"config": json.dumps(config), **numbers}
    path.parent.mkdir(parents=True, exist_ok=True)
    # Bytes first: safetensors has an error of its own for a full disk.
    content = save({k: v.detach().clone().contiguous() for k, v in tensors.items()}, header)
    with new_file(path) as temporary:
        temporary.write_bytes(content)


def load_state(path: Path, state: TrainingState, config: dict[str, object]) -> None:
    """Put a checkpoint into `state`, in place.

    Raises CheckpointError if it is absent, damaged, or was written with other settings.
    """
    if not path.is_file():
        raise CheckpointError(f"No checkpoint '{path}' to resume from", "Start without --resume")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        written = json.loads(header["config"])
        step = int(header["step"])
        seconds, loss_sum = float(header["seconds"]), float(header["loss_sum"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"'{path}' is not a readable checkpoint ({error})", "Start without --resume"
        ) from error
    for key in written.keys() | config.keys():
        if key not in _FREE and written.get(key) != config.get(key):
            raise CheckpointError(
                f"'{path}' was trained with {key} = {written.get(key)}, the configuration says "
                f"{config.get(key)}",
                "Restore the setting, or start without --resume",
            )

    def part(prefix: str) -> dict[str, torch.Tensor]:
        return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}

    state.model.load_state_dict(part("model."), strict=True)
    state.average.load_state_dict(part("average."), strict=True)
    for kind, optimizer in state.optimizers.items():
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in part(f"{kind}.").items():
            number, moment = name.split(".")
            moments.setdefault(int(number), {})[moment] = value
        if not moments:
            raise CheckpointError(
                f"'{path}' was written with another optimizer", "Start without --resume"
            )
        optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    state.step, state.seconds, state.loss_sum = step, seconds, loss_sum
