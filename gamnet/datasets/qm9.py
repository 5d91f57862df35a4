"""QM9: 130,831 molecules with DFT (B3LYP/6-31G(2df,p)) properties, from the package qm9pack.

Ramakrishnan, Dral, Rupp, von Lilienfeld, Sci. Data 1, 140022 (2014). The 3,054 molecules whose
geometry did not converge to their SMILES are left out, as in the paper.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from ase.data import atomic_numbers
from scipy.constants import physical_constants

from gamnet.datasets.source import NO_RANGES, not_prepared
from gamnet.datasets.splits import SPLITS
from gamnet.errors import ReadError, UnknownDatasetError, UnknownPropertyError
from gamnet.extras import require
from gamnet.formulas import hill_formula, parse_formula
from gamnet.graphs.rule import MOLECULE_RULE, NeighborRule
from gamnet.home import gamnet_home
from gamnet.properties import Property, Scaling
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import rdkit_call, shorten
from gamnet.structures.structure import Structure, make_structure
from gamnet.writing import is_kept, kept_folder

if TYPE_CHECKING:  # torch takes seconds to load, and reading a molecule needs none of it
    from gamnet.datasets.dataset import Dataset

HARTREE = physical_constants["Hartree energy in eV"][0]  # eV
LEVEL = "B3LYP/6-31G(2df,p)"


def _property(
    id: str, symbol: str, name: str, unit: str, display: tuple[str, float], scaling: Scaling,
    meaning: str, terms: tuple[str, ...] = (),
) -> Property:  # fmt: skip
    return Property(id, symbol, name, unit, *display, scaling, meaning, LEVEL, "qm9", terms)


_MEV = ("meV", 1e3)
PROPERTIES: tuple[Property, ...] = (
    _property(
        "homo", "ε_HOMO", "HOMO energy", "eV", _MEV, "intensive",
        "Energy of the highest occupied molecular orbital",
    ),
    _property(
        "lumo", "ε_LUMO", "LUMO energy", "eV", _MEV, "intensive",
        "Energy of the lowest unoccupied molecular orbital",
    ),
    # In QM9 the two columns differ from the third by 2.7 meV at most.
    _property(
        "gap", "Δε", "HOMO-LUMO gap", "eV", _MEV, "difference",
        "LUMO energy minus HOMO energy", ("lumo", "homo"),
    ),
    _property(
        "zpve", "ZPVE", "Zero-point vibrational energy", "eV", _MEV, "extensive",
        "Vibrational energy that remains at zero temperature",
    ),
    _property(
        "alpha", "α", "Isotropic polarizability", "a0^3", ("a0^3", 1.0), "extensive",
        "How easily an electric field distorts the electron cloud",
    ),
    _property(
        "cv", "C_v", "Heat capacity at 298.15 K", "cal/(mol K)", ("cal/(mol K)", 1.0), "extensive",
        "Heat needed per degree at constant volume",
    ),
)  # fmt: skip
# Property id -> column of the source and factor to our unit.
_TARGETS = {
    "homo": ("HOMO_au", HARTREE),
    "lumo": ("LUMO_au", HARTREE),
    "gap": ("HOMO_LUMO_gap_au", HARTREE),
    "zpve": ("ZPVE_au", HARTREE),
    "alpha": ("Polarizability_bohr3", 1.0),
    "cv": ("Heatcapacity_Cv_cal_mol_K", 1.0),
}
_PARTS = ("qm9_part1.csv", "qm9_part2.csv", "qm9_part3.csv")
# The paper's split: 110,000 train, 10,000 validation, the rest test, of a fixed permutation.
_SPLIT_SIZES = (110_000, 10_000)
_SPLIT_SEED = 0
_INDEX = re.compile(r"[0-9]{1,9}")
# An Index as tables and the files' own names spell it.
_SPELLED = re.compile(r"(?:qm9:|gdb_|dsgdb9nsd_)?0*(\d{1,9})$", re.IGNORECASE)
# InChI layers that depend on the geometry: a SMILES typed without stereo must still be found.
_STEREO_LAYERS = re.compile(r"/[btms][^/]*")


def _folder(part: str) -> Path:
    # The number changes with the layout of the files, so that old ones are never misread.
    return gamnet_home() / "datasets" / "qm9-v5" / part


def _graphs_folder(rule: NeighborRule) -> Path:
    return _folder("graphs" if rule == QM9.rule else f"graphs-{rule.label}")


def _source() -> pd.DataFrame:
    """The columns that we use, in the paper's order: by atom count, then as in the source."""
    columns = [
        "Index", "SMILES", "InChi", "Elements", "XYZ_Ang", "Mulliken_pop",
        *(column for column, _ in _TARGETS.values()),
    ]  # fmt: skip
    require("qm9pack", "train")
    # Found, not imported: the package's own __init__ needs a module that Python no longer has.
    package = find_spec("qm9pack")
    if package is None or not package.submodule_search_locations:
        raise UnknownDatasetError(
            "The data of QM9 are not installed", "Install the package: pip install qm9pack"
        )
    data = Path(package.submodule_search_locations[0]) / "data"
    parts = [pd.read_csv(data / part, usecols=columns) for part in _PARTS]
    table = pd.concat(parts, ignore_index=True)
    table["elements"] = table.pop("Elements").str.findall(r"[A-Z][a-z]?")
    table["n_atoms"] = table["elements"].map(len)
    return table.sort_values("n_atoms", kind="stable", ignore_index=True)


