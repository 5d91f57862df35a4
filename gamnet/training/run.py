"""Training: all properties of a data set at once, resumable, on one or several devices."""

import os
import time
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor
from tqdm import tqdm

from gamnet.datasets import get_dataset
from gamnet.errors import ConfigError
from gamnet.home import gamnet_home
from gamnet.network.acceleration import compile_layers, settle
from gamnet.network.interface import Network
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.guidance import load_guidance
from gamnet.training.launch import as_started, launch
from gamnet.training.muon import Muon
from gamnet.training.objective import Objective
from gamnet.training.reporting import export_model, report
from gamnet.training.schedule import epoch_order, epoch_size, guided_batch, learning_rate
from gamnet.training.start import new_model, parts_of
from gamnet.training.state import AveragedNetwork, TrainingState, load_state, save_state

_COMPILE_FROM = 1000  # steps; compiling takes a minute


def make_optimizers(model: Network, config: TrainConfig) -> dict[str, torch.optim.Optimizer]:
    """Muon for the square weight matrices, AdamW for all else; one learning rate serves both."""
    matrices = model.square_weights()
    chosen = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    adamw = torch.optim.AdamW(others, config.lr, weight_decay=config.weight_decay)
    if not matrices:
        return {"adamw": adamw}
    return {"muon": Muon(matrices, config.lr, config.weight_decay), "adamw": adamw}


def train(path: Path, resume: bool = False, output: Path | None = None) -> Path:
    """Run a configuration file; returns the folder written, GAMNET_HOME/runs/NAME by default.

    Raises ConfigError for a bad file, and rather than overwrite an unfinished run.
    """
    config = as_started(load_config(path))
    folder = Path(output) if output else gamnet_home() / "runs" / config.name
    if folder.exists() and not resume:
        raise ConfigError(
            f"There is a run in '{folder}' already", "Go on with --resume, or remove the folder"
        )
    # Fails here, and not in every process, if the data set cannot be had.
    get_dataset(config.dataset).prepare(rule=config.neighbors)
    fit(config, folder, resume)
    return folder


def fit(config: TrainConfig, folder: Path, resume: bool = False) -> None:
    """Train, writing to `folder`: state.safetensors (resume), log.jsonl, NAME.safetensors.

    With `resume` the run goes on from its last checkpoint exactly as if it had not stopped.
    """
    launch(config, partial(_run, config=config, folder=folder, resume=resume))


def _run(fabric: Fabric, config: TrainConfig, folder: Path, resume: bool) -> None:
    if fabric.world_size > 1 and fabric.device.type == "cpu":
        settle(config.threads)  # a process of the run's own; a single one is the caller's
    source = get_dataset(config.dataset)
    dataset = source.load(config.neighbors)
    members = dataset.positions("train")[: config.limit or None]
    if config.charge_weight and dataset.charges is None:
        raise ConfigError(
            f"The data set '{config.dataset}' has no atomic charges", "Set charge_weight to 0"
        )
    model, scaling = new_model(config, source, dataset, members)
    average = AveragedNetwork(model, multi_avg_fn=partial(_update_average, config.ema_decay))
    average = average.to(fabric.device)
    optimizers = make_optimizers(model, config)
    guidance, watched, weight = None, None, 0.0
    if config.guidance is not None:
        guidance = load_guidance(Path(config.guidance.truth), dataset, "train")
        weight = config.guidance.weight
        if config.guidance.validation:
            watched = load_guidance(Path(config.guidance.validation), dataset, "validation")
    unit = scaling.spread / config.weights_of(dataset.property_ids)
    share = (fabric.global_rank, fabric.world_size)
    loss_of = Objective(model, dataset, unit, guidance, weight, config.charge_weight, share)
    objective, *steppers = fabric.setup(loss_of, *optimizers.values())
    state = TrainingState(model, average, optimizers)
    checkpoint = folder / "state.safetensors"
    if resume:
        load_state(checkpoint, state, config.to_dict())
    parts = parts_of(config, dataset, members)
    size = epoch_size(config, parts)
    per_epoch = size // config.batch_size
    if per_epoch == 0:
        raise ConfigError(
            f"batch_size {config.batch_size} is more than the {size} training structures",
            "Make it smaller, or limit larger",
        )
    n_steps = config.epochs * per_epoch
    if fabric.device.type == "cpu" and n_steps - state.step > _COMPILE_FROM:
        compile_layers(model)
    progress = tqdm(
        total=n_steps * config.batch_size,
        initial=state.step * config.batch_size,
        unit="structure",
        disable=not fabric.is_global_zero,
        mininterval=5,
        smoothing=0.05,
    )
    last_saved, command = time.monotonic(), os.getppid()
    order = np.zeros(0, np.int64)
    while state.step < n_steps:
        if fabric.world_size > 1 and os.getppid() != command:
            return  # the command was killed: its processes must not go on unseen
        epoch, k = divmod(state.step, per_epoch)
        if k == 0 or not len(order):
            order = members[epoch_order(config, parts, epoch)]
        chosen = order[k * config.batch_size : (k + 1) * config.batch_size]
        rate = learning_rate(config, state.step, n_steps)
        for group in (group for stepper in steppers for group in stepper.param_groups):
            group["lr"] = rate
        guided = guided_batch(config, len(guidance.positions) if guidance else 0, state.step)
        loss = objective(torch.from_numpy(chosen), torch.from_numpy(guided))
        objective.zero_grad()
        fabric.backward(loss)
        for stepper in steppers:
            fabric.clip_gradients(objective, stepper, max_norm=config.clip)
            stepper.step()
        average.update_parameters(model)
        state.step += 1
        state.loss_sum += cast(Tensor, fabric.all_reduce(loss.detach(), reduce_op="mean")).item()
        progress.update(config.batch_size)
        end_of_epoch = state.step % per_epoch == 0
        now = time.monotonic()
        if fabric.is_global_zero and (
            end_of_epoch or now - last_saved > 60 * config.checkpoint_minutes
        ):
            state.seconds += now - last_saved
            last_saved = now
            # The report comes first: a kill between the two repeats a line rather than losing it.
            if end_of_epoch:
                mean = state.loss_sum / per_epoch
                report(config, folder, dataset, watched, state, epoch + 1, mean, progress)
                export_model(config, folder, dataset, state, members, epoch + 1)
                state.loss_sum = 0.0
            save_state(checkpoint, state, config.to_dict())
        if end_of_epoch:
            fabric.barrier()
    progress.close()


def _update_average(
    decay: float, average: list[Tensor], current: list[Tensor], n_averaged: Tensor
) -> None:
    """Exponential mean of the weights, shorter at first so that it forgets the start."""
    n = int(n_averaged)
    torch._foreach_lerp_(average, current, 1 - min(decay, (1 + n) / (10 + n)))
