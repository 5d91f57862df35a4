"""What each change to training speed gives: python -m benchmarks.changes.

Optimizer steps of the shipped configuration on one core, as they are and with one thing changed or
undone at a time; each in a process of its own, in turn within each round. Prints medians with the
quartiles and the ratio to the code as it is. Run it on an otherwise idle machine.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gamnet.datasets.qm9 import QM9
from gamnet.graphs.graph import GraphBatch
from gamnet.network import acceleration
from gamnet.network.interface import LayerOutput
from gamnet.network.scann import GAMNet, LocalAttention
from gamnet.processes import in_processes
from gamnet.training import muon, objective, run
from gamnet.training.config import load_config
from gamnet.training.objective import Objective
from gamnet.training.start import new_model

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "qm9.yaml"
AS_IT_IS = "as it is"


def _concatenated(
    self: LocalAttention, x: Tensor, g: Tensor, y: Tensor, batch: GraphBatch, keep: bool = True
) -> LayerOutput:
    """The layer with Linear([x_i; g; x_j]) as one product per edge, as the paper writes it."""
    weight = torch.cat(
        [self.filter_centre.weight, self.filter.weight, self.filter_neighbor.weight], dim=1
    )  # [d, 3 d]
    query = self.query(x)  # [n, d]
    triple = torch.cat([x[batch.i], g, x[batch.j]], dim=1)  # [e, 3 d]
    edge = functional.linear(triple, weight, self.filter.bias)  # [e, d]
    moments = self.angles.moments(g, y, batch.weight, batch.i, batch.n_atoms)  # [n, 8 m]
    edge = edge + self.angles(moments, y, batch.i, batch.j)  # [e, d]
    geometry = self.norm_geometry(functional.silu(edge) + g)  # [e, d]
    key = self.key(x.index_select(0, batch.j) * geometry)  # [e, d]
    attention, gathered = self._attend(query, key, batch.weight, batch.i)
    context = self.norm_context(gathered + query)  # [n, d]
    atoms = self.norm_out(context + self.ffn2(functional.silu(self.ffn1(context))))  # [n, d]
    return LayerOutput(attention, geometry, context, atoms)


def _one_product_per_edge() -> None:
    LocalAttention.forward = _concatenated


def _products_by_mkl() -> None:
    acceleration.torch.set_float32_matmul_precision = lambda precision: None


def _muon_in_float32() -> None:
    muon.native_bfloat16 = lambda: False


def _batches_as_they_come() -> None:
    objective.PAD_ATOMS = objective.PAD_EDGES = 1


def _without_angles() -> None:
    run.new_model = lambda config, *rest: new_model(
        replace(config, model={**config.model, "n_angular": 0}), *rest
    )


def _memory_given_back() -> None:
    acceleration._keep_freed_memory = lambda: None


def _layers_not_compiled() -> None:
    run.compile_layers = lambda model: None


def _muon_of_torch() -> None:
    run.Muon = partial(torch.optim.Muon, adjust_lr_fn="match_rms_adamw")
    square = GAMNet.square_weights
    GAMNet.square_weights = lambda model: [p for p in square(model) if p.ndim == 2]  # no stacks


def _adamw_alone() -> None:
    run.make_optimizers = lambda model, config: {
        "adamw": torch.optim.AdamW(model.parameters(), config.lr)
    }


def _bfloat16() -> None:
    Objective.forward = torch.autocast("cpu", torch.bfloat16)(Objective.forward)


def _nothing() -> None:
    pass


# Name -> what it undoes, structures per batch, threads.
CHANGES: dict[str, tuple[Callable[[], None], int, int]] = {
    AS_IT_IS: (_nothing, 64, 1),
    "layers not compiled": (_layers_not_compiled, 64, 1),
    "torch.optim.Muon, one matrix at a time": (_muon_of_torch, 64, 1),
    "AdamW for all weights": (_adamw_alone, 64, 1),
    "one product per edge, Linear([x_i; g; x_j])": (_one_product_per_edge, 64, 1),
    "float32 products by MKL": (_products_by_mkl, 64, 1),
    "all products in bfloat16 (autocast)": (_bfloat16, 64, 1),
    "Muon in float32": (_muon_in_float32, 64, 1),
    "batches not padded": (_batches_as_they_come, 64, 1),
    "edges do not see angles": (_without_angles, 64, 1),
    "freed memory given back to the kernel": (_memory_given_back, 64, 1),
    "batches of 256, beyond the cache": (_nothing, 256, 1),
    "two threads instead of one": (_nothing, 64, 2),
}


def rate(name: str, structures: int) -> float:
    """Molecules per second of one process with one thing undone."""
    undo, batch_size, threads = CHANGES[name]
    undo()
    return steps(structures, batch_size, threads)


def steps(structures: int, batch_size: int, threads: int) -> float:
    """Molecules per second of optimizer steps."""
    acceleration.settle(threads)
    config = replace(load_config(CONFIG), batch_size=batch_size, processes=1)
    dataset = QM9().load()
    members = dataset.positions("train")
    model, scaling = run.new_model(config, QM9(), dataset, members[:5000])
    optimizers = run.make_optimizers(model, config).values()
    run.compile_layers(model)
    objective = Objective(model, dataset, scaling.spread)
    order = np.random.default_rng(0).permutation(members)
    n_steps, warm = structures // batch_size, max(1, structures // batch_size // 4)
    for k in range(warm + n_steps):
        if k == warm:  # the first steps pay for memory and kernels
            start = time.perf_counter()
        chosen = torch.from_numpy(order[k * batch_size : (k + 1) * batch_size])
        loss = objective(chosen, torch.zeros(0, dtype=torch.int64))
        objective.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
    return n_steps * batch_size / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.changes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--structures", type=int, default=1024, help="per round and change")
    parser.add_argument("names", nargs="*", help=f"of: {'; '.join(CHANGES)} (all)")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in CHANGES]
    if unknown:
        parser.error(f"unknown: {unknown[0]}; available: {'; '.join(CHANGES)}")
    QM9().prepare()
    names = dict.fromkeys([AS_IT_IS, *(args.names or CHANGES)])
    rates: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(args.rounds):
        for name, found in rates.items():
            found += in_processes(partial(rate, structures=args.structures), [name], 1)
    print("| training as configured, molecules/s | median | quartiles | of the code as it is |")
    print("| --- | --- | --- | --- |")
    for name, found in rates.items():
        low, median, high = np.percentile(found, [25, 50, 75])
        ratio = float(np.median(np.array(found) / rates[AS_IT_IS]))
        print(f"| {name} | {median:,.0f} | {low:,.0f}-{high:,.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
