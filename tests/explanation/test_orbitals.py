"""Real orbitals: QM9's own energies, symmetry, and resumable truth files."""

import base64
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

from gamnet.datasets import get_dataset
from gamnet.datasets.materials_project import MaterialsProject
from gamnet.errors import UnknownDatasetError
from gamnet.explanation import truth as truth_module
from gamnet.explanation.orbitals import (
    BOHR,
    COARSE,
    ENCLOSED,
    OrbitalError,
    frontier_orbitals,
    frontier_pictures,
)
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import make_structure
from gamnet.views.orbital import ISO, orbital_scene

QM9 = get_dataset("qm9")
pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")


def test_formaldehyde_has_the_energies_of_qm9() -> None:
    orbitals = frontier_orbitals(QM9.structure("6"))
    row = QM9.table().loc["6"]
    # QM9 has a larger basis: 6-31G(2df,p).
    assert orbitals.homo == pytest.approx(row["homo"], abs=0.06)
    assert orbitals.lumo == pytest.approx(row["lumo"], abs=0.15)
    for population in (orbitals.homo_population, orbitals.lumo_population):
        assert population.sum() == pytest.approx(1, abs=1e-6) and (population >= 0).all()
    # n(O) -> pi*(C=O): the HOMO sits on the oxygen, the LUMO on the carbon.
    assert orbitals.homo_population.argmax() == 1 and orbitals.lumo_population.argmax() == 0


def test_orbitals_in_space_hold_one_electron_where_the_populations_say() -> None:
    structure = QM9.structure("6")
    orbitals, grids = frontier_pictures(structure, COARSE)
    same = frontier_orbitals(structure, COARSE)
    assert orbitals.homo == pytest.approx(same.homo, abs=1e-6)
    for name, grid in grids.items():
        volume = (grid.spacing / BOHR) ** 3  # a0^3
        assert (grid.values**2).sum() * volume == pytest.approx(1, abs=0.02)
        inside = np.abs(grid.values) >= grid.isovalue
        assert (grid.values[inside] ** 2).sum() * volume == pytest.approx(ENCLOSED, abs=0.02)
        # Most of the electron near an atom is what the population on it says.
        points = grid.origin + grid.spacing * np.argwhere(np.ones(grid.values.shape))
        density = (grid.values**2).ravel()
        away = np.linalg.norm(points[:, None] - structure.positions, axis=2)  # [n_points, n_atoms]
        share = np.bincount(away.argmin(axis=1), density, structure.n_atoms) / density.sum()
        population = getattr(orbitals, f"{name}_population")
        assert share.argmax() == population.argmax()
        assert np.corrcoef(share, population)[0, 1] > 0.9


def test_the_viewers_surface_is_the_grids() -> None:
    _, grids = frontier_pictures(QM9.structure("6"), COARSE)
    grid = grids["homo"]
    scene = orbital_scene(grid, "homo")
    values = np.frombuffer(base64.b64decode(scene["values"]), np.int8).reshape(scene["shape"])
    # Cut out, but whole: as many points beyond the isovalue as in the grid, of either sign.
    step = grid.isovalue / ISO
    for sign in (1, -1):
        beyond = (sign * np.rint(np.clip(grid.values / step, -127, 127)) > ISO).sum()
        assert (sign * values.astype(int) > ISO).sum() == beyond > 50
    where = (np.array(scene["origin"]) - grid.origin) / grid.spacing
    np.testing.assert_allclose(where, np.rint(where), atol=1e-3)
    low = np.rint(where).astype(int)
    cut = grid.values[tuple(slice(a, a + n) for a, n in zip(low, values.shape, strict=True))]
    np.testing.assert_allclose(values, np.clip(cut / step, -127, 127), atol=0.51)
    assert scene["id"] != orbital_scene(grids["lumo"], "lumo")["id"]


def test_degenerate_orbitals_are_averaged() -> None:
    benzene = molecule("C6H6")
    orbitals = frontier_orbitals(make_structure(benzene.numbers, benzene.positions), COARSE)
    carbon = orbitals.homo_population[:6]
    np.testing.assert_allclose(carbon, carbon.mean(), atol=1e-3)
    assert carbon.sum() > 0.95


def test_a_diffuse_lumo_is_left_out() -> None:
    water = molecule("H2O")
    orbitals = frontier_orbitals(make_structure(water.numbers, water.positions), COARSE)
    assert np.isnan(orbitals.lumo_population).all()
    assert orbitals.homo_population[0] > 0.9


def test_what_has_no_closed_shell_is_refused() -> None:
    with pytest.raises(OrbitalError, match="odd number of electrons"):
        frontier_orbitals(make_structure([1], [[0, 0, 0]], source="h.xyz"))
    with pytest.raises(OrbitalError, match="periodic"):
        frontier_orbitals(make_structure([6], [[0, 0, 0]], np.eye(3) * 3))
    # Its number of electrons is even either way: only what the file says tells.
    for info, message in (
        (StructureInfo(charge=-2), "is charged"),
        (StructureInfo(unpaired=2), "unpaired electrons"),
        (StructureInfo(missing_hydrogens=2), "not all of its hydrogens"),
    ):
        with pytest.raises(OrbitalError, match=message):
            frontier_orbitals(make_structure([8, 8], [[0, 0, 0], [0, 0, 1.2]], info=info))


def test_truth_goes_on_where_it_stopped(
    gamnet_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truth_module, "CHUNK", 2)
    monkeypatch.setattr(
        truth_module, "sample", lambda source, split, count: ["2", "3", "6", "4"][:count]
    )
    first = truth_module.make_truth(tmp_path / "a.npz", QM9, "train", 2, COARSE, progress=False)
    assert first.index.tolist() == [2, 3]
    kept = sorted((gamnet_home / "truth").rglob("*.npz"))
    stamp = kept[0].stat().st_mtime_ns
    both = truth_module.make_truth(tmp_path / "b.npz", QM9, "train", 4, COARSE, progress=False)
    assert both.index.tolist() == [2, 3, 6, 4] and both.n_atoms.tolist() == [4, 3, 4, 4]
    assert kept[0].stat().st_mtime_ns == stamp
    with pytest.raises(truth_module.TruthError, match="not an npz file"):
        truth_module.make_truth(tmp_path / "c", QM9, "train", 2, COARSE, progress=False)
    np.testing.assert_array_equal(both.of("homo")[1], first.of("homo")[1])


def test_a_larger_sample_extends_a_smaller_one() -> None:
    small, large = (truth_module.sample(QM9, "test", count) for count in (10, 30))
    assert large[:10] == small
    assert set(QM9.table().loc[large, "split"]) == {"test"}
    # As when ids were numbers: what was computed then is the beginning of what comes now.
    members = np.sort(np.array(QM9.table().query("split == 'test'").index, dtype=int))
    assert list(map(int, small)) == np.random.default_rng(0).permutation(members)[:10].tolist()


def test_crystals_have_no_truth(tmp_path: Path) -> None:
    with pytest.raises(UnknownDatasetError, match="is not a data set of closed-shell molecules"):
        truth_module.make_truth(tmp_path / "a.npz", MaterialsProject(), progress=False)
