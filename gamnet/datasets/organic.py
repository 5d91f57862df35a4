"""Organic molecules of up to 40 heavy atoms: QM9, and what is known of larger ones and of S to Br.

The parts, each with what it knows; everything else is NaN:
qm9            molecules of QM9 at its own geometry: HOMO, LUMO, C_v
qm9-mmff       the same at a force field's geometry, as a SMILES gives it; GFN2-xTB levels as well
anchors        B3LYP/6-31G* at a force field's or GFN2-xTB's geometry, moved to QM9's level
iqspr          gap and C_v of PubChem molecules, B3LYP/6-31G(d), moved to QM9's level; geometry by
               a force field, because the source has none; GFN2-xTB levels as well
hiv            GFN2-xTB levels alone
Labels are in pretrained/organic/labels, made by `gamnet label`; iqspr's own table is fetched.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase
from scipy.stats import siegelslopes

from gamnet.datasets.classes import digest, is_test_scaffold, plain_smiles, scaffold
from gamnet.datasets.iqspr import ADDRESS, read_iqspr
from gamnet.datasets.levels import read_offsets
from gamnet.datasets.qm9 import LEVEL, QM9
from gamnet.datasets.unpacked import Entry, Unpacked, digest_of
from gamnet.errors import UnknownDatasetError
from gamnet.graphs.rule import MOLECULE_RULE
from gamnet.home import PRETRAINED
from gamnet.properties import Property
from gamnet.structures.facts import ETKDG_MMFF, StructureInfo
from gamnet.structures.structure import Structure, make_structure

VARIABLE = "GAMNET_IQSPR"
LABELS = PRETRAINED / "organic" / "labels"
OFFSETS, WIDE = LABELS / "anchors-qm9.json", LABELS / "wide.parquet"
ANCHORS = {"train": LABELS / "anchors-train.parquet", "test": LABELS / "anchors-test.parquet"}
STEP = 1e-3  # A, of the coordinates in the file `WIDE`
XTB = "GFN2-xTB"
# Molecules of QM9 at its own geometry, of each of its splits.
N_QM9 = {"train": 40_000, "validation": 1_000, "test": 2_000}
# One scaffold in so many is held back from training, to choose and to calibrate by.
_VALIDATION_SHARE = {"anchors": 5, "iqspr": 20}
_ACYCLIC_TEST_SHARE = 10  # molecules without a scaffold, of iqspr

_MEV = ("meV", 1e3)
PROPERTIES: tuple[Property, ...] = (
    Property(
        "homo", "ε_HOMO", "HOMO energy", "eV", *_MEV, "intensive",
        "Energy of the highest occupied molecular orbital", LEVEL, "organic",
    ),
    Property(
        "lumo", "ε_LUMO", "LUMO energy", "eV", *_MEV, "intensive",
        "Energy of the lowest unoccupied molecular orbital", LEVEL, "organic",
    ),
    Property(
        "gap", "Δε", "HOMO-LUMO gap", "eV", *_MEV, "difference",
        "LUMO energy minus HOMO energy", LEVEL, "organic", ("lumo", "homo"),
    ),
    Property(
        "cv", "C_v", "Heat capacity at 298.15 K", "cal/(mol K)", "cal/(mol K)", 1.0, "extensive",
        "Heat needed per degree at constant volume", LEVEL, "organic",
    ),
    Property(
        "homo_xtb", "ε_HOMO", "HOMO energy by GFN2-xTB", "eV", *_MEV, "intensive",
        "Energy of the highest occupied molecular orbital", XTB, "organic",
    ),
    Property(
        "lumo_xtb", "ε_LUMO", "LUMO energy by GFN2-xTB", "eV", *_MEV, "intensive",
        "Energy of the lowest unoccupied molecular orbital", XTB, "organic",
    ),
)  # fmt: skip


class Organic(Unpacked):
    """The data source; ids are the part and a hash of the SMILES, or QM9's Index."""

    name = "organic"
    title = "Organic molecules"
    description = (
        "Molecules of up to 40 heavy atoms of C, N, O, F, P, S, Cl and Br with hydrogen: QM9, "
        "anchors by DFT, gaps of PubChem molecules, and GFN2-xTB levels"
    )
    citation = (
        f"QM9: {QM9.citation}; gaps and C_v: R package iqspr 1.0 (PubChem molecules, "
        "B3LYP/6-31G(d)); anchors and GFN2-xTB levels: this project"
    )
    licence = "MIT"
    properties: tuple[Property, ...] = PROPERTIES
    rule = MOLECULE_RULE
    periodic = False
    closed_shell = True

    @property
    def available(self) -> bool:
        """As `DataSource.available`: QM9, the labels and iqspr's table are there."""
        named = os.environ.get(VARIABLE)
        return QM9().available and WIDE.is_file() and bool(named) and Path(str(named)).is_file()

    def fingerprint(self) -> str:
        """Digest of the files; raises UnknownDatasetError where one is not there."""
        if not self.available:
            raise UnknownDatasetError(
                f"The data of {self.title} are not all here",
                f"Install qm9pack, fetch iqspr's table ({ADDRESS}), and name its file in the "
                f"environment variable {VARIABLE}",
            )
        files = (OFFSETS, WIDE, *ANCHORS.values(), Path(os.environ[VARIABLE]))
        return hashlib.sha256("\n".join(digest_of(path) for path in files).encode()).hexdigest()

    def entries(self) -> Iterator[Entry]:
        """Part after part; raises UnknownDatasetError."""
        self.fingerprint()
        qm9 = QM9()
        yield from _qm9_entries(qm9)
        yield from _anchor_entries()
        yield from _wide_entries(qm9)


