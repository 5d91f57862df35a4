"""The processes of a run: this machine's own, or those that torchrun started on one or several."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

import torch
from lightning.fabric import Fabric
from torch.distributed import is_torchelastic_launched
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from gamnet.errors import ConfigError, GAMNetError, WorkerError
from gamnet.training.config import TrainConfig


def as_started(config: TrainConfig) -> TrainConfig:
    """The settings with as many processes as torchrun has started, unchanged without it.

    Raises ConfigError where they cannot share a batch.
    """
    if not is_torchelastic_launched():
        return config
    return replace(config, processes=int(os.environ["WORLD_SIZE"]))


def is_first() -> bool:
    """Whether this process is the one that tells and writes, of those that torchrun started."""
    return not is_torchelastic_launched() or os.environ["RANK"] == "0"


def launch(config: TrainConfig, run: Callable[[Fabric], None]) -> None:
    """Call `run` in every process of the run, each with its place among them and its device.

    What a process raises of our own errors is raised here. Raises ConfigError where there are
    fewer GPUs than processes, WorkerError where a process is killed.
    """
    outside = is_torchelastic_launched()
    here = int(os.environ["LOCAL_WORLD_SIZE"]) if outside else config.processes
    if config.processes % here:
        raise ConfigError(
            f"torchrun started {here} of {config.processes} processes on this machine",
            "Start as many on every machine: --nproc-per-node",
        )
    if torch.cuda.is_available() and torch.cuda.device_count() < here:
        raise ConfigError(
            f"{here} processes need a GPU each, this machine has {torch.cuda.device_count()}",
            "Start fewer with --nproc-per-node" if outside else "Set processes to fewer",
        )
    fabric = Fabric(
        accelerator="auto",
        devices=here,
        num_nodes=config.processes // here,
        strategy="ddp" if outside else "ddp_spawn" if here > 1 else "auto",
    )
    if outside or here == 1:
        fabric.launch(run)
        return
    errors: SimpleQueue[GAMNetError] = get_context("spawn").SimpleQueue()
    try:
        # As a partial: Fabric searches its arguments for tensors and refuses frozen dataclasses.
        fabric.launch(partial(_told, run=run, errors=errors))
    except ProcessRaisedException:
        if errors.empty():
            raise
        raise errors.get() from None
    except ProcessExitedException as error:
        raise WorkerError(
            f"A training process ended before its work was done ({error})",
            "Go on with --resume; out of memory, a smaller batch_size helps",
        ) from error


def _told(
    fabric: Fabric, run: Callable[[Fabric], None], errors: "SimpleQueue[GAMNetError]"
) -> None:
    """Run, and hand an error of ours to the process that started this one."""
    try:
        run(fabric)
    except GAMNetError as error:
        errors.put(error)
        raise
