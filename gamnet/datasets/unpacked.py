"""Data sets that are read once and kept in GAMNET_HOME: a table, and all structures as arrays."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gamnet.datasets.source import NO_RANGES, not_prepared
from gamnet.datasets.splits import SPLITS
from gamnet.errors import UnknownDatasetError, UnknownPropertyError
from gamnet.formulas import hill_formula, parse_formula
from gamnet.graphs.rule import NeighborRule
from gamnet.home import gamnet_home, sha256_of
from gamnet.properties import Property
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import shorten
from gamnet.structures.structure import Structure, make_structure
from gamnet.writing import is_kept, kept_folder

if TYPE_CHECKING:  # torch takes seconds to load, and reading a structure needs none of it
    from gamnet.datasets.dataset import Dataset

FORMAT = 3  # changes with the layout of the files, so that old ones are never misread
_ARRAYS = ("numbers", "positions", "atom_offset", "lattice", "pbc", "charge", "unpaired")


@dataclass(frozen=True, eq=False)
class Entry:
    """One structure of a data set with its targets.

    values : property id -> in the property's unit; what is left out is not known.
    split : a name in SPLITS.  part : of the data set, "" where it has none.
    """

    id: str
    structure: Structure
    values: Mapping[str, float]
    split: str
    part: str = ""


class Unpacked(ABC):
    """What a data source needs beside its attributes: its entries, and what they are made from."""

    name: str
    title: str
    description: str
    citation: str
    licence: str
    properties: tuple[Property, ...]
    rule: NeighborRule
    periodic: bool

    @property
    @abstractmethod
    def available(self) -> bool:
        """As `DataSource.available`."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hexadecimal digest of everything that `entries` depends on; raises where it is absent."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """All structures, in the data set's order."""

    def table(self) -> pd.DataFrame:
        """As `DataSource.table`; the first call reads the data set into GAMNET_HOME."""
        return _table(self._source())

    def structure(self, id: str) -> Structure:
        """The structure with this id; raises UnknownDatasetError if there is none."""
        folder = self._source()
        index = _table(folder).index
        if id not in index:
            raise UnknownDatasetError(
                f"No structure '{shorten(id)}' in {self.title}", f"Its ids are like '{index[0]}'"
            )
        return self._at(folder, int(index.get_loc(id)))

    def search(
        self, text: str, ranges: Mapping[str, tuple[float, float]] = NO_RANGES
    ) -> pd.DataFrame:
        """Rows by id or formula (any order of elements) and by ranges; without a text all match.

        Raises UnknownPropertyError for a property that the data set does not have.
        """
        table, text = self.table(), text.strip()
        if not text and not ranges:
            return table.iloc[:0]
        found = table
        if text:
            counts = parse_formula(text)
            formula = hill_formula(counts) if counts else None
            found = table[(table.index == text) | (table["formula"] == formula)]
        known = [prop.id for prop in self.properties]
        for name, (low, high) in ranges.items():
            if name not in (*known, "n_atoms"):
                raise UnknownPropertyError(
                    f"{self.title} has no property '{name}'",
                    f"Available: {', '.join(known)}, n_atoms",
                )
            found = found[found[name].between(low, high)]
        return found

    def prepare(
        self, processes: int = 2, progress: bool = True, rule: NeighborRule | None = None
    ) -> "Dataset":
        """Build what is missing in GAMNET_HOME, once, and load the data set."""
        from gamnet.graphs.store import build_store

        rule = rule or self.rule
        folder, source = self._folder(f"graphs-{rule.label}"), self._source(thorough=True)
        n = len(_table(source))
        structures = (self._at(source, k) for k in range(n))
        build_store(folder, structures, n, rule, processes, progress)
        return self.load(rule)

    def load(self, rule: NeighborRule | None = None) -> "Dataset":
        """The prepared data set; raises UnknownDatasetError before `prepare`."""
        from gamnet.datasets.dataset import Dataset
        from gamnet.graphs.store import GraphStore

        rule = rule or self.rule
        folder = self._folder(f"graphs-{rule.label}")
        if not is_kept(folder):
            raise not_prepared(self, rule)
        table, arrays = self.table(), _arrays(self._source())
        return Dataset(
            name=self.name,
            ids=table.index.to_numpy(),
            properties=self.properties,
            targets=table[[prop.id for prop in self.properties]].to_numpy(np.float64),
            split=table["split"].map(SPLITS.index).to_numpy(np.uint8),
            graphs=GraphStore.open(folder, rule),
            charge=arrays["charge"] if arrays["charge"].any() else None,
            unpaired=arrays["unpaired"] if arrays["unpaired"].any() else None,
            directions=arrays["pbc"].sum(axis=1) if arrays["pbc"].any() else None,
            parts=table["part"].to_numpy() if "part" in table else None,
        )

    def _folder(self, part: str) -> Path:
        own = f"{self.name}-v{FORMAT}-{self.fingerprint()[:16]}"
        return gamnet_home() / "datasets" / own / part

    def _source(self, thorough: bool = False) -> Path:
        return kept_folder(self._folder("source"), self._unpack, thorough=thorough)

    def _unpack(self, folder: Path) -> None:
        entries = list(self.entries())
        ids = [entry.id for entry in entries]
        if not ids:
            raise UnknownDatasetError(f"{self.title} has no structure", "Check its files")
        twice = pd.Index(ids)[pd.Index(ids).duplicated()]
        if len(twice):
            raise UnknownDatasetError(
                f"Two structures of {self.title} have the id '{shorten(twice[0])}'",
                "Give each its own",
            )
        structures = [entry.structure for entry in entries]
        table = pd.DataFrame({"id": ids})
        table["formula"] = [s.formula for s in structures]
        table["n_atoms"] = [s.n_atoms for s in structures]
        if any(s.info.smiles for s in structures):
            table["smiles"] = [s.info.smiles for s in structures]
        for prop in self.properties:
            values = [entry.values.get(prop.id, np.nan) for entry in entries]
            table[prop.id] = np.array(values, np.float64)
        table["split"] = [entry.split for entry in entries]
        if any(entry.part for entry in entries):
            table["part"] = [entry.part for entry in entries]
        table.to_parquet(folder / "table.parquet")
        none = np.zeros((3, 3))
        arrays = {
            "numbers": np.concatenate([s.numbers for s in structures]).astype(np.uint8),
            "positions": np.concatenate([s.positions for s in structures]),
            "atom_offset": np.cumsum([0, *table["n_atoms"]]),
            "lattice": [none if s.lattice is None else s.lattice for s in structures],
            "pbc": [s.pbc for s in structures],
            "charge": np.array([s.info.charge for s in structures], np.int64),
            "unpaired": np.array([s.info.unpaired for s in structures], np.int64),
        }
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", np.asarray(arrays[name]))

    def _at(self, folder: Path, position: int) -> Structure:
        id, arrays = str(_table(folder).index[position]), _arrays(folder)
        atoms = slice(arrays["atom_offset"][position], arrays["atom_offset"][position + 1])
        a, b, c = map(bool, arrays["pbc"][position])
        info = StructureInfo(
            dataset=self.name, id=id,
            charge=int(arrays["charge"][position]), unpaired=int(arrays["unpaired"][position]),
        )  # fmt: skip
        return make_structure(
            arrays["numbers"][atoms], arrays["positions"][atoms],
            arrays["lattice"][position] if a or b or c else None, (a, b, c),
            source=f"{self.name}:{id}", info=info,
        )  # fmt: skip


def split_by_seed(n: int, seed: int, train: float = 0.8, validation: float = 0.1) -> list[str]:
    """[n] a name in SPLITS each: random shares of `train` and `validation`, the rest test."""
    order = np.random.default_rng(seed).permutation(n)
    split = np.full(n, "test", dtype=object)
    n_train, n_validation = round(train * n), round(validation * n)
    split[order[:n_train]] = "train"
    split[order[n_train : n_train + n_validation]] = "validation"
    return split.tolist()


def digest_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, computed again only when the file has changed."""
    state = path.stat()
    return _digest(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int, size: int) -> str:
    return sha256_of(path)


@lru_cache(maxsize=8)
def _table(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "table.parquet").set_index("id")


@lru_cache(maxsize=8)
def _arrays(folder: Path) -> dict[str, np.ndarray]:
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
