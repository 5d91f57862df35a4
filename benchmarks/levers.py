"""What each choice gives to the accuracy, at equal training: python -m benchmarks.levers.

Trains the shipped configuration on the first 20,000 training molecules for two epochs, and again
with one thing changed at a time, each in a process of its own. Prints as a Markdown table the
validation errors, their mean change over the six properties, and how well the GA scores agree with
the orbitals without having been taught. Some four minutes per row on one core.
"""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from gamnet.datasets.qm9 import QM9
from gamnet.network.files import load_model
from gamnet.network.scann import GAMNet
from gamnet.processes import in_processes
from gamnet.training import run as train
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.guidance import load_guidance, population_correlation

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "qm9.yaml"
TRUTH = CONFIG.parent.parent / "pretrained" / "qm9" / "truth" / "validation.npz"
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


def _charges(weight: float) -> Callable[[TrainConfig], TrainConfig]:
    return lambda config: replace(config, charge_weight=weight)


def _weights(weights: dict[str, float]) -> Callable[[TrainConfig], TrainConfig]:
    return lambda config: replace(config, weights=weights)


LEVERS: dict[str, Callable[[TrainConfig], TrainConfig]] = {
    AS_IT_IS: lambda config: config,
    "AdamW alone, lr 1e-3": _adamw_alone,
    "lr 1e-3": _rate(1e-3),
    "lr 5e-3": _rate(5e-3),
    "batches of 32": _batch(32),
    "batches of 128": _batch(128),
    "the paper's head": _model(head="paper"),
    "variant base": _model(variant="base", n_angular=0),
    "edges do not see angles": _model(n_angular=0),
    "32 moments per atom": _model(n_angular=32),
    "no charges": _charges(0.0),
    "charges weigh 1": _charges(1.0),
    "all properties weigh the same": _weights({}),
    "5 layers": _model(n_layers=5),
    "width 96": _model(dim=96, head_dim=96),
    "width 160": _model(dim=160, head_dim=160),
}


@dataclass(frozen=True)
class Result:
    """One run.  errors : validation MAE per property, in display units.

    maps : mean Pearson correlation of GA scores with orbital populations.
    """

    errors: dict[str, float]
    maps: dict[str, float]


def run(name: str, limit: int, epochs: int) -> Result:
    """Train once, with one thing changed."""
    config = replace(load_config(CONFIG), limit=limit, epochs=epochs, warmup_steps=100, processes=1)
    with TemporaryDirectory() as folder:
        with redirect_stdout(sys.stderr):  # its progress
            train.fit(LEVERS[name](config), Path(folder))
        last = (Path(folder) / "log.jsonl").read_text().splitlines()[-1]
        model, _ = load_model(Path(folder) / f"{config.name}.safetensors")
    dataset = QM9().load()
    maps = population_correlation(model, dataset, load_guidance(TRUTH, dataset, "validation"))
    return Result(json.loads(last)["validation_mae"], maps)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levers", description=__doc__)
    parser.add_argument("--limit", type=int, default=20_000, help="training molecules")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("names", nargs="*", help=f"of: {'; '.join(LEVERS)} (all)")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in LEVERS]
    if unknown:
        parser.error(f"unknown: {unknown[0]}; available: {'; '.join(LEVERS)}")
    QM9().prepare()
    columns = [f"{prop.id} ({prop.display_unit})" for prop in QM9.properties]
    columns = ["changed", *columns, "mean change", "HOMO map r", "LUMO map r"]
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}", flush=True)
    first = None
    for name in [AS_IT_IS, *(name for name in args.names or LEVERS if name != AS_IT_IS)]:
        (found,) = in_processes(partial(run, limit=args.limit, epochs=args.epochs), [name], 1)
        first = first or found
        change = (
            np.mean(
                [
                    found.errors[pid] / first.errors[pid]
                    for pid in [prop.id for prop in QM9.properties]
                ]
            )
            - 1
        )
        cells = [
            name,
            *(f"{found.errors[pid]:.4g}" for pid in [prop.id for prop in QM9.properties]),
            f"{change:+.0%}",
            *(f"{found.maps[pid]:.2f}" for pid in ("homo", "lumo")),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
