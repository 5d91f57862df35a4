"""Crystals from a file of the same form, written here."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from gamnet.datasets.materials_project import VARIABLE, MaterialsProject
from gamnet.datasets.source import DataSource
from gamnet.errors import UnknownDatasetError
from gamnet.graphs.rule import CRYSTAL_RULE
from gamnet.home import sha256_of

ROWS = [
    {
        "id": f"mp-{k}", "src": "made up", "e_form": -0.5 * k, "gap": float(k), "split": split,
        "lattice": [[0.0, a, a], [a, 0.0, a], [a, a, 0.0]], "species": ["Na", "Cl"],
        "frac": [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]],
    }
    for k, (a, split) in enumerate([(2.8, "train"), (2.9, "train"), (3.0, "val"), (2.7, "test")])
]  # fmt: skip


@pytest.fixture
def source(tmp_path: Path, gamnet_home: Path, monkeypatch: pytest.MonkeyPatch) -> MaterialsProject:
    path = tmp_path / "crystals.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in ROWS)
    monkeypatch.setenv(VARIABLE, str(path))
    return MaterialsProject(sha256_of(path))


def test_crystals_are_read(source: MaterialsProject) -> None:
    assert isinstance(source, DataSource) and source.available and source.periodic
    table = source.table()
    assert table["e_form"].tolist() == [0.0, -0.5, -1.0, -1.5]
    assert table["split"].tolist() == ["train", "train", "validation", "test"]
    structure = source.structure("mp-1")
    assert structure.formula == "ClNa" and structure.periodic
    np.testing.assert_allclose(structure.lattice, ROWS[1]["lattice"])
    np.testing.assert_allclose(structure.positions, [[0, 0, 0], [2.9, 2.9, 2.9]])


def test_prepared_graphs_reach_six_angstrom(source: MaterialsProject) -> None:
    dataset = source.prepare(processes=1, progress=False)
    assert source.rule == CRYSTAL_RULE and len(dataset.graphs) == 4
    # Rock salt: six neighbours across the cell's faces, at the lattice parameter's half.
    assert dataset.graphs.n_edges_of.tolist() == [12] * 4
    np.testing.assert_allclose(dataset.graphs.distance[:12], 2.8, rtol=1e-5)


def test_an_absent_file_and_another_one(
    source: MaterialsProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownDatasetError, match="is not the file.*SHA-256"):
        MaterialsProject().table()
    monkeypatch.delenv(VARIABLE)
    assert not MaterialsProject().available
    with pytest.raises(UnknownDatasetError, match=f"are not here.*{VARIABLE}"):
        MaterialsProject().table()
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps(ROWS[0]) + "\n{}\n")
    monkeypatch.setenv(VARIABLE, str(broken))
    with pytest.raises(UnknownDatasetError, match="Line 2 .*is no crystal"):
        MaterialsProject(sha256_of(broken)).table()
