"""Throughput of `gamnet screen` by number of local workers, and where a worker's time goes.

    python -m benchmarks.screening [--workers 1,2] [--n 2000] [--library FILE | --moses WHEEL]

Without a library it takes the SMILES of random QM9 molecules; --moses takes those of random
molecules of MOSES (Polykovskiy et al., Front. Pharmacol. 11, 565644 (2020)) from its package, which
`pip download --no-deps molsets==0.3.1` fetches. Run it on a machine that does nothing else, or look
at the load that it prints; the model is loaded on every worker before the clock starts.
"""

import argparse
import cProfile
import gzip
import os
import pstats
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from zipfile import ZipFile

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


def moses_library(wheel: Path, n: int, folder: Path) -> tuple[Path, int]:
    """SMILES of n random molecules of MOSES, and how many it has."""
    with ZipFile(wheel) as archive:
        tables = [
            name for name in archive.namelist() if name.endswith(("train.csv.gz", "test.csv.gz"))
        ]
        smiles = [
            line.split(",")[0]
            for name in sorted(tables)
            for line in gzip.decompress(archive.read(name)).decode().splitlines()[1:]
        ]
    chosen = np.random.default_rng(0).permutation(len(smiles))[:n]
    path = folder / "moses.smi"
    path.write_text("".join(f"{smiles[k]} {k}\n" for k in chosen))
    return path, len(smiles)


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
    """Seconds of a processor per structure: reading or embedding, neighbours, the whole rest."""
    model = load(MODEL)
    members: Iterator[Structure] = (
        item.structure for piece in pieces(library) for item in piece.items()
    )
    start = time.process_time()
    structures = [s for s in islice(members, n) if isinstance(s, Structure)]
    embedded = time.process_time()
    for structure in structures:
        build_graph(structure, model.info.rule)
    found = time.process_time()
    model.predict(structures)
    whole = time.process_time() - found
    rule = found - embedded
    parts = {"embedding": embedded - start, "neighbours": rule, "network": max(0.0, whole - rule)}
    return {name: seconds / max(1, len(structures)) for name, seconds in parts.items()}


def embedding_parts(library: Path, n: int = 100) -> dict[str, float]:
    """Shares of the time that SMILES become structures in: distance geometry, force field."""
    members = (item for piece in pieces(library) for item in piece.items())
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for _ in islice(members, n):
        pass
    profile.disable()
    found = pstats.Stats(profile).get_stats_profile()
    return {
        "distance geometry": found.func_profiles["_embedded"].cumtime / found.total_tt,
        "force field": found.func_profiles["_relax"].cumtime / found.total_tt,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screening", description=__doc__)
    parser.add_argument("--workers", default="1,2", help="numbers of local workers")
    parser.add_argument("--n", type=int, default=2000, help="molecules, without a library")
    parser.add_argument("--library", type=Path)
    parser.add_argument("--moses", type=Path, help="wheel of molsets")
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        whole = 0
        library = args.library or (None if args.moses else written_library(args.n, folder))
        if library is None:
            library, whole = moses_library(args.moses, args.n, folder)
        load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
        print(f"{os.cpu_count()} cores, load before the start (1, 5, 15 min): {load}")
        parts = shares(library)
        for name, seconds in parts.items():
            print(f"{name:>12} {1000 * seconds:8.2f} ms of a processor per structure")
        for name, share in embedding_parts(library).items():
            print(f"{name:>18} {share:6.0%} of embedding")
        rates: list[float] = []
        for workers in map(int, args.workers.split(",")):
            rates.append(throughput(library, workers, folder))
            print(
                f"{workers:>4} workers {rates[-1]:8.1f} structures/s "
                f"({rates[-1] / rates[0]:.2f} times the first)",
                flush=True,
            )
        if whole:
            each = sum(parts.values())
            for cores in (1, 100, 10_000):
                hours = whole * each / cores / 3600
                print(f"{cores:>6} cores {hours:10.3f} h for all {whole:,}, by those times alone")


if __name__ == "__main__":
    main()
