"""Data sets of one's own: a YAML file and structure files, against what was written by ASE."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from ase import Atoms
from ase.io import write

from gamnet.datasets import DATASETS, entry_of, get_dataset, read
from gamnet.datasets.described import read_description
from gamnet.datasets.source import ClosedShellMolecules, DataSource, SmilesSearch
from gamnet.errors import ConfigError, GAMNetError, ReadError, UnknownDatasetError
from gamnet.structures.reading import SCHEMES

N = 20


@pytest.fixture(autouse=True)
def unlisted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test lists is forgotten after it."""
    monkeypatch.setattr("gamnet.datasets.DATASETS", dict(DATASETS))
    for name in ("mine",):
        monkeypatch.delitem(SCHEMES, name, raising=False)


def frames() -> list[Atoms]:
    rng = np.random.default_rng(0)
    found = []
    for k in range(N):
        n = int(rng.integers(2, 5))
        atoms = Atoms(rng.choice([1, 8], n), np.cumsum(rng.uniform(0.6, 1.0, (n, 3)), axis=0))
        atoms.info = {"label": f"cluster-{k}", "e": 1.5 * k, "hardness": 0.25 * n, "part": "train"}
        found.append(atoms)
    return found


def described(folder: Path, **changes: object) -> Path:
    """The description of a data set of N clusters, in a folder of its own."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    write(folder / "data" / "a.extxyz", frames()[:12])
    write(folder / "data" / "b.extxyz", frames()[12:])
    raw = {
        "name": "mine",
        "title": "Clusters of ours",
        "files": ["data/*.extxyz"],
        "id": "label",
        "properties": [
            {"id": "energy", "key": "e", "unit": "eV", "scaling": "extensive"},
            {"id": "hardness", "unit": "N m / kg^0.5", "scaling": "intensive"},
        ],
        "split": {"seed": 3, "train": 0.5, "validation": 0.25},
    }
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({**raw, **changes}))
    return path


def test_everything_is_as_it_was_written(gamnet_home: Path, tmp_path: Path) -> None:
    source = get_dataset(str(described(tmp_path)))
    assert isinstance(source, DataSource) and source.available
    assert not isinstance(source, SmilesSearch | ClosedShellMolecules)
    table = source.table()
    assert table.index.tolist() == [f"cluster-{k}" for k in range(N)]
    assert table["energy"].tolist() == [1.5 * k for k in range(N)]
    assert table["split"].value_counts().to_dict() == {"train": 10, "validation": 5, "test": 5}
    for k, atoms in enumerate(frames()):
        structure = read(f"mine:cluster-{k}")[0]
        assert structure.numbers.tolist() == atoms.numbers.tolist()
        np.testing.assert_allclose(structure.positions, atoms.positions, atol=1e-7)
        assert entry_of(structure)[1]["hardness"] == pytest.approx(0.25 * len(atoms))
    assert source.search("cluster-3").index.tolist() == ["cluster-3"]
    assert len(source.search("", {"energy": (0, 3)})) == 3
    formula = table["formula"].iloc[0]
    assert set(source.search(formula)["formula"]) == {formula}


def test_prepared_it_is_found_by_name(gamnet_home: Path, tmp_path: Path) -> None:
    source = read_description(described(tmp_path))
    dataset = source.prepare(processes=1, progress=False)
    assert dataset.property_ids == ("energy", "hardness") and len(dataset.graphs) == N
    assert dataset.graphs.n_atoms_of.tolist() == [len(atoms) for atoms in frames()]
    assert len(dataset.positions("test")) == 5 and dataset.charge is None
    assert get_dataset("mine").load().ids.tolist() == dataset.ids.tolist()


def test_another_file_is_another_data_set(gamnet_home: Path, tmp_path: Path) -> None:
    path = described(tmp_path)
    before = read_description(path).table()
    changed = frames()[12:]
    changed[0].info["e"] = -7.0
    write(tmp_path / "data" / "b.extxyz", changed)
    after = read_description(path).table()
    assert before["energy"].iloc[12] == 18.0 and after["energy"].iloc[12] == -7.0


def test_the_split_may_be_a_field(gamnet_home: Path, tmp_path: Path) -> None:
    source = read_description(described(tmp_path, split={"key": "part"}))
    assert set(source.table()["split"]) == {"train"}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"name": "My Data"}, "lower-case letters"),
        ({"name": "smiles"}, "lower-case letters"),
        ({"properties": []}, "has no property"),
        ({"propertys": []}, "Unknown setting 'propertys'"),
        ({"properties": [{"id": "e", "unit": "eV", "scaling": "large"}]}, "properties.0.scaling"),
        ({"split": {"train": 0.9, "validation": 0.2}}, "shares"),
        ({"cutoff": "far"}, "cutoff"),
        ({"name": "qm9"}, "as one of ours is"),
    ],
)
def test_bad_descriptions_are_refused(
    gamnet_home: Path, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        get_dataset(str(described(tmp_path, **changes)))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"files": ["nothing/*.xyz"]}, "has no file 'nothing"),
        ({"id": "nr"}, "no field 'nr'.*It has: label, e, hardness, part"),
        ({"id": "part"}, "Two structures of .* have the id 'train'"),
        ({"split": {"key": "label"}}, "the split is 'cluster-0'"),
        ({"periodic": True}, "is a molecule"),
        ({"properties": [{"id": "label", "unit": "", "scaling": "intensive"}]}, "not a number"),
    ],
)
def test_bad_files_are_named(
    gamnet_home: Path, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    source = read_description(described(tmp_path, **changes))
    with pytest.raises(GAMNetError, match=message):
        source.table()


def test_an_unknown_id(gamnet_home: Path, tmp_path: Path) -> None:
    source = read_description(described(tmp_path))
    with pytest.raises(UnknownDatasetError, match="No structure 'x' in Clusters of ours"):
        source.structure("x")
    with pytest.raises(UnknownDatasetError, match="not prepared.*gamnet prepare mine"):
        source.load()
    with pytest.raises(ReadError):
        (tmp_path / "data" / "b.extxyz").write_text("3\nbroken\nO 0 0 0\n")
        read_description(tmp_path / "mine.yaml").table()
