"""The organic data: parts, splits by scaffold, and levels moved to QM9's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gamnet.datasets import organic
from gamnet.datasets.classes import is_test_scaffold, plain_smiles, scaffold
from gamnet.datasets.organic import VARIABLE, Organic, split_of
from gamnet.datasets.qm9 import QM9
from gamnet.errors import UnknownDatasetError

DRUGS = ["CC(C)Cc1ccc(cc1)C(C)C(=O)O", "Clc1ccccc1S", "c1ccc2ccccc2c1", "CCSCC", "BrCCCCCC"]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Organic:
    """A few molecules of each part, with a table of iqspr whose gap is 0.9 QM9's - 0.1 eV."""
    whole = QM9()
    qm9 = whole.table().iloc[::100]
    monkeypatch.setattr(whole, "table", lambda: qm9, raising=False)
    monkeypatch.setattr(organic, "QM9", lambda: whole)
    monkeypatch.setattr(organic, "N_QM9", {"train": 8, "validation": 3, "test": 3})
    shared = qm9[qm9["split"] == "train"].iloc[200:240]
    table = pd.DataFrame({"smiles": [*shared["smiles"], *DRUGS]})
    table["gap"] = [*(0.9 * shared["gap"] - 0.1), *np.linspace(3, 5, len(DRUGS))]
    table["cv"] = [*(shared["cv"] + 1.0), *np.linspace(20, 50, len(DRUGS))]
    table["e_thermal"] = 1.0
    monkeypatch.setattr(organic, "read_iqspr", lambda path: table.copy())
    rows = [
        {
            "smiles": plain_smiles(smiles), "source": source, "numbers": [6, 1, 1, 1, 1],
            "positions": [0, 0, 0, 629, 629, 629, -629, -629, 629, 629, -629, -629, -629, 629,
                          -629],
            "homo": -9.0, "lumo": -6.0,
        }
        for smiles, source in [
            *((smiles, "iqspr") for smiles in DRUGS),
            (qm9["smiles"].iloc[50], f"qm9:{qm9.index[50]}"),
            ("NCCCCCc1cccnc1", "hiv"),
        ]
    ]  # fmt: skip
    wide = tmp_path / "wide.parquet"
    pd.DataFrame(rows).to_parquet(wide)
    monkeypatch.setattr(organic, "WIDE", wide)
    iqspr = tmp_path / "iqspr.RData"
    iqspr.write_bytes(b"x")
    monkeypatch.setenv(VARIABLE, str(iqspr))
    return Organic()


def test_each_part_knows_what_it_is_from(small: Organic) -> None:
    entries = list(small.entries())
    parts = pd.Series([entry.part for entry in entries]).value_counts()
    assert parts["qm9"] == 14 and parts["iqspr"] == len(DRUGS) and parts["qm9-mmff"] == 1
    assert len({entry.id for entry in entries}) == len(entries)
    known = {entry.part: set(entry.values) for entry in entries}
    assert known["qm9"] == {"homo", "lumo", "gap", "cv"}
    assert known["anchors"] == {"homo", "lumo", "gap"}
    assert known["iqspr"] == {"gap", "cv", "homo_xtb", "lumo_xtb"}
    assert known["hiv"] == {"homo_xtb", "lumo_xtb"}
    for entry in entries:
        if "homo" in entry.values:
            gap = entry.values["lumo"] - entry.values["homo"]
            assert entry.values["gap"] == pytest.approx(gap, abs=1e-9)
        if entry.part == "hiv":
            assert entry.split == "train"
    # 0.629 A along each axis, kept to 0.001 A: the bond of methane.
    (mmff,) = [entry for entry in entries if entry.part == "qm9-mmff"]
    distance = np.linalg.norm(mmff.structure.positions[1] - mmff.structure.positions[0])
    assert distance == pytest.approx(0.629 * 3**0.5, abs=1e-6)


def test_levels_are_moved_to_that_of_qm9(small: Organic) -> None:
    moved = {e.structure.info.smiles: e.values for e in small.entries() if e.part == "iqspr"}
    told = np.linspace(3, 5, len(DRUGS))
    for smiles, gap, cv in zip(DRUGS, told, np.linspace(20, 50, len(DRUGS)), strict=True):
        values = moved[plain_smiles(smiles)]
        assert values["gap"] == pytest.approx((gap + 0.1) / 0.9, abs=0.02)
        assert values["cv"] == pytest.approx(cv - 1.0, abs=0.1)


def test_no_scaffold_is_in_two_splits() -> None:
    anchors = pd.read_parquet(organic.ANCHORS["train"])
    fit = [smiles for smiles in anchors["smiles"] if scaffold(smiles)]
    splits = pd.DataFrame({"frame": [*map(scaffold, fit)]})
    splits["split"] = [split_of(smiles, "anchors") for smiles in fit]
    assert (splits.groupby("frame")["split"].nunique() == 1).all()
    for smiles in pd.read_parquet(organic.ANCHORS["test"])["smiles"]:
        assert is_test_scaffold(scaffold(smiles)) and split_of(smiles, "iqspr") == "test"
    assert {split_of("C" * n + "O", "iqspr") for n in range(3, 40)} >= {"train", "test"}


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not Organic().available
    with pytest.raises(UnknownDatasetError, match=VARIABLE):
        Organic().fingerprint()
