"""Crystals of the Materials Project (2018.6.1) with formation energies and band gaps.

A. Jain et al., APL Materials 1, 011002 (2013). The file has one JSON object per line: id ("mp-10"),
e_form (eV/atom), gap (eV), split ("train", "val", "test"), lattice (rows, A), species, and frac,
fractional coordinates. It is not shipped: `GAMNET_MP2018` names it, or it lies in GAMNET_HOME.
"""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers

from gamnet.datasets.unpacked import Entry, Unpacked, digest_of
from gamnet.errors import GAMNetError, UnknownDatasetError
from gamnet.graphs.rule import CRYSTAL_RULE
from gamnet.home import gamnet_home
from gamnet.properties import Property
from gamnet.structures.structure import make_structure

VARIABLE = "GAMNET_MP2018"
FILE = "mp2018_structures_labels.jsonl.gz"
SHA256 = "6f42307873f88381f19658a3a30eb7bdab792d64e93df90723d7405143ac9565"
LEVEL = "PBE (PBE+U for some oxides)"
_SPLITS = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}

PROPERTIES: tuple[Property, ...] = (
    Property(
        "e_form", "ΔE_f", "Formation energy", "eV/atom", "meV/atom", 1e3, "per_atom",
        "Energy per atom of the crystal above that of its elements", LEVEL, "mp2018",
    ),
    Property(
        "gap", "E_g", "Band gap", "eV", "meV", 1e3, "intensive",
        "Energy between the highest filled and the lowest empty state; 0 for a metal", "PBE",
        "mp2018", classes=("metal", "insulator"),
    ),
)  # fmt: skip


class MaterialsProject(Unpacked):
    """The data source; ids are those of the Materials Project ("mp-10").

    sha256 : of the file; another one is refused.
    """

    name = "mp2018"
    title = "Materials Project 2018"
    description = (
        "6,277 crystals of 87 elements, formation energy and band gap by PBE; 9 % of the "
        "database, and biased towards what tensors were computed of"
    )
    citation = (
        "A. Jain, S. P. Ong, G. Hautier, W. Chen, W. D. Richards, S. Dacek, S. Cholia, D. Gunter, "
        "D. Skinner, G. Ceder, K. A. Persson, APL Mater. 1, 011002 (2013), doi:10.1063/1.4812323"
    )
    licence = "CC BY 4.0 (Materials Project); joined from matminer (modified BSD) and jarvis (MIT)"
    properties: tuple[Property, ...] = PROPERTIES
    rule = CRYSTAL_RULE
    periodic = True

    def __init__(self, sha256: str = SHA256) -> None:
        self._sha256 = sha256

    @property
    def path(self) -> Path:
        """Where the file is looked for."""
        named = os.environ.get(VARIABLE)
        return Path(named) if named else gamnet_home() / "datasets" / FILE

    @property
    def available(self) -> bool:
        """As `DataSource.available`: the file is there."""
        return self.path.is_file()

    def fingerprint(self) -> str:
        """SHA-256 of the file; raises UnknownDatasetError where it is absent or another one."""
        if not self.available:
            raise UnknownDatasetError(
                f"The crystals of {self.title} are not here: no file '{self.path}'",
                f"Put {FILE} there, or name it in the environment variable {VARIABLE}",
            )
        found = digest_of(self.path)
        if found != self._sha256:
            raise UnknownDatasetError(
                f"'{self.path}' is not the file of {self.title}: its SHA-256 is {found[:16]}…, "
                f"expected {self._sha256[:16]}…",
                "Fetch it again",
            )
        return found

    def entries(self) -> Iterator[Entry]:
        """One per line; raises UnknownDatasetError for a line that is none."""
        opened = gzip.open if self.path.suffix == ".gz" else open
        try:
            with opened(self.path, "rt", encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    yield self._entry(line, number)
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise UnknownDatasetError(
                f"'{self.path}' cannot be read ({error})", "Fetch it again"
            ) from error

    def _entry(self, line: str, number: int) -> Entry:
        try:
            raw = json.loads(line)
            lattice = np.array(raw["lattice"], dtype=float).reshape(3, 3)
            species = [atomic_numbers[symbol] for symbol in raw["species"]]
            positions = np.array(raw["frac"], dtype=float).reshape(-1, 3) @ lattice
            values = {prop.id: float(raw[prop.id]) for prop in PROPERTIES}
            structure = make_structure(np.array(species), positions, lattice)
            return Entry(str(raw["id"]), structure, values, _SPLITS[raw["split"]])
        except (KeyError, TypeError, ValueError, GAMNetError) as error:
            raise UnknownDatasetError(
                f"Line {number} of '{self.path}' is no crystal ({error})", "Fetch the file again"
            ) from error
