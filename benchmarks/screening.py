"""Throughput of `gamnet screen` by number of local workers, and where a worker's time goes.

    python -m benchmarks.screening [--workers 1,2] [--n 2000] [--library FILE]

Without a library it takes the SMILES of random QM9 molecules. Run it on a machine that does nothing
else; the model is loaded on every worker before the clock starts.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from gamnet.datasets import get_dataset
from gamnet.graphs.graph import build_graph
from gamnet.prediction.auto import load
from gamnet.screening.dask import cluster
from gamnet.screening.library import Piece, pieces
from gamnet.screening.screen import Run, Task, screen, weights_of
from gamnet.structures.structure import Structure

MODEL = "qm9"


def written_library(n: int, folder: Path) -> Path:
    """SMILES of n random molecules of QM9."""
    smiles = get_dataset("qm9").table()["smiles"]
    chosen = np.random.default_rng(0).permutation(len(smiles))[:n]
    path = folder / "qm9.smi"
    path.write_text("".join(f"{smiles.iloc[k]} {smiles.index[k]}\n" for k in chosen))
    return path


def warmed(run: Run, library: Path, workers: int) -> None:
    """Load the model on every worker: one small piece for each, several times over."""
    first = next(pieces(library, size=1))
    copies: Iterable[Piece] = (
        Piece(place, first.name, first.ids, first.members, 1.0) for place in range(8 * workers)
    )
    for _ in run(copies, Task(MODEL, weights_of(MODEL), False)):
        pass


def throughput(library: Path, workers: int, folder: Path) -> float:
    """Structures per second with so many workers."""
    os.environ["GAMNET_HOME"] = str(folder / f"home-{workers}")
    with cluster(workers=workers) as run:
        warmed(run, library, workers)
        start = time.perf_counter()
        done = screen(library, folder / "results.parquet", run, MODEL, size=64, progress=False)
        return done.n / (time.perf_counter() - start)


def shares(library: Path, n: int = 300) -> dict[str, float]:
    """Seconds per structure in one process: reading or embedding, neighbours, the whole rest."""
    model = load(MODEL)
    members: Iterator[Structure] = (
        item.structure for piece in pieces(library) for item in piece.items()
    )
    start = time.perf_counter()
    structures = [s for s in islice(members, n) if isinstance(s, Structure)]
    embedded = time.perf_counter()
    for structure in structures:
        build_graph(structure, model.info.rule)
    found = time.perf_counter()
    model.predict(structures)
    whole = time.perf_counter() - found
    rule = found - embedded
    parts = {"embedding": embedded - start, "neighbours": rule, "network": max(0.0, whole - rule)}
    return {name: seconds / max(1, len(structures)) for name, seconds in parts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screening", description=__doc__)
    parser.add_argument("--workers", default="1,2", help="numbers of local workers")
    parser.add_argument("--n", type=int, default=2000, help="molecules, without a library")
    parser.add_argument("--library", type=Path)
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        library = args.library or written_library(args.n, folder)
        for name, seconds in shares(library).items():
            print(f"{name:>12} {1000 * seconds:8.2f} ms per structure")
        rates: list[float] = []
        for workers in map(int, args.workers.split(",")):
            rates.append(throughput(library, workers, folder))
            print(
                f"{workers:>4} workers {rates[-1]:8.1f} structures/s "
                f"({rates[-1] / rates[0]:.2f} times the first)"
            )


if __name__ == "__main__":
    main()
