"""The atlas: its numbers against the model's own, going on after a stop, staleness, search."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scipy import stats
from typer.testing import CliRunner

import gamnet
from gamnet.atlas import build, chunks
from gamnet.atlas.build import build_atlas, weights_sha256
from gamnet.atlas.chunks import atom_sample, run_chunks
from gamnet.atlas.columns import molecule_columns
from gamnet.atlas.search import find, substructures
from gamnet.atlas.tables import (
    CONTRIBUTION,
    GA,
    AtlasError,
    locate,
    read_atlas,
    read_info,
    shipped_folder,
    write_atlas,
)
from gamnet.commands.main import main
from gamnet.datasets import get_dataset
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import load_one

N = 60
QM9 = get_dataset("qm9")


def flat(points: np.ndarray) -> np.ndarray:
    """Stands in for UMAP, whose compilation takes longer than all of these tests."""
    return points[:, :2]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_one("qm9")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for unfinished work, while QM9 itself stays where it is."""
    monkeypatch.setattr(build, "gamnet_home", lambda: tmp_path / "home")
    return tmp_path / "home" / "atlas"


@pytest.fixture(scope="module")
def built(model: Model, tmp_path_factory: pytest.TempPathFactory) -> gamnet.atlas.tables.Atlas:
    folder = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "gamnet_home", lambda: folder / "home")
        return build_atlas(model, folder / "atlas", N, progress=False, embed=flat)


def test_values_are_the_models_own(model: Model, built: gamnet.atlas.tables.Atlas) -> None:
    rows = built.molecules.iloc[::13]
    predictions = model.predict([QM9.structure(id) for id in rows["id"]])
    table = QM9.table()
    for (_, row), prediction in zip(rows.iterrows(), predictions, strict=True):
        for pid in model.property_ids:
            assert row[f"predicted_{pid}"] == pytest.approx(prediction[pid].value, abs=2e-4)
            assert row[f"target_{pid}"] == pytest.approx(table.loc[row["id"], pid], rel=1e-6)
            error = row[f"predicted_{pid}"] - row[f"target_{pid}"]
            assert row[f"error_{pid}"] == pytest.approx(error, abs=1e-5)


def test_atoms_are_the_models_own(model: Model, built: gamnet.atlas.tables.Atlas) -> None:
    for _, atom in built.atoms.iloc[::17].iterrows():
        structure = QM9.structure(atom["id"])
        prediction = model.predict([structure])[0]
        i = int(atom["i"])
        assert structure.symbols[i] == atom["element"]
        for pid in model.property_ids:
            ga = prediction[pid].ga_scores[i] * structure.n_atoms
            assert atom[f"{GA}_{pid}"] == pytest.approx(ga, rel=1e-3, abs=1e-4)
            contribution = prediction[pid].contributions[i]
            assert atom[f"{CONTRIBUTION}_{pid}"] == pytest.approx(contribution, rel=1e-3, abs=1e-3)


def test_the_description_counts(built: gamnet.atlas.tables.Atlas) -> None:
    info = built.info
    assert (info.n_molecules, info.n_total) == (N, 130_831) and not info.complete
    assert info.n_atoms == built.molecules["n_atoms"].sum()
    assert info.n_mapped == len(built.atoms) == 2 * N
    assert built.environments["n_atoms"].sum() == info.n_atoms  # none unmatched in this sample
    counts = built.molecules[["n_H", "n_C", "n_N", "n_O", "n_F"]].sum(axis=1)
    assert (counts == built.molecules["n_atoms"]).all()
    assert set(molecule_columns(info)) <= set(built.molecules)


def test_examples_are_atoms_of_their_environment(built: gamnet.atlas.tables.Atlas) -> None:
    for _, row in built.environments.iterrows():
        pairs = list(zip(row["example_id"], row["example_i"], strict=True))
        assert 1 <= len(pairs) <= 6 and len({id for id, _ in pairs}) == len(pairs)
        for id, i in pairs:
            assert QM9.structure(id).symbols[int(i)] == row["element"]


