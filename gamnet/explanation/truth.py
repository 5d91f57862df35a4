"""Truth files: orbital populations of many QM9 molecules, computed in resumable chunks.

A truth file (npz) has `index` [m] QM9 Index, `n_atoms` [m], and for "homo" and "lumo" one flat
array of populations, molecules end to end, NaN where left out.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from tqdm import tqdm

from gamnet.datasets import qm9
from gamnet.errors import GAMNetError
from gamnet.explanation.orbitals import ACCURATE, Level, OrbitalError, frontier_orbitals
from gamnet.home import gamnet_home

CHUNK = 16  # molecules between two saves


class TruthError(GAMNetError):
    """A truth file is missing or malformed."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Per-atom populations.  index : [m] QM9 Index.  n_atoms : [m].

    populations : property id -> [sum of n_atoms], NaN where left out.
    """

    index: np.ndarray
    n_atoms: np.ndarray
    populations: dict[str, np.ndarray]

    def of(self, property_id: str) -> list[np.ndarray]:
        """Populations of each molecule, [n_atoms] each."""
        return np.split(self.populations[property_id], np.cumsum(self.n_atoms)[:-1])


def read_truth(path: Path) -> Truth:
    """Read a truth file; raises TruthError if it is absent or its arrays do not fit together."""
    path = Path(path)
    if not path.is_file():
        raise TruthError(f"No truth file '{path}'", "Make one with: gamnet truth -o FILE.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except (OSError, ValueError, TypeError, EOFError, BadZipFile) as error:
        raise TruthError(f"'{path.name}' is not an npz file of plain arrays ({error})") from error
    missing = {"index", "n_atoms"} - set(arrays)
    if missing or len(arrays) < 3:
        raise TruthError(
            f"'{path.name}' lacks {', '.join(sorted(missing)) or 'populations'}",
            "Needed: index, n_atoms, and one flat array per property",
        )
    index, n_atoms = arrays.pop("index"), arrays.pop("n_atoms")
    if {index.dtype.kind, n_atoms.dtype.kind} - set("iu"):
        raise TruthError(f"'{path.name}': index and n_atoms are not whole numbers")
    for name, flat in arrays.items():
        if len(index) != len(n_atoms) or flat.shape != (n_atoms.sum(),):
            raise TruthError(
                f"'{path.name}': {name} has shape {flat.shape} for {n_atoms.sum()} atoms of "
                f"{len(index)} molecules",
                "Write one value per atom, molecules end to end",
            )
    return Truth(index, n_atoms, arrays)


def sample(split: str, count: int, seed: int = 0) -> np.ndarray:
    """Indices of `count` random molecules of a split; a larger count extends a smaller one."""
    table = qm9.load_table()
    members = np.sort(table.index[table["split"] == split].to_numpy())
    return np.random.default_rng(seed).permutation(members)[:count]


def make_truth(
    path: Path,
    split: str = "test",
    count: int = 400,
    level: Level = ACCURATE,
    processes: int = 1,
    progress: bool = True,
) -> Truth:
    """Compute the populations of a random sample of a split and write them to `path`, an npz file.

    Finished chunks are kept in GAMNET_HOME, so that a second call goes on where the first stopped.
    Molecules whose orbitals do not converge are left out, and counted on the progress bar.
    """
    if path.suffix != ".npz":
        raise TruthError(f"'{path}' is not an npz file", "Name it FILE.npz")
    chosen = sample(split, count)
    name = f"{split}-{level.basis}-{level.grid}-{level.tolerance:g}".replace("*", "s")
    folder = gamnet_home() / "truth" / name
    folder.mkdir(parents=True, exist_ok=True)
    chunks = [chosen[k : k + CHUNK] for k in range(0, len(chosen), CHUNK)]
    # Only whole chunks are named by their place: the last one changes with `count`.
    parts = [folder / f"{k:05d}-{len(chunk)}.npz" for k, chunk in enumerate(chunks)]
    waiting = [(c, p) for c, p in zip(chunks, parts, strict=True) if not p.is_file()]
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        work = (
            pool.map(partial(_chunk, level=level), *zip(*waiting, strict=True)) if waiting else ()
        )
        bar = tqdm(
            total=len(chosen),
            initial=len(chosen) - sum(len(chunk) for chunk, _ in waiting),
            unit="molecule",
            disable=not progress,
        )
        for done in work:
            bar.update(done)
        bar.close()
    loaded = [dict(np.load(part, allow_pickle=False)) for part in parts]
    names = ("index", "n_atoms", "homo", "lumo")
    arrays = {name: np.concatenate([part[name] for part in loaded]) for name in names}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return read_truth(path)


def _chunk(chunk: np.ndarray, part: Path, level: Level) -> int:
    """Compute one chunk and write it; returns how many molecules it tried."""
    rows = []
    for index in chunk.tolist():
        try:
            found = frontier_orbitals(qm9.structure(index), level)
        except OrbitalError as error:
            tqdm.write(str(error))
            continue
        rows.append((index, found.homo_population, found.lumo_population))
    temporary = part.with_suffix(".partial.npz")
    empty = np.zeros(0)
    np.savez(
        temporary,
        index=np.array([row[0] for row in rows], np.int64),
        n_atoms=np.array([len(row[1]) for row in rows], np.int64),
        homo=np.concatenate([empty, *(row[1] for row in rows)]).astype(np.float32),
        lumo=np.concatenate([empty, *(row[2] for row in rows)]).astype(np.float32),
    )
    temporary.replace(part)
    return len(chunk)
