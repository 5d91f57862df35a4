"""Training: all properties of a data set at once, resumable, on one or several devices."""

import json
import math
import os
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from gamnet.datasets import DATASETS
from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError, UnknownDatasetError
from gamnet.evaluation.metrics import mean_absolute_errors, predicted_values
from gamnet.graphs.graph import padded
from gamnet.home import gamnet_home
from gamnet.network.acceleration import compile_layers, fast_products, keep_freed_memory
from gamnet.network.files import ModelInfo, load_model, save_model
from gamnet.network.scann import GAMNet
from gamnet.network.units import TargetScaling, fit_scaling
from gamnet.properties import get_property
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.guidance import Guidance, guidance_loss, load_guidance, map_correlation
from gamnet.training.muon import Muon, matrix_parameters
from gamnet.training.state import TrainingState, load_state, save_state

PAD_ATOMS, PAD_EDGES = 128, 256  # multiples: a few shapes for batches of 64 molecules
CHARGE_SPREAD = 0.25  # e, one unit of the network's charges: the spread in QM9
_COMPILE_FROM = 1000  # steps; compiling takes a minute


def learning_rate(config: TrainConfig, step: int, n_steps: int) -> float:
    """Linear warm-up, then a cosine that ends at zero with the last step."""
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(n_steps - config.warmup_steps, 1)
    return config.lr * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def epoch_order(config: TrainConfig, n: int, epoch: int) -> np.ndarray:
    """The order of the training structures in an epoch; depends on seed and epoch alone."""
    return np.random.default_rng((config.seed, epoch)).permutation(n)


def guided_batch(config: TrainConfig, n: int, step: int) -> np.ndarray:
    """Which of n guided molecules a step adds; depends on seed and step alone."""
    if config.guidance is None:
        return np.zeros(0, np.int64)
    count = min(config.guidance.batch_size, n)
    return np.random.default_rng((config.seed, 1, step)).choice(n, count, replace=False)


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


def make_optimizers(model: GAMNet, config: TrainConfig) -> dict[str, torch.optim.Optimizer]:
    """Muon for the square weight matrices, AdamW for all else; one learning rate serves both."""
    matrices = matrix_parameters(model, model.config.dim)
    chosen = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    return {
        "muon": Muon(matrices, config.lr, config.weight_decay),
        "adamw": torch.optim.AdamW(others, config.lr, weight_decay=config.weight_decay),
    }


def element_counts(dataset: Dataset, positions: np.ndarray, max_z: int) -> np.ndarray:
    """Atoms of each element, [n, max_z + 1]."""
    batch = dataset.graphs.batch(positions)
    key = batch.structure * (max_z + 1) + batch.numbers
    count = torch.bincount(key, minlength=len(positions) * (max_z + 1))
    return count.view(len(positions), max_z + 1).numpy().astype(np.float64)


