"""Fullerene-MD: frames of molecular dynamics of C60, C70 and C72 with their orbital energies.

The experiment of Vu et al., npj Comput. Mater. 9, 215 (2023). Files are as their authors wrote
them: frames of xyz whose title line is `homo lumo total_energy` (eV), a blank line after each. They
are not shipped: `GAMNET_FULLERENE_MD` names a file or a folder of them, or they lie in GAMNET_HOME.
"""

import gzip
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers

from gamnet.datasets.unpacked import Entry, Unpacked, digest_of, split_by_seed
from gamnet.errors import GAMNetError, UnknownDatasetError
from gamnet.graphs.rule import MOLECULE_RULE
from gamnet.home import gamnet_home
from gamnet.properties import Property
from gamnet.structures.structure import Structure, make_structure

VARIABLE = "GAMNET_FULLERENE_MD"
RECORD = "Zenodo record 8435481 (fullerene.zip)"
LEVEL = "DFT of the authors; functional not stated"
PATTERNS = ("*.xyz", "*.xyz.gz")

BLOCKS = 10  # of equal length, per cage, in the order of time
TEST_BLOCKS, VALIDATION_BLOCKS = (3, 8), (5,)
# Frames at both ends of a held-out block that are in no split: neighbours in time are alike.
MARGIN = 10

PROPERTIES: tuple[Property, ...] = (
    Property(
        "homo", "ε_HOMO", "HOMO energy", "eV", "meV", 1e3, "intensive",
        "Energy of the highest occupied molecular orbital", LEVEL, "fullerene_md",
    ),
    Property(
        "lumo", "ε_LUMO", "LUMO energy", "eV", "meV", 1e3, "intensive",
        "Energy of the lowest unoccupied molecular orbital", LEVEL, "fullerene_md",
    ),
    Property(
        "gap", "Δε", "HOMO-LUMO gap", "eV", "meV", 1e3, "difference",
        "LUMO energy minus HOMO energy", LEVEL, "fullerene_md", ("lumo", "homo"),
    ),
    Property(
        "e_def", "ΔE_def", "Deformation energy", "eV", "meV", 1e3, "extensive",
        "Total energy above that of the lowest frame of the same cage", LEVEL, "fullerene_md",
    ),
)  # fmt: skip


class Fullerenes(Unpacked):
    """The data source; ids are cage and place in time ("C60-0042").

    by_time : held-out frames are whole blocks of time, away from those of training; else they are
        random ones, as in the paper, each beside a training frame that is much like it.
    """

    description = "Frames of molecular dynamics of C60, C70 and C72, as far as their files are here"
    citation = (
        "T.-S. Vu, M.-Q. Ha, D.-N. Nguyen, V.-C. Nguyen, Y. Abe, T. Tran, H. Tran, H. Kino, "
        "T. Miyake, K. Tsuda, H.-C. Dam, npj Comput. Mater. 9, 215 (2023), "
        "doi:10.1038/s41524-023-01163-9"
    )
    licence = "MIT"
    properties: tuple[Property, ...] = PROPERTIES
    rule = MOLECULE_RULE
    periodic = False

    def __init__(self, by_time: bool = True) -> None:
        self.by_time = by_time
        self.name = "fullerene_md" if by_time else "fullerene_md_random"
        self.title = f"Fullerene-MD, split {'by blocks of time' if by_time else 'at random'}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are there, by name."""
        named = os.environ.get(VARIABLE)
        place = Path(named) if named else gamnet_home() / "datasets" / "fullerene_md"
        if place.is_file():
            return (place,)
        return tuple(sorted(path for pattern in PATTERNS for path in place.glob(pattern)))

    @property
    def available(self) -> bool:
        """As `DataSource.available`: a file is there."""
        return bool(self.files)

    def fingerprint(self) -> str:
        """Digest of the files and of the split; raises UnknownDatasetError where none is there."""
        if not self.available:
            raise UnknownDatasetError(
                f"The frames of {self.title} are not here",
                f"Fetch them from {RECORD}, unpack C60.xyz, C70.xyz and C72.xyz into one folder, "
                f"and name it in the environment variable {VARIABLE}",
            )
        told = [self.name, *(digest_of(path) for path in self.files)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def entries(self) -> Iterator[Entry]:
        """Frame by frame, each cage in the order of time; raises UnknownDatasetError."""
        cages: dict[str, list[tuple[Structure, np.ndarray]]] = {}
        for path in self.files:
            for structure, told in _frames(path):
                cages.setdefault(structure.formula, []).append((structure, told))
        for cage, frames in sorted(cages.items()):
            lowest = min(told[2] for _, told in frames)
            for k, split in enumerate(self._splits(len(frames))):
                structure, (homo, lumo, energy) = frames[k]
                values = {"homo": homo, "lumo": lumo, "gap": lumo - homo, "e_def": energy - lowest}
                if split:
                    values = {name: float(value) for name, value in values.items()}
                    yield Entry(f"{cage}-{k:04d}", structure, values, split)

    def _splits(self, n: int) -> list[str]:
        """[n] a name in SPLITS, or "" for a frame in none."""
        return _by_time(n) if self.by_time else split_by_seed(n, seed=0)


def _by_time(n: int) -> list[str]:
    block = np.arange(n) * BLOCKS // n  # [n]
    split = np.full(n, "train", dtype=object)
    for name, blocks in (("test", TEST_BLOCKS), ("validation", VALIDATION_BLOCKS)):
        for k in blocks:
            own = np.flatnonzero(block == k)
            split[own] = ""
            split[own[MARGIN:-MARGIN]] = name
    return split.tolist()


def _frames(path: Path) -> Iterator[tuple[Structure, np.ndarray]]:
    """Structures of one file with [HOMO, LUMO, total energy] in eV."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UnknownDatasetError(f"'{path}' cannot be read ({error})", "Fetch it again") from error
    start, frame = 0, 0
    while start < len(lines):
        try:
            n = int(lines[start])
            told = np.array(lines[start + 1].split(), dtype=float)
            rows = [line.split() for line in lines[start + 2 : start + 2 + n]]
            if n < 1 or len(rows) < n or told.shape != (3,):
                raise ValueError(f"{len(rows)} of {n} atoms, {len(told)} values")
            numbers = np.array([atomic_numbers[row[0]] for row in rows])
            positions = np.array([row[1:4] for row in rows], dtype=float)
            yield make_structure(numbers, positions, frame=frame), told
        except (GAMNetError, IndexError, KeyError, ValueError) as error:
            raise UnknownDatasetError(
                f"Frame {frame} of '{path}' is not as expected ({error})", "Fetch the file again"
            ) from error
        start, frame = start + 2 + n, frame + 1
