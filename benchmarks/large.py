"""Time and memory of one prediction by the number of atoms: python -m benchmarks.large.

    python -m benchmarks.large [--kinds water,crystal,slab] [--sizes 1000,10000,100000]

Each size runs in a process of its own, on one thread, after a small prediction that loads all code.
The seconds are those of the processor. Memory is the process's peak, beside what it had before;
10^6 atoms (--sizes 1000000) take most of an hour.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product

import numpy as np

from gamnet.graphs.graph import build_graph
from gamnet.network.acceleration import settle
from gamnet.prediction.auto import load
from gamnet.structures.structure import Structure, make_structure

SPACING = 3.1  # A between water molecules, as in the liquid
ROCK_SALT = 5.64  # A
JITTER = 0.1  # A, normal: no two neighbourhoods are alike


def water(n_atoms: int) -> Structure:
    """A block of water without periodicity, molecules in random orientations on a grid."""
    rng = np.random.default_rng(0)
    n = -(-n_atoms // 3)
    side = int(np.ceil(n ** (1 / 3)))
    centres = SPACING * np.stack(np.unravel_index(np.arange(n), (side, side, side)), axis=1)
    axes = np.linalg.qr(rng.normal(size=(n, 3, 3)))[0]  # [n, 3, 3], rows at right angles
    angle = np.radians(104.5)
    first = 0.96 * axes[:, 0]
    second = 0.96 * (np.cos(angle) * axes[:, 0] + np.sin(angle) * axes[:, 1])
    positions = np.stack([centres, centres + first, centres + second], axis=1).reshape(-1, 3)
    return make_structure(np.tile([8, 1, 1], n), positions, source=f"water {3 * n}")


def _salt(n_atoms: int, pbc: tuple[bool, bool, bool], repeats: Callable) -> Structure:
    cell = np.array(list(product((0, 1), repeat=3))) / 2  # [8, 3]
    numbers = np.where(cell.sum(axis=1) % 1 == 0, 11, 17)
    counts = repeats(n_atoms / 8)
    shifts = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1).reshape(-1, 3)
    positions = ROCK_SALT * (shifts[:, None] + cell).reshape(-1, 3)
    positions += np.random.default_rng(0).normal(scale=JITTER, size=positions.shape)
    lattice = ROCK_SALT * np.diag(counts)
    return make_structure(
        np.tile(numbers, len(shifts)), positions, lattice, pbc, source=f"NaCl {len(positions)}"
    )


def crystal(n_atoms: int) -> Structure:
    """A supercell of rock salt, atoms off their places."""
    return _salt(n_atoms, (True,) * 3, lambda cells: [max(1, round(cells ** (1 / 3)))] * 3)


def slab(n_atoms: int) -> Structure:
    """A slab of rock salt four cells thick, atoms off their places."""
    return _salt(
        n_atoms, (True, True, False), lambda cells: [max(1, round((cells / 4) ** 0.5))] * 2 + [4]
    )


KINDS: dict[str, tuple[Callable[[int], Structure], str]] = {
    "water": (water, "qm9"),
    "crystal": (crystal, "mp2018"),
    "slab": (slab, "mp2018"),
}


def _peak() -> int:
    """Bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(kind: str, n_atoms: int) -> dict[str, float]:
    """Seconds and bytes per atom of one prediction in this process."""
    settle(threads=1)
    make, name = KINDS[kind]
    model = load(name)
    model.predict([make(100)])
    structure, before = make(n_atoms), _peak()
    start = time.process_time()
    graph = build_graph(structure, model.info.rule)
    neighbours, after_neighbours = time.process_time() - start, _peak()
    n_edges = graph.n_edges
    del graph
    start = time.process_time()
    (prediction,) = model.predict([structure])
    whole = time.process_time() - start
    assert not prediction.error, prediction.error
    n = structure.n_atoms
    return {
        "atoms": n,
        "edges": n_edges / n,
        "neighbours_ms": 1000 * neighbours / n,
        "whole_ms": 1000 * whole / n,
        "neighbours_kb": (after_neighbours - before) / n / 1024,
        "whole_kb": (_peak() - before) / n / 1024,
        "peak_gb": _peak() / 2**30,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--sizes", default="1000,10000,100000", help="atoms, about")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    kinds, sizes = args.kinds.split(","), list(map(int, args.sizes.split(",")))
    if args.here:
        print(json.dumps(measured(kinds[0], sizes[0])))
        return
    print("| structure | atoms | neighbours, ms/atom | all, ms/atom | memory, kB/atom | peak, GB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for kind, size in product(kinds, sizes):
        command = [sys.executable, "-m", "benchmarks.large", "--here"]
        command += ["--kinds", kind, "--sizes", str(size)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False
        )
        if done.returncode:
            print(
                f"| {kind} | {size:,} | failed: exit status {done.returncode} | | | |", flush=True
            )
            continue
        one = json.loads(done.stdout)
        print(
            f"| {kind} | {one['atoms']:,} | {one['neighbours_ms']:.2f} | {one['whole_ms']:.2f} "
            f"| {one['whole_kb']:.1f} | {one['peak_gb']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
