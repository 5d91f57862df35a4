"""The wide list: fair prefixes, resumable chunks, and the packed file."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from gamnet.datasets.organic import STEP
from gamnet.errors import LabelError
from gamnet.labelling import wide
from gamnet.labelling.geometry import make_geometry


@pytest.fixture
def molecules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gamnet_home: Path
) -> list[wide.Wide]:
    monkeypatch.setattr(wide, "_of_qm9", lambda: [("CC=O", "qm9:17")])
    monkeypatch.setattr(wide, "CHUNK", 2)
    monkeypatch.setattr(wide, "xtb_levels", lambda structure: (-9.0, -structure.n_atoms / 10))
    path = tmp_path / "hiv.csv"
    path.write_text(
        "smiles,activity\nCCO,1\nC[C@H](F)Cl,0\nCC(=O)[O-],0\nnot a molecule,0\nOCC,1\n"
    )
    return wide.wide_list(path, None)


def test_the_list_holds_each_candidate_once(molecules: list[wide.Wide]) -> None:
    names = [one.smiles for one in molecules]
    assert names.count("CCO") == 1 and "CC(F)Cl" in names and len(names) == 3
    assert [one.kind for one in molecules] == ["qm9", "hiv", "hiv"]


def test_chunks_are_made_once_and_packed(molecules: list[wide.Wide], tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="gamnet label wide"):
        wide.pack_wide(tmp_path / "none.parquet")
    assert len(list(wide.label_wide(molecules[:2]))) == 1
    # A longer list goes on where the shorter one ended.
    assert len(list(wide.label_wide(molecules))) == 1
    assert list(wide.label_wide(molecules)) == []
    table = wide.pack_wide(tmp_path / "wide.parquet")
    assert table["smiles"].to_pylist() == [one.smiles for one in molecules]
    # Packing again adds nothing twice, and keeps what another machine had made.
    assert wide.pack_wide(tmp_path / "wide.parquet").equals(table)
    elsewhere = tmp_path / "elsewhere.parquet"
    pq.write_table(table.slice(2).replace_schema_metadata({"software": "tblite 0"}), elsewhere)
    assert wide.not_shipped(molecules, elsewhere) == molecules[:2]
    both = wide.pack_wide(elsewhere)
    assert both["smiles"].to_pylist() == [molecules[k].smiles for k in (2, 0, 1)]
    assert b"tblite 0" in both.schema.metadata[b"software"]
    row = table.to_pylist()[-1]
    structure = make_geometry(row["smiles"], "etkdg-mmff", conformers=1)
    positions = np.reshape(row["positions"], (-1, 3)) * STEP
    np.testing.assert_allclose(positions, structure.positions, atol=0.51 * STEP)
    assert row["lumo"] == pytest.approx(-structure.n_atoms / 10)
    assert pq.read_schema(tmp_path / "wide.parquet").metadata[b"level"] == b"gfn2-xtb"