class Objective(nn.Module):
    """The loss of a batch: mean absolute error in units of each property's spread / weight.

    With guidance, `weight` times the divergence of GA scores from known populations is added. It
    takes positions in the data set and not a batch, which Fabric's wrapper cannot pass on.
    """

    def __init__(
        self, model: GAMNet, dataset: Dataset, unit: np.ndarray, guidance: Guidance | None = None,
        weight: float = 0.0, charge_weight: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.model = model
        self.dataset = dataset
        self.guidance = guidance
        self.weight = weight
        self.charge_weight = charge_weight
        self.register_buffer("unit", torch.from_numpy(unit).float())  # [p]

    def forward(self, positions: Tensor, guided: Tensor) -> Tensor:
        """positions [s] in the data set; guided [m] in the guidance, empty without one."""
        chosen, known = positions.cpu().numpy(), guided.cpu().numpy()
        if len(known):
            chosen = np.concatenate([chosen, self.guidance.positions[known]])  # [s + m]
        targets = torch.from_numpy(self.dataset.targets[chosen]).float()  # [s + m, p]
        batch = self.dataset.graphs.batch(chosen)
        out = self.model(padded(batch, PAD_ATOMS, PAD_EDGES).to(self.unit.device))
        values = out.values[: batch.n_structures]  # [s + m, p]
        loss = ((values - targets.to(self.unit.device)).abs() / self.unit).mean()
        if len(known):
            loss = loss + self.weight * guidance_loss(
                out.ga_scores[: batch.n_atoms], self.guidance, known
            )
        if out.charges is not None:
            charges = torch.from_numpy(self.dataset.charges_of(chosen)).float()  # [n]
            told = out.charges[: batch.n_atoms]
            error = told - charges.to(told.device) / CHARGE_SPREAD
            loss = loss + self.charge_weight * error.abs().mean()
        return loss


def train(path: Path, resume: bool = False, output: Path | None = None) -> Path:
    """Run a configuration file; returns the folder written, GAMNET_HOME/runs/NAME by default.

    Raises ConfigError for a bad file, and rather than overwrite an unfinished run.
    """
    config = load_config(path)
    folder = Path(output) if output else gamnet_home() / "runs" / config.name
    if folder.exists() and not resume:
        raise ConfigError(
            f"There is a run in '{folder}' already", "Go on with --resume, or remove the folder"
        )
    # Fails here, and not in every process, if the data set cannot be had.
    _data_module(config).prepare()
    fit(config, folder, resume)
    return folder


def _data_module(config: TrainConfig) -> ModuleType:
    if config.dataset not in DATASETS:
        raise UnknownDatasetError(
            f"Unknown data set '{config.dataset}'", f"Available: {', '.join(DATASETS)}"
        )
    return DATASETS[config.dataset]


def fit(config: TrainConfig, folder: Path, resume: bool = False) -> None:
    """Train, writing to `folder`: state.safetensors (resume), log.jsonl, NAME.safetensors.

    With `resume` the run goes on from its last checkpoint exactly as if it had not stopped.
    """
    fabric = Fabric(
        accelerator="auto",
        devices=config.processes,
        strategy="ddp_spawn" if config.processes > 1 else "auto",
    )
    # As a partial: Fabric searches its arguments for tensors and refuses frozen dataclasses.
    fabric.launch(partial(_run, config=config, folder=folder, resume=resume))


@fast_products()
def _run(fabric: Fabric, config: TrainConfig, folder: Path, resume: bool) -> None:
    if fabric.device.type == "cpu":
        torch.set_num_threads(config.threads)
        keep_freed_memory()
    dataset = _data_module(config).load()
    members = dataset.positions("train")[: config.limit or None]
    if config.charge_weight and dataset.charges is None:
        raise ConfigError(
            f"The data set '{config.dataset}' has no atomic charges", "Set charge_weight to 0"
        )
    model, scaling = new_model(config, dataset, members)
    average = AveragedModel(model, multi_avg_fn=partial(_update_average, config.ema_decay))
    average = average.to(fabric.device)
    optimizers = make_optimizers(model, config)
    guidance, watched, weight = None, None, 0.0
    if config.guidance is not None:
        guidance = load_guidance(Path(config.guidance.truth), dataset, "train")
        weight = config.guidance.weight
        if config.guidance.validation:
            watched = load_guidance(Path(config.guidance.validation), dataset, "validation")
    unit = scaling.spread / config.weights_of(dataset.property_ids)
    loss_of = Objective(model, dataset, unit, guidance, weight, config.charge_weight)
    objective, *steppers = fabric.setup(loss_of, *optimizers.values())
    state = TrainingState(model, average, optimizers)
    checkpoint = folder / "state.safetensors"
    if resume:
        load_state(checkpoint, state, config.to_dict())
    per_epoch = len(members) // config.batch_size
    if per_epoch == 0:
        raise ConfigError(
            f"batch_size {config.batch_size} is more than the {len(members)} training structures",
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
    order, losses = np.zeros(0, np.int64), []
    while state.step < n_steps:
        if fabric.world_size > 1 and os.getppid() != command:
            return  # the command was killed: its processes must not go on unseen
        epoch, k = divmod(state.step, per_epoch)
        if k == 0 or not len(order):
            order = members[epoch_order(config, len(members), epoch)]
        chosen = order[k * config.batch_size : (k + 1) * config.batch_size]
        chosen = chosen[fabric.global_rank :: fabric.world_size]
        rate = learning_rate(config, state.step, n_steps)
        for group in (group for stepper in steppers for group in stepper.param_groups):
            group["lr"] = rate
        guided = guided_batch(config, len(guidance.positions) if guidance else 0, state.step)
        guided = guided[fabric.global_rank :: fabric.world_size]
        loss = objective(torch.from_numpy(chosen), torch.from_numpy(guided))
        objective.zero_grad()
        fabric.backward(loss)
        for stepper in steppers:
            fabric.clip_gradients(objective, stepper, max_norm=config.clip)
            stepper.step()
        average.update_parameters(model)
        state.step += 1
        losses.append(loss.item())
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
                _report(config, folder, dataset, watched, state, epoch + 1, losses, progress)
                _export(config, folder, dataset, state, members)
            save_state(checkpoint, state, config.to_dict())
        if end_of_epoch:
            losses = []
            fabric.barrier()
    progress.close()


def _update_average(
    decay: float, average: list[Tensor], current: list[Tensor], n_averaged: Tensor
) -> None:
    """Exponential mean of the weights, shorter at first so that it forgets the start."""
    n = int(n_averaged)
    torch._foreach_lerp_(average, current, 1 - min(decay, (1 + n) / (10 + n)))


def _report(
    config: TrainConfig,
    folder: Path,
    dataset: Dataset,
    watched: Guidance | None,
    state: TrainingState,
    epoch: int,
    losses: list[float],
    progress: tqdm,
) -> None:
    """Validation MAE of the averaged weights: one line on the screen, one in log.jsonl."""
    validation = dataset.positions("validation")
    predicted = predicted_values(state.average.module, dataset, validation)
    mae = mean_absolute_errors(dataset.property_ids, predicted, dataset.targets[validation])
    line = {
        "epoch": epoch,
        "step": state.step,
        "hours": round(state.seconds / 3600, 3),
        "train_loss": round(float(np.mean(losses)), 5),
        "validation_mae": {pid: round(value, 4) for pid, value in mae.items()},
    }
    shown = [f"{pid} {mae[pid]:.4g} {get_property(pid).display_unit}" for pid in mae]
    if watched is not None:
        found = map_correlation(state.average.module, dataset, watched)
        line["validation_pearson"] = {pid: round(value, 4) for pid, value in found.items()}
        shown += [f"{pid} map r {value:.3f}" for pid, value in found.items()]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    progress.write(f"epoch {epoch}/{config.epochs}  validation MAE: {', '.join(shown)}", sys.stderr)


def _export(
    config: TrainConfig, folder: Path, dataset: Dataset, state: TrainingState, members: np.ndarray
) -> None:
    """Write the averaged weights as a model file."""
    batch = dataset.graphs.batch(members)
    source = _data_module(config)
    trained = {
        **config.to_dict(),
        "steps": state.step,
        "epochs_done": state.step // (len(members) // config.batch_size),
        "hours": round(state.seconds / 3600, 2),
    }
    if config.start:
        trained["start"] = Path(config.start).name  # where it lay says nothing to others
        trained["before"] = load_model(Path(config.start))[1].trained
    info = ModelInfo(
        config=state.average.module.config,
        dataset=dataset.name,
        elements=tuple(int(z) for z in torch.unique(batch.numbers)),
        max_atoms=int(batch.n_atoms_of.max()),
        periodic=source.PERIODIC,
        rule=source.RULE,
        trained=trained,
    )
    save_model(folder / f"{config.name}.safetensors", state.average.module.state_dict(), info)