def test_statistics_are_those_of_all_atoms(model: Model, built: gamnet.atlas.tables.Atlas) -> None:
    """Every environment's figures from predictions made one molecule at a time, by scipy."""
    rows = []
    for id in built.molecules["id"]:
        structure = QM9.structure(id)
        prediction = model.predict([structure])[0]
        molecule = gamnet.explanation.environments.parse_smiles(structure.info.smiles)
        found = gamnet.explanation.environments.atom_environments(
            molecule, structure.numbers, structure.positions
        )
        ga = prediction["lumo"].ga_scores * structure.n_atoms
        rows += [(e, value) for e, value in zip(found, ga, strict=True)]
    environment = pd.Series([e for e, _ in rows])
    values = np.array([value for _, value in rows])
    element = np.array([e.element for e, _ in rows])
    chosen = built.statistics.query(f"property == 'lumo' and quantity == '{GA}'")
    assert len(chosen) == len(built.environments) == environment.nunique()
    for _, row in chosen.iterrows():
        key = built.environments.loc[row["environment"], ["element", "neighbours", "ring", "group"]]
        own = (environment == gamnet.explanation.environments.Environment(*key)).to_numpy()
        first, second = values[own], values[~own & (element == key["element"])]
        assert built.environments.loc[row["environment"], "n_atoms"] == len(first)
        assert row["mean"] == pytest.approx(first.mean(), rel=1e-4)
        in_molecules = built.environments.loc[row["environment"], "n_molecules"]
        if in_molecules > 1 and len(second) > 1:
            t = stats.ttest_ind(first, second).statistic
            d = t * np.sqrt(1 / len(first) + 1 / len(second))
            assert row["d"] == pytest.approx(d, rel=1e-3, abs=1e-4)
            assert row["low"] < row["d"] < row["high"]
        else:
            assert np.isnan(row["d"])


def same(
    first: gamnet.atlas.tables.Atlas, second: gamnet.atlas.tables.Atlas, **tolerance: float
) -> None:
    assert first.info == second.info
    for name in ("molecules", "atoms", "environments", "statistics"):
        assert_frame_equal(getattr(first, name), getattr(second, name), **tolerance)