def _joined(column: pd.Series) -> np.ndarray:
    """All numbers of a column of lists written as text, end to end."""
    text = ",".join(column).translate(str.maketrans("", "", "[] \n"))
    return np.array(text.split(","), dtype=np.float64)


def _paper_split(n: int) -> np.ndarray:
    permutation = np.random.RandomState(_SPLIT_SEED).permutation(n)
    split = np.full(n, SPLITS.index("test"), dtype=np.uint8)
    n_train, n_validation = _SPLIT_SIZES
    split[permutation[:n_train]] = SPLITS.index("train")
    split[permutation[n_train : n_train + n_validation]] = SPLITS.index("validation")
    return split


def _unpack(folder: Path) -> None:
    """Write the source's text columns as arrays once: table, atomic numbers, coordinates."""
    source = _source()
    table = pd.DataFrame({"id": source["Index"].astype(str)})
    table["smiles"] = source["SMILES"]
    table["constitution"] = source["InChi"].str.replace(_STEREO_LAYERS, "", regex=True)
    table["formula"] = [hill_formula(symbols) for symbols in source["elements"]]
    table["n_atoms"] = source["n_atoms"]
    for property_id, (column, factor) in _TARGETS.items():
        table[property_id] = source[column] * factor
    table["split"] = [SPLITS[k] for k in _paper_split(len(table))]
    table.to_parquet(folder / "table.parquet")
    symbols = [symbol for row in source["elements"] for symbol in row]
    np.save(folder / "numbers.npy", np.array([atomic_numbers[s] for s in symbols], np.uint8))
    positions = _joined(source["XYZ_Ang"]).reshape(-1, 3)
    np.save(folder / "positions.npy", positions)  # [sum of n_atoms, 3]
    np.save(folder / "charges.npy", _joined(source["Mulliken_pop"]))  # [sum of n_atoms]
    np.save(folder / "atom_offset.npy", np.cumsum([0, *table["n_atoms"]]))


