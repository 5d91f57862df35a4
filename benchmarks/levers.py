"""What each choice gives to the accuracy, at equal training: python -m benchmarks.levers.

Trains the shipped configuration on the first 20,000 training molecules for two epochs, and again
with one thing changed at a time, each in a process of its own. Prints the validation errors, their
mean change over the six properties, and a run's time beside the first's, as a Markdown table.
Some four minutes per row on one core.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from gamnet import train
from gamnet.datasets import qm9
from gamnet.model import GAMNet
from gamnet.properties import get_property
from gamnet.training_config import TrainConfig, load_config

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "qm9.yaml"
AS_IT_IS = "as it is"


def _model(**settings: object) -> Callable[[TrainConfig], TrainConfig]:
    """Other settings of the network."""
    return lambda config: replace(config, model={**config.model, **settings})


def _adamw_alone(config: TrainConfig) -> TrainConfig:
    """AdamW for every weight, at the learning rate that suits it."""

    def optimizers(model: GAMNet, config: TrainConfig) -> dict[str, torch.optim.Optimizer]:
        decay = config.weight_decay
        return {"adamw": torch.optim.AdamW(model.parameters(), config.lr, weight_decay=decay)}

    train.make_optimizers = optimizers
    return replace(config, lr=1e-3)


def _batch(size: int) -> Callable[[TrainConfig], TrainConfig]:
    return lambda config: replace(config, batch_size=size)


def _rate(lr: float) -> Callable[[TrainConfig], TrainConfig]:
    return lambda config: replace(config, lr=lr)


LEVERS: dict[str, Callable[[TrainConfig], TrainConfig]] = {
    AS_IT_IS: lambda config: config,
    "AdamW alone, lr 1e-3": _adamw_alone,
    "lr 1e-3": _rate(1e-3),
    "lr 5e-3": _rate(5e-3),
    "batches of 32": _batch(32),
    "batches of 128": _batch(128),
    "the paper's head": _model(head="paper"),
    "variant base": _model(variant="base"),
    "5 layers": _model(n_layers=5),
    "width 96": _model(dim=96, head_dim=96),
    "width 160": _model(dim=160, head_dim=160),
}


def run(name: str, limit: int, epochs: int) -> tuple[dict[str, float], float]:
    """Train once; validation MAE per property, in display units, and seconds."""
    config = replace(load_config(CONFIG), limit=limit, epochs=epochs, warmup_steps=100, processes=1)
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        train.fit(LEVERS[name](config), Path(folder))
        seconds = time.perf_counter() - start
        last = (Path(folder) / "log.jsonl").read_text().splitlines()[-1]
    return json.loads(last)["validation_mae"], seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levers", description=__doc__)
    parser.add_argument("--limit", type=int, default=20_000, help="training molecules")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("names", nargs="*", help=f"of: {'; '.join(LEVERS)} (all)")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in LEVERS]
    if unknown:
        parser.error(f"unknown: {unknown[0]}; available: {'; '.join(LEVERS)}")
    qm9.prepare()
    columns = [f"{pid} ({get_property(pid).display_unit})" for pid in qm9.PROPERTY_IDS]
    print(f"| changed | {' | '.join(columns)} | mean | time |\n| --- |{' --- |' * 8}", flush=True)
    for name in [AS_IT_IS, *(name for name in args.names or LEVERS if name != AS_IT_IS)]:
        with get_context("spawn").Pool(1) as pool:
            errors, seconds = pool.apply(run, (name, args.limit, args.epochs))
        if name == AS_IT_IS:
            first, first_seconds = errors, seconds
        change = np.mean([errors[pid] / first[pid] for pid in qm9.PROPERTY_IDS]) - 1
        figures = " | ".join(f"{errors[pid]:.4g}" for pid in qm9.PROPERTY_IDS)
        print(f"| {name} | {figures} | {change:+.0%} | {seconds / first_seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