def test_a_stopped_build_goes_on_and_gives_the_same(
    model: Model, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "run_chunks", partial(run_chunks, size=20))
    compute, calls = chunks._chunk, []

    def interrupted(*args: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return compute(*args)

    monkeypatch.setattr(chunks, "_chunk", interrupted)
    folder = tmp_path / "atlas"
    with pytest.raises(KeyboardInterrupt):
        build_atlas(model, folder, N, progress=False, embed=flat)
    assert not folder.exists()
    resumed = build_atlas(model, folder, N, progress=False, embed=flat)
    assert len(calls) == 4  # two before the stop, the one that was cut off, and that one again
    assert not list(work.glob(".work-*")), "nothing is left behind"
    monkeypatch.setattr(chunks, "_chunk", compute)
    once = build_atlas(model, tmp_path / "again", N, progress=False, embed=flat)
    same(resumed, once)


def test_chunks_do_not_change_the_numbers(
    model: Model,
    built: gamnet.atlas.tables.Atlas,
    work: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "run_chunks", partial(run_chunks, size=7))
    other = build_atlas(model, tmp_path / "atlas", N, progress=False, embed=flat)
    same(built, other, rtol=1e-3, atol=1e-3)


def test_a_smaller_sample_is_part_of_a_larger_one(
    model: Model, built: gamnet.atlas.tables.Atlas, work: Path, tmp_path: Path
) -> None:
    small = build_atlas(model, tmp_path / "atlas", 20, progress=False, embed=flat)
    columns = ["id", "smiles", *(f"predicted_{pid}" for pid in model.property_ids)]
    mine = small.molecules[columns].reset_index(drop=True)
    theirs = built.molecules[built.molecules["id"].isin(mine["id"])][columns]
    assert_frame_equal(mine, theirs.reset_index(drop=True), rtol=1e-4, atol=1e-4)


def test_atoms_are_shared_out_evenly() -> None:
    found = atom_sample({1: 1000, 6: 500, 9: 7}, 107, seed=0)
    assert {z: len(ranks) for z, ranks in found.items()} == {1: 50, 6: 50, 9: 7}
    assert all((np.diff(ranks) > 0).all() for ranks in found.values())
    assert found[9].tolist() == list(range(7)) and found[1].max() < 1000
    everything = atom_sample({1: 3, 6: 2}, 10, seed=0)
    assert {z: ranks.tolist() for z, ranks in everything.items()} == {1: [0, 1, 2], 6: [0, 1]}
    again = atom_sample({1: 1000, 6: 500, 9: 7}, 107, seed=0)
    assert all((found[z] == again[z]).all() for z in found)


# --- files ----------------------------------------------------------------------------------------


def test_the_shipped_atlas_belongs_to_the_shipped_weights() -> None:
    info = read_info(shipped_folder("qm9"))
    assert info.sha256 == weights_sha256("qm9"), "the weights are new: run `make atlas`"
    atlas = read_atlas(shipped_folder("qm9"))
    assert set(atlas.molecules["split"]) == {"train", "validation", "test"}
    assert set(atlas.atoms["element"]) == set(info.elements)


def test_an_atlas_of_other_weights_is_told(
    built: gamnet.atlas.tables.Atlas, gamnet_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gamnet.prediction.shipped.PRETRAINED", gamnet_home / "nothing")
    assert locate("qm9", built.info.sha256) == (None, [])
    folder = gamnet_home / "atlas" / "qm9"
    folder.mkdir(parents=True)
    write_atlas(built, folder)
    assert locate("qm9", built.info.sha256) == (folder, [])
    found, problems = locate("qm9", "0" * 64)
    assert found is None and "made with other weights" in problems[0]
    assert built.info.sha256[:12] in problems[0]


def test_the_own_atlas_comes_before_the_shipped_one(
    built: gamnet.atlas.tables.Atlas, gamnet_home: Path
) -> None:
    sha256 = weights_sha256("qm9")
    assert locate("qm9", sha256)[0] == shipped_folder("qm9")
    folder = gamnet_home / "atlas" / "qm9"
    folder.mkdir(parents=True)
    write_atlas(built, folder)
    assert locate("qm9", sha256)[0] == folder


def test_damaged_atlases_are_refused(built: gamnet.atlas.tables.Atlas, tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match=r"molecules.parquet' is missing.*gamnet atlas"):
        read_atlas(tmp_path)
    write_atlas(built, tmp_path)
    same(read_atlas(tmp_path), built)
    (tmp_path / "atoms.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(AtlasError, match="damaged"):
        read_atlas(tmp_path)
    built.atoms.to_parquet(tmp_path / "atoms.parquet")
    with pytest.raises(AtlasError, match="different atlases"):
        read_atlas(tmp_path)


def test_a_folder_with_other_files_is_left_alone(model: Model, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(AtlasError, match="holds something else"):
        build_atlas(model, tmp_path, 20, progress=False, embed=flat)
    with pytest.raises(AtlasError, match="holds something else"):
        build_atlas(model, tmp_path / "thesis.txt", 20, progress=False, embed=flat)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_the_command_names_what_it_cannot_do() -> None:
    result = CliRunner().invoke(main, ["atlas", "qm8"])
    assert result.exit_code == 2 and "Unknown model 'qm8'" in result.output
    assert CliRunner().invoke(main, ["atlas", "qm9", "--limit", "1"]).exit_code == 2


# --- search ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library() -> tuple[pd.DataFrame, object]:
    smiles = ["c1ccccc1", "CCO", "CC#N", "C1CC1O", "Oc1ccccc1", "O=C1CC1"]
    molecules = pd.DataFrame({"id": [str(k) for k in range(10, 16)], "smiles": smiles})
    molecules["formula"] = ["C6H6", "C2H6O", "C2H3N", "C3H6O", "C6H6O", "C3H4O"]
    return molecules, substructures(molecules["smiles"])


@pytest.mark.parametrize(
    "text, places",
    [
        ("12", [2]),
        ("H6C6", [0]),
        ("C6H6O", [4]),
        ("C1=CC=CC=C1", [0, 4]),
        ("[OX2H]", [1, 3, 4]),
        ("[r3]", [3, 5]),
        ("[CX2]#N", [2]),
        ("CO", [1, 3, 4]),  # no molecule has this formula, so it is a substructure
        ("S", []),
    ],
)
def test_search(library: tuple[pd.DataFrame, object], text: str, places: list[int]) -> None:
    found, _ = find(*library, text)
    assert np.flatnonzero(found).tolist() == places


@pytest.mark.parametrize("text", ["(((", "<img src=x>", "C1CC"])
def test_search_for_nothing_known(library: tuple[pd.DataFrame, object], text: str) -> None:
    with pytest.raises(AtlasError, match="no id, formula, SMILES or SMARTS"):
        find(*library, text)


def test_search_without_bonds(library: tuple[pd.DataFrame, object]) -> None:
    molecules = library[0].drop(columns="smiles")
    assert np.flatnonzero(find(molecules, None, "H6C6")[0]).tolist() == [0]
    assert np.flatnonzero(find(molecules, None, "12")[0]).tolist() == [2]
    assert not find(molecules, None, "C9H9")[0].any()
    with pytest.raises(AtlasError, match="no id or formula.*C6H6"):
        find(molecules, None, "c1ccccc1")


@pytest.mark.slow
def test_maps_keep_neighbours_and_are_the_same_each_time() -> None:
    from gamnet.atlas.maps import embed

    rng = np.random.default_rng(0)
    centre = 12 * rng.normal(size=(4, 20))
    points = (centre[:, None] + rng.normal(size=(4, 60, 20))).reshape(-1, 20)
    group = np.repeat(np.arange(4), 60)
    found = embed(points)
    assert found.shape == (240, 2) and np.isfinite(found).all()
    assert (embed(points) == found).all()
    distance = np.linalg.norm(found[:, None] - found, axis=2) + 1e9 * np.eye(240)
    assert (group[distance.argmin(axis=1)] == group).all()
    assert embed(points[:9]).shape == (9, 2)  # fewer than a neighbourhood