@lru_cache(maxsize=1)
def _arrays(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = ("numbers", "positions", "atom_offset")
    return tuple(np.load(folder / f"{name}.npy", mmap_mode="r") for name in names)


def _source_folder(thorough: bool = False) -> Path:
    return kept_folder(_folder("source"), _unpack, thorough=thorough)


@lru_cache(maxsize=1)
def _table(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "table.parquet").set_index("id")


def _position(id: str) -> int:
    """Place of the molecule with this Index; raises for anything else."""
    if not _INDEX.fullmatch(id.strip()):
        raise ReadError(f"'{shorten(id)}' is not a QM9 Index", "Write a whole number: qm9:12345")
    index = _table(_source_folder()).index
    name = str(int(id))
    if name not in index:
        whole = index.astype(np.int64)
        raise UnknownDatasetError(
            f"No molecule {name} in QM9",
            f"Indices run from {whole.min()} to {whole.max()}; 3,054 molecules whose "
            "geometry is inconsistent with their SMILES are left out",
        )
    return int(index.get_loc(name))


def _at(position: int) -> Structure:
    row = _table(_source_folder()).iloc[position]
    numbers, positions, offset = _arrays(_source_folder())
    atoms = slice(offset[position], offset[position + 1])
    info = StructureInfo(smiles=row["smiles"], dataset="qm9", id=str(row.name))
    return make_structure(numbers[atoms], positions[atoms], source=f"qm9:{row.name}", info=info)


def _constitution(smiles: str) -> str | None:
    """InChI without stereo layers, or None for text that is no SMILES."""
    from rdkit import Chem

    with rdkit_call():
        molecule = Chem.MolFromSmiles(smiles)
        return _STEREO_LAYERS.sub("", Chem.MolToInchi(molecule)) if molecule else None


class QM9:
    """The data source; ids are QM9 Indices."""

    name = "qm9"
    title = "QM9"
    description = (
        "130,831 neutral molecules of up to nine C, N, O and F atoms with hydrogen, "
        f"geometry and properties by {LEVEL}"
    )
    citation = (
        "R. Ramakrishnan, P. O. Dral, M. Rupp, O. A. von Lilienfeld, Sci. Data 1, 140022 (2014), "
        "doi:10.1038/sdata.2014.22"
    )
    licence = "MIT (package qm9pack)"
    properties: tuple[Property, ...] = PROPERTIES
    rule = MOLECULE_RULE
    periodic = False
    closed_shell = True
    id_names = frozenset(
        {"qm9", "qm9index", "qm9id", "gdbid", "gdbindex", "gdbidx", "gdb9index"}
    )  # fmt: skip

    paper = "npj Comput. Mater. 9, 215 (2023)"  # one network per property, the same split
    published = {
        "SCANN": {"homo": 41.0, "lumo": 37.0, "gap": 61.0, "alpha": 0.141, "cv": 0.050},
        "SCANN+": {"homo": 32.0, "lumo": 31.0, "gap": 52.0, "alpha": 0.115, "cv": 0.041},
    }

    @property
    def available(self) -> bool:
        """As `DataSource.available`: the package is installed, or was unpacked before."""
        return find_spec("qm9pack") is not None or is_kept(_folder("source"))

    def id_of(self, text: str) -> str | None:
        """The Index that a cell names: "qm9:123", "gdb_123", "dsgdb9nsd_000123" or "123"."""
        found = _SPELLED.match(text)
        return str(int(found[1])) if found else None

    def table(self) -> pd.DataFrame:
        """As `DataSource.table`, in the paper's order, with smiles and constitution.

        The constitution is InChI without stereo. The first call unpacks the source into
        GAMNET_HOME.
        """
        return _table(_source_folder())

    def structure(self, id: str) -> Structure:
        """The molecule with this QM9 Index; raises UnknownDatasetError if there is none."""
        return _at(_position(id))

    def search(
        self, text: str, ranges: Mapping[str, tuple[float, float]] = NO_RANGES
    ) -> pd.DataFrame:
        """Molecules by Index, formula (any order of elements) or SMILES, best matches first.

        A SMILES finds the molecules of the same constitution, whatever its spelling; failing that,
        the molecules whose SMILES contain the text. Without a text all molecules match.
        ranges : property id (or "n_atoms") -> lowest and highest value, in the property's unit.
        Raises UnknownPropertyError for a property that QM9 does not have.
        """
        table, text = self.table(), text.strip()
        if not text and not ranges:
            return table.iloc[:0]
        found = self._matching(text) if text else table
        for name, (low, high) in ranges.items():
            if name not in (*_TARGETS, "n_atoms"):
                raise UnknownPropertyError(
                    f"QM9 has no property '{name}'", f"Available: {', '.join(_TARGETS)}, n_atoms"
                )
            found = found[found[name].between(low, high)]
        return found

    def same_constitution(self, smiles: str) -> pd.DataFrame:
        """The molecules with the bonds that a SMILES names, whatever its spelling; often one."""
        table = self.table()
        return table[table["constitution"] == _constitution(smiles)]

    def _matching(self, text: str) -> pd.DataFrame:
        table = self.table()
        if text.isdecimal():
            return table.loc[table.index == str(int(text))]
        counts = parse_formula(text)
        if counts:
            found = table[table["formula"] == hill_formula(counts)]
            if len(found):
                return found
        found = self.same_constitution(text)
        if len(found):
            return found
        return table[table["smiles"].str.contains(text, regex=False)]

    def prepare(
        self, processes: int = 2, progress: bool = True, rule: NeighborRule | None = None
    ) -> "Dataset":
        """Build what is missing in GAMNET_HOME (a few minutes, once) and load the data set."""
        from gamnet.graphs.store import build_store

        rule = rule or self.rule
        _source_folder(thorough=True)
        n = len(self.table())
        build_store(_graphs_folder(rule), map(_at, range(n)), n, rule, processes, progress)
        return self.load(rule)

    def load(self, rule: NeighborRule | None = None) -> "Dataset":
        """The prepared data set; raises UnknownDatasetError before `prepare`."""
        from gamnet.datasets.dataset import Dataset
        from gamnet.graphs.store import GraphStore

        rule = rule or self.rule
        folder = _graphs_folder(rule)
        if not is_kept(folder):
            raise not_prepared(self, rule)
        table = self.table()
        return Dataset(
            name=self.name,
            ids=table.index.to_numpy(),
            properties=PROPERTIES,
            targets=table[list(_TARGETS)].to_numpy(np.float64),
            split=table["split"].map(SPLITS.index).to_numpy(np.uint8),
            graphs=GraphStore.open(folder, rule),
            charges=np.load(_source_folder() / "charges.npy", mmap_mode="r"),
        )
