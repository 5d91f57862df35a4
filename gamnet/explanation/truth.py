"""Truth files: orbital populations of many molecules of a data set, in resumable chunks.

A truth file (npz) has `index` [m], the data set's ids (whole numbers where all are, as of QM9, else
text), `n_atoms` [m], and for "homo" and "lumo" one flat array of populations, molecules end to
end, NaN where left out.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from tqdm import tqdm

from gamnet.chunks import NPZ, chunk_path, keep_chunk, make_chunk, read_chunk
from gamnet.datasets.source import ClosedShellMolecules, DataSource
from gamnet.errors import GAMNetError, UnknownDatasetError
from gamnet.explanation.orbitals import ACCURATE, Level, OrbitalError, frontier_orbitals
from gamnet.home import gamnet_home
from gamnet.processes import in_processes
from gamnet.writing import new_file

CHUNK = 16  # molecules between two saves


class TruthError(GAMNetError):
    """A truth file is missing or malformed."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Per-atom populations.  index : [m] ids, whole numbers or text.  n_atoms : [m].

    populations : property id -> [sum of n_atoms], NaN where left out.
    """

    index: np.ndarray
    n_atoms: np.ndarray
    populations: dict[str, np.ndarray]

    @property
    def ids(self) -> list[str]:
        """The data set's ids of the molecules, as text."""
        return [str(id) for id in self.index.tolist()]

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
    if index.dtype.kind not in "iuU" or n_atoms.dtype.kind not in "iu":
        raise TruthError(
            f"'{path.name}': index is not of whole numbers or text, or n_atoms not of whole numbers"
        )
    for name, flat in arrays.items():
        if len(index) != len(n_atoms) or flat.shape != (n_atoms.sum(),):
            raise TruthError(
                f"'{path.name}': {name} has shape {flat.shape} for {n_atoms.sum()} atoms of "
                f"{len(index)} molecules",
                "Write one value per atom, molecules end to end",
            )
    return Truth(index, n_atoms, arrays)


def write_truth(path: Path, truth: Truth) -> None:
    """Write a truth file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # As Any: the stubs take every named array for the option beside them.
    arrays: dict[str, Any] = {"index": truth.index, "n_atoms": truth.n_atoms, **truth.populations}
    with new_file(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def sample(source: DataSource, split: str, count: int, seed: int = 0) -> list[str]:
    """Ids of `count` random structures of a split; a larger count extends a smaller one."""
    table = source.table()
    # The order of whole numbers, as which most ids are written.
    members = sorted(table.index[table["split"] == split], key=lambda id: (len(id), id))
    return np.random.default_rng(seed).permutation(members)[:count].tolist()


def make_truth(
    path: Path,
    source: DataSource,
    split: str = "test",
    count: int = 400,
    level: Level = ACCURATE,
    processes: int = 1,
    progress: bool = True,
) -> Truth:
    """Compute the populations of a random sample of a split and write them to `path`, an npz file.

    Finished chunks are kept in GAMNET_HOME, so that a second call goes on where the first stopped.
    Molecules whose orbitals do not converge are left out, and counted on the progress bar.
    Raises UnknownDatasetError for a data set that is not of closed-shell molecules, WorkerError
    if one of the processes ends before its work.
    """
    if not (isinstance(source, ClosedShellMolecules) and source.closed_shell):
        raise UnknownDatasetError(
            f"{source.title} is not a data set of closed-shell molecules",
            "Only of those the frontier orbitals are computed",
        )
    if path.suffix != ".npz":
        raise TruthError(f"'{path}' is not an npz file", "Name it FILE.npz")
    chosen = sample(source, split, count)
    name = f"{source.name}-{split}-{level.basis}-{level.grid}-{level.tolerance:g}".replace("*", "s")
    folder = gamnet_home() / "truth" / name
    chunks = [chosen[k : k + CHUNK] for k in range(0, len(chosen), CHUNK)]
    parts = [chunk_path(folder, k, chunk, NPZ.suffix) for k, chunk in enumerate(chunks)]
    with tqdm(total=len(chosen), unit="molecule", disable=not progress) as bar:
        for wait in (False, True):  # first what no other process is at
            waiting = [
                pair for pair in zip(chunks, parts, strict=True) if read_chunk(pair[1], NPZ) is None
            ]
            bar.n = bar.initial = len(chosen) - sum(len(chunk) for chunk, _ in waiting)
            make = partial(_make, source=source, level=level, wait=wait)
            for done in in_processes(make, waiting, processes):
                bar.update(done)
    # What is damaged between is made here.
    loaded = [
        keep_chunk(part, NPZ, partial(_populations, chunk, source, level))
        for chunk, part in zip(chunks, parts, strict=True)
    ]
    names = ("index", "n_atoms", "homo", "lumo")
    arrays = {name: np.concatenate([part[name] for part in loaded]) for name in names}
    ids = arrays["index"]
    if all(id.isdecimal() and id == str(int(id)) for id in ids.tolist()):
        arrays["index"] = ids.astype(np.int64)
    index, n_atoms = arrays.pop("index"), arrays.pop("n_atoms")
    write_truth(path, Truth(index, n_atoms, arrays))
    return read_truth(path)


def _make(pair: tuple[list[str], Path], source: DataSource, level: Level, wait: bool) -> int:
    """Compute one chunk and write it to its path; returns how many molecules it tried."""
    chunk, part = pair
    made = make_chunk(part, NPZ, partial(_populations, chunk, source, level), wait=wait)
    return 0 if made is None else len(chunk)


def _populations(chunk: list[str], source: DataSource, level: Level) -> dict[str, np.ndarray]:
    rows = []
    for id in chunk:
        try:
            found = frontier_orbitals(source.structure(id), level)
        except OrbitalError as error:
            tqdm.write(str(error))
            continue
        rows.append((id, found.homo_population, found.lumo_population))
    empty = np.zeros(0)
    return {
        "index": np.array([row[0] for row in rows], dtype=str),
        "n_atoms": np.array([len(row[1]) for row in rows], np.int64),
        "homo": np.concatenate([empty, *(row[1] for row in rows)]).astype(np.float32),
        "lumo": np.concatenate([empty, *(row[2] for row in rows)]).astype(np.float32),
    }
