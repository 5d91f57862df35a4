"""Molecules per second on this machine: python -m benchmarks.speed.

Graph building, inference and training of all six QM9 targets, both variants, measured in turn
within each round, so that a busy moment hits all alike. Prints medians with the quartiles beside
what the reference implementation needs for one target. Run it on an otherwise idle machine.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from lightning.fabric import Fabric

from gamnet.datasets.dataset import Dataset
from gamnet.datasets.qm9 import QM9
from gamnet.graphs.graph import build_graph
from gamnet.network.acceleration import compile_layers, settle
from gamnet.prediction.inference import predicted_values
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.objective import Objective
from gamnet.training.run import make_optimizers
from gamnet.training.start import new_model

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "qm9.yaml"
# Name -> model settings; as in the paper, and as shipped, whose edges see angles.
VARIANTS = {
    "base": {"variant": "base", "n_angular": 0},
    "plus": {"n_angular": 0},
    "plus with angles": {},
}
# Measured on a two-core machine without GPU, for one target (epoch of 110,000: 877 and 1,698 s).
REFERENCE = {
    "graphs": "13-16",
    "inference, base": "379",
    "inference, plus": "227",
    "inference, plus with angles": "–",
    "training, base": "125",
    "training, plus": "65",
    "training, plus with angles": "–",
}


def rate(work: Callable[[], int]) -> float:
    """Molecules per second of one call, which returns how many it did."""
    start = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - start)


def build_graphs(structures: list) -> int:
    """Voronoi graphs, one by one."""
    for structure in structures:
        build_graph(structure, QM9.rule)
    return len(structures)


def infer(model: torch.nn.Module, dataset: Dataset, positions: np.ndarray) -> int:
    """All six values and GA scores."""
    predicted_values(model, dataset, positions)
    return len(positions)


def steps(fabric: Fabric, config: TrainConfig, n_steps: int, rounds: int, out: Path) -> None:
    """Time rounds of optimizer steps and write the rates of all processes together."""
    settle(1)
    dataset = QM9().load()
    members = dataset.positions("train")
    model, scaling = new_model(config, QM9(), dataset, members[:5000])
    optimizers = make_optimizers(model, config).values()
    objective, *optimizers = fabric.setup(Objective(model, dataset, scaling.spread), *optimizers)
    compile_layers(model)

    def work(number: int) -> int:
        order = np.random.default_rng(number).permutation(members)
        for k in range(n_steps):
            chosen = order[k * config.batch_size : (k + 1) * config.batch_size]
            own = torch.from_numpy(chosen[fabric.global_rank :: fabric.world_size])
            loss = objective(own, torch.zeros(0, dtype=torch.int64))
            objective.zero_grad()
            fabric.backward(loss)
            for optimizer in optimizers:
                optimizer.step()
        return n_steps * config.batch_size

    work(0)  # the first steps pay for memory and kernels
    rates = []
    for number in range(1, rounds + 1):
        fabric.barrier()
        rates.append(rate(partial(work, number)))
    if fabric.is_global_zero:
        np.save(out, rates)


def training_rates(variant: str, processes: int, n_steps: int, rounds: int) -> list[float]:
    """Rates of several rounds of training with one thread per process."""
    config = load_config(CONFIG)
    config = replace(config, model={**config.model, **VARIANTS[variant]}, processes=processes)
    strategy = "ddp_spawn" if processes > 1 else "auto"
    fabric = Fabric(accelerator="cpu", devices=processes, strategy=strategy)
    with TemporaryDirectory() as folder:
        out = Path(folder) / "rates.npy"
        work = partial(steps, config=config, n_steps=n_steps, rounds=rounds, out=out)
        fabric.launch(work)
        return np.load(out).tolist()


def measurements(
    rounds: int, molecules: int, n_steps: int, n_processes: Sequence[int], variants: Sequence[str]
) -> Iterator[tuple[str, list[float]]]:
    """Name and rates of everything that is measured."""
    settle(1)
    dataset = QM9().prepare()
    test = np.random.default_rng(0).permutation(dataset.positions("test"))[:molecules]
    structures = [QM9().structure(dataset.ids[k]) for k in test]
    config = load_config(CONFIG)
    works = {"graphs": partial(build_graphs, structures)}
    for variant in variants:
        chosen = replace(config, model={**config.model, **VARIANTS[variant]})
        model, _ = new_model(chosen, QM9(), dataset, test)
        works[f"inference, {variant}"] = partial(infer, model, dataset, np.sort(test))
    for work in works.values():
        work()
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            rates[name].append(rate(work))
    yield from rates.items()
    for processes in n_processes:
        for variant in variants:
            name = f"training, {variant}, {processes} process{'es' if processes > 1 else ''}"
            yield name, training_rates(variant, processes, n_steps, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--molecules", type=int, default=1024, help="per round of inference")
    parser.add_argument("--steps", type=int, default=16, help="per round of training")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="that train")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    args = parser.parse_args()
    print("| molecules/s | median | quartiles | reference, one target |")
    print("| --- | --- | --- | --- |")
    sizes = (args.rounds, args.molecules, args.steps, args.processes, args.variants)
    for name, rates in measurements(*sizes):
        low, median, high = np.percentile(rates, [25, 50, 75])
        kind = ", ".join(name.split(", ")[:2])
        print(
            f"| {name} | {median:,.0f} | {low:,.0f}-{high:,.0f} | {REFERENCE[kind]} |", flush=True
        )


if __name__ == "__main__":
    main()
