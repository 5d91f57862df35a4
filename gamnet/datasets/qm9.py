"""QM9: 130,831 molecules with DFT (B3LYP/6-31G(2df,p)) properties, from the package qm9pack.

Ramakrishnan, Dral, Rupp, von Lilienfeld, Sci. Data 1, 140022 (2014). The 3,054 molecules whose
geometry did not converge to their SMILES are left out, as in the paper.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from ase.data import atomic_numbers
from scipy.constants import physical_constants

from gamnet.datasets.dataset import SPLITS, Dataset
from gamnet.errors import UnknownDatasetError, UnknownPropertyError
from gamnet.extras import require
from gamnet.formulas import hill_formula, parse_formula
from gamnet.graphs.store import GraphStore, build_store
from gamnet.graphs.voronoi import MOLECULE_RULE
from gamnet.home import gamnet_home, new_folder
from gamnet.structures.structure import Structure, make_structure

NAME = "qm9"
RULE = MOLECULE_RULE
PERIODIC = False
HARTREE = physical_constants["Hartree energy in eV"][0]  # eV
ELEMENTS = ("H", "C", "N", "O", "F")

# Property id -> column of the source and factor to our unit.
_TARGETS = {
    "homo": ("HOMO_au", HARTREE),
    "lumo": ("LUMO_au", HARTREE),
    "gap": ("HOMO_LUMO_gap_au", HARTREE),
    "zpve": ("ZPVE_au", HARTREE),
    "alpha": ("Polarizability_bohr3", 1.0),
    "cv": ("Heatcapacity_Cv_cal_mol_K", 1.0),
}
PROPERTY_IDS = tuple(_TARGETS)
_PARTS = ("qm9_part1.csv", "qm9_part2.csv", "qm9_part3.csv")
# The paper's split: 110,000 train, 10,000 validation, the rest test, of a fixed permutation.
_SPLIT_SIZES = (110_000, 10_000)
_SPLIT_SEED = 0
# InChI layers that depend on the geometry: a SMILES typed without stereo must still be found.
_STEREO_LAYERS = re.compile(r"/[btms][^/]*")


def _folder(part: str) -> Path:
    # The number changes with the layout of the files, so that old ones are never misread.
    return gamnet_home() / "datasets" / "qm9-v2" / part


def _source() -> pd.DataFrame:
    """The columns that we use, in the paper's order: by atom count, then as in the source."""
    columns = [
        "Index", "SMILES", "InChi", "Elements", "XYZ_Ang", "Mulliken_pop",
        *(column for column, _ in _TARGETS.values()),
    ]  # fmt: skip
    require("qm9pack", "train")
    # Found, not imported: the package's own __init__ needs a module that Python no longer has.
    data = Path(find_spec("qm9pack").submodule_search_locations[0]) / "data"
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
    with new_folder(folder) as temporary:
        table = pd.DataFrame({"index": source["Index"].to_numpy(np.int64)})
        table["smiles"] = source["SMILES"]
        table["constitution"] = source["InChi"].str.replace(_STEREO_LAYERS, "", regex=True)
        table["formula"] = [hill_formula(symbols) for symbols in source["elements"]]
        table["n_atoms"] = source["n_atoms"]
        for property_id, (column, factor) in _TARGETS.items():
            table[property_id] = source[column] * factor
        table["split"] = [SPLITS[k] for k in _paper_split(len(table))]
        table.to_parquet(temporary / "table.parquet")
        symbols = [symbol for row in source["elements"] for symbol in row]
        np.save(temporary / "numbers.npy", np.array([atomic_numbers[s] for s in symbols], np.uint8))
        positions = _joined(source["XYZ_Ang"]).reshape(-1, 3)
        np.save(temporary / "positions.npy", positions)  # [sum of n_atoms, 3]
        np.save(temporary / "charges.npy", _joined(source["Mulliken_pop"]))  # [sum of n_atoms]
        np.save(temporary / "atom_offset.npy", np.cumsum([0, *table["n_atoms"]]))