def split_of(smiles: str, part: str) -> str:
    """The split of a molecule that is not of QM9, by a hash of its scaffold alone.

    Without a scaffold, by a hash of its SMILES.
    """
    frame = scaffold(smiles)
    if is_test_scaffold(frame) or (not frame and digest(smiles) % _ACYCLIC_TEST_SHARE == 0):
        return "test"
    held_back = digest(f"{frame or smiles} validation") % _VALIDATION_SHARE[part] == 0
    return "validation" if held_back else "train"


def anchor_id(smiles: str, geometry: str) -> str:
    """The id of an anchor, by its canonical SMILES and the kind of its geometry."""
    return f"anchor-{digest(smiles):012x}-{geometry}"


def _qm9_entries(qm9: QM9) -> Iterator[Entry]:
    table = qm9.table()
    random = np.random.default_rng(0)
    chosen = []
    for split, count in N_QM9.items():
        places = np.flatnonzero(table["split"] == split)
        chosen.append(random.permutation(places)[:count])
    values = table[["homo", "lumo", "cv"]].to_numpy()
    for place in np.sort(np.concatenate(chosen)):
        id = str(table.index[place])
        known = _frontier(values[place, 0], values[place, 1]) | {"cv": float(values[place, 2])}
        yield Entry(f"qm9-{id}", qm9.structure(id), known, table["split"].iloc[place], "qm9")


def _anchor_entries() -> Iterator[Entry]:
    offsets = read_offsets(OFFSETS)
    for which, path in ANCHORS.items():
        for row in pd.read_parquet(path).to_dict("records"):
            if row["reason"]:
                continue
            smiles = row["smiles"]
            known = _frontier(*(offsets[name].apply(row[name]) for name in ("homo", "lumo")))
            # Lists by hand may have scaffolds of the test hash: there they are for training.
            split = "test" if which == "test" else split_of(smiles, "anchors")
            if which == "train" and split == "test":
                split = "train"
            positions = np.reshape(row["positions"], (-1, 3))
            structure = _molecule(row["numbers"], positions, smiles, row["geometry"])
            yield Entry(anchor_id(smiles, row["geometry"]), structure, known, split, "anchors")


def _wide_entries(qm9: QM9) -> Iterator[Entry]:
    table = qm9.table()
    dft = _iqspr_at_qm9_level(Path(os.environ[VARIABLE]), table)
    tested = set(pd.read_parquet(ANCHORS["test"], columns=["smiles"])["smiles"])
    for row in pd.read_parquet(WIDE).to_dict("records"):
        smiles, source = row["smiles"], row["source"]
        known = {"homo_xtb": float(row["homo"]), "lumo_xtb": float(row["lumo"])}
        if source.startswith("qm9:"):
            own = table.loc[source.removeprefix("qm9:")]
            known |= _frontier(own["homo"], own["lumo"]) | {"cv": float(own["cv"])}
            part, split = "qm9-mmff", str(own["split"])
            id = source.replace("qm9:", "qm9-mmff-")
        elif smiles in tested:
            continue
        elif source == "iqspr":
            if smiles not in dft.index:  # of QM9, and fitted on
                continue
            part, split = "iqspr", split_of(smiles, "iqspr")
            known |= {name: float(dft.at[smiles, name]) for name in ("gap", "cv")}
            id = f"iqspr-{digest(smiles):012x}"
        else:
            part, split = "hiv", split_of(smiles, "iqspr")
            id = f"hiv-{digest(smiles):012x}"
            if split != "train":  # nothing of it is known that could be judged
                continue
        positions = np.reshape(row["positions"], (-1, 3)) * STEP
        yield Entry(
            id, _molecule(row["numbers"], positions, smiles, ETKDG_MMFF), known, split, part
        )


def _iqspr_at_qm9_level(path: Path, qm9: pd.DataFrame) -> pd.DataFrame:
    """gap (eV) and cv (cal/(mol K)) by canonical SMILES, of the molecules that QM9 does not have.

    Moved by lines fitted on molecules of both (Siegel's repeated medians: some have another
    conformer or tautomer), of QM9's training split alone.
    """
    table = read_iqspr(path)
    with rdBase.BlockLogs():
        table["smiles"] = table["smiles"].map(plain_smiles)
        mine = table.dropna(subset=["smiles"]).groupby("smiles")[["gap", "cv"]].mean()
        names = qm9["smiles"].map(_without_stereo)
    shared = qm9[names.isin(mine.index)]
    both = mine.loc[names[shared.index]].reset_index(drop=True)
    moved = mine[~mine.index.isin(names)].copy()
    fitted = (shared["split"] == "train").to_numpy()
    for name in ("gap", "cv"):
        slope, intercept = siegelslopes(
            shared[name].to_numpy()[fitted], both[name].to_numpy()[fitted]
        )
        moved[name] = slope * mine.loc[moved.index, name] + intercept
    return moved


def _without_stereo(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return ""
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(mol)


def _frontier(homo: float, lumo: float) -> dict[str, float]:
    return {"homo": float(homo), "lumo": float(lumo), "gap": float(lumo - homo)}


def _molecule(numbers: Any, positions: np.ndarray, smiles: str, geometry: str) -> Structure:
    info = StructureInfo(smiles=smiles, geometry=geometry)
    return make_structure(numbers, positions, source=f"smiles:{smiles}", info=info)