@lru_cache(maxsize=1)
def _arrays(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = ("numbers", "positions", "atom_offset")
    return tuple(np.load(folder / f"{name}.npy", mmap_mode="r") for name in names)


def _source_folder() -> Path:
    folder = _folder("source")
    if not folder.exists():
        _unpack(folder)
    return folder


@lru_cache(maxsize=1)
def _table(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "table.parquet").set_index("index")


def load_table() -> pd.DataFrame:
    """One row per molecule, indexed by QM9 Index, in the paper's order.

    Columns smiles, constitution (InChI without stereo), formula, n_atoms, the six properties in
    their units, split. The first call unpacks the source into GAMNET_HOME. Do not change it.
    """
    return _table(_source_folder())


def _at(position: int) -> Structure:
    row = load_table().iloc[position]
    numbers, positions, offset = _arrays(_source_folder())
    atoms = slice(offset[position], offset[position + 1])
    index = int(row.name)
    info = {"qm9_index": index, "smiles": row["smiles"]}
    return make_structure(numbers[atoms], positions[atoms], source=f"qm9:{index}", info=info)


def structure(index: int) -> Structure:
    """The molecule with this QM9 Index; raises UnknownDatasetError if there is none."""
    table = load_table()
    if index not in table.index:
        raise UnknownDatasetError(
            f"No molecule {index} in QM9",
            f"Indices run from {table.index.min()} to {table.index.max()}; 3,054 molecules whose "
            "geometry is inconsistent with their SMILES are left out",
        )
    return _at(table.index.get_loc(index))


def element_counts() -> np.ndarray:
    """[n_molecules, 10] atoms of each atomic number, rows as in `load_table`."""
    numbers, _, offset = _arrays(_source_folder())
    counts = np.zeros((len(offset) - 1, 10))
    molecule = np.repeat(np.arange(len(offset) - 1), np.diff(offset))  # [sum of n_atoms]
    np.add.at(counts, (molecule, numbers), 1)
    return counts


def search(
    text: str, ranges: Mapping[str, tuple[float, float]] = MappingProxyType({})
) -> pd.DataFrame:
    """Molecules by Index, formula (any order of elements) or SMILES, best matches first.

    A SMILES finds the molecules of the same constitution, whatever its spelling; failing that,
    the molecules whose SMILES contain the text. Without a text all molecules match.
    ranges : property id (or "n_atoms") -> lowest and highest value, in the property's unit.
    Rows as in `load_table`. Raises UnknownPropertyError for a property that QM9 does not have.
    """
    table, text = load_table(), text.strip()
    if not text and not ranges:
        return table.iloc[:0]
    found = _matching(table, text) if text else table
    for name, (low, high) in ranges.items():
        if name not in (*PROPERTY_IDS, "n_atoms"):
            raise UnknownPropertyError(
                f"QM9 has no property '{name}'", f"Available: {', '.join(PROPERTY_IDS)}, n_atoms"
            )
        found = found[found[name].between(low, high)]
    return found


def same_constitution(smiles: str) -> pd.DataFrame:
    """The molecules with the bonds that a SMILES names, whatever its spelling; often one."""
    table = load_table()
    return table[table["constitution"] == _constitution(smiles)]


def _matching(table: pd.DataFrame, text: str) -> pd.DataFrame:
    if text.isdecimal():
        return table.loc[table.index == int(text)]
    counts = parse_formula(text)
    if counts:
        found = table[table["formula"] == hill_formula(counts)]
        if len(found):
            return found
    found = same_constitution(text)
    if len(found):
        return found
    return table[table["smiles"].str.contains(text, regex=False)]


def _constitution(smiles: str) -> str | None:
    """InChI without stereo layers, or None for text that is no SMILES."""
    from rdkit import Chem
    from rdkit.rdBase import BlockLogs

    with BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
        return _STEREO_LAYERS.sub("", Chem.MolToInchi(molecule)) if molecule else None


def prepare(processes: int = 2, progress: bool = True) -> Dataset:
    """Build what is missing in GAMNET_HOME (a few minutes, once) and load the data set."""
    folder = _folder("graphs")
    if not folder.exists():
        n = len(load_table())
        build_store(folder, map(_at, range(n)), n, RULE, processes, progress)
    return load()


def load() -> Dataset:
    """The prepared data set; raises UnknownDatasetError before `prepare`."""
    folder = _folder("graphs")
    if not folder.exists():
        raise UnknownDatasetError("QM9 is not prepared", "Run: gamnet prepare qm9")
    table = load_table()
    return Dataset(
        name=NAME,
        ids=table.index.to_numpy(),
        property_ids=PROPERTY_IDS,
        targets=table[list(PROPERTY_IDS)].to_numpy(np.float64),
        split=table["split"].map(SPLITS.index).to_numpy(np.uint8),
        graphs=GraphStore.open(folder),
        charges=np.load(_source_folder() / "charges.npy", mmap_mode="r"),
    )
