"""Corresponding atoms: known pairs, any order and pose, and what has no common part."""

import numpy as np
import pytest
from ase.build import bulk, molecule
from scipy.spatial.transform import Rotation

import gamnet
from gamnet.structures.mapping import map_atoms, rotation_onto
from gamnet.structures.structure import Structure, make_structure


def of(name: str) -> Structure:
    atoms = molecule(name)
    return make_structure(atoms.numbers, atoms.positions, source=name)


@pytest.mark.parametrize(
    "name", ["CH4", "C2H6", "C6H6", "CH3CH2OH", "CH3CONH2", "C3H6_D3h", "H2O", "HCN", "H2", "CO2"]
)
def test_any_order_and_pose_is_found_again(name: str) -> None:
    rng = np.random.default_rng(3)
    first = of(name)
    order = rng.permutation(first.n_atoms)
    turn = Rotation.random(random_state=1).as_matrix()
    second = make_structure(first.numbers[order], (first.positions @ turn.T + [1, -2, 3])[order])
    found = map_atoms(first, second)
    assert found.complete(first.n_atoms, second.n_atoms)
    # Which of several equal atoms is meant is open; that they come to lie on each other is not.
    assert found.rmsd == pytest.approx(0, abs=1e-5)
    assert (first.numbers[found.first] == second.numbers[found.second]).all()
    again = map_atoms(second, first)
    assert again.rmsd == pytest.approx(0, abs=1e-5)


def test_the_order_is_kept_where_the_bonds_agree() -> None:
    (dft,) = gamnet.read("qm9:29238")
    moved = make_structure(dft.numbers, dft.positions * 1.01)
    found = map_atoms(dft, moved)
    assert found.by_order and (found.first == found.second).all() and 0 < found.rmsd < 0.1


def test_elements_in_one_order_do_not_make_a_pair() -> None:
    """A carbonyl goes with the carbonyl, wherever either stands in its file."""
    (acetone,), (propanal,) = gamnet.read("smiles:CC(=O)C"), gamnet.read("smiles:CCC=O")
    oxygen, carbonyl = 3, 1  # CC(C)=O, the canonical order
    assert acetone.symbols[oxygen] == "O"
    found = map_atoms(acetone, propanal)
    partner = dict(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert propanal.symbols[partner[oxygen]] == "O"
    assert partner[carbonyl] == 2  # CCC=O
    assert not found.complete(acetone.n_atoms, propanal.n_atoms)


@pytest.mark.parametrize(
    ("a", "b", "n_heavy"),
    [("Cc1ccccc1", "Oc1ccccc1", 6), ("CC(C)=O", "CC(O)=C", 4), ("c1ccccc1", "c1ccc2ccccc2c1", 6)],
)
def test_common_parts(a: str, b: str, n_heavy: int) -> None:
    (first,), (second,) = gamnet.read(f"smiles:{a}"), gamnet.read(f"smiles:{b}")
    found = map_atoms(first, second)
    assert (first.numbers[found.first] > 1).sum() == n_heavy
    assert len(set(found.second.tolist())) == len(found.second)
    assert (first.numbers[found.first] == second.numbers[found.second]).all()


def test_two_molecules_side_by_side_are_found_whole() -> None:
    water = of("H2O")
    pair = np.concatenate([water.positions, water.positions + [0, 0, 4]])
    first = make_structure([8, 1, 1] * 2, pair)
    order = [5, 0, 3, 1, 2, 4]
    second = make_structure(np.array([8, 1, 1] * 2)[order], pair[order])
    found = map_atoms(first, second)
    assert found.complete(6, 6) and found.rmsd == pytest.approx(0, abs=1e-5)


def test_nothing_in_common_is_none() -> None:
    assert map_atoms(of("CH4"), of("H2O")) is None
    assert map_atoms(of("HF"), of("CO2")) is None


def test_crystals_correspond_by_order_alone() -> None:
    salt = bulk("NaCl", "rocksalt", a=5.64)
    first, second = (
        make_structure(salt.numbers[order], salt.positions[order], salt.cell.array)
        for order in ([0, 1], [1, 0])
    )
    assert map_atoms(first, first).by_order
    assert map_atoms(first, second) is None and map_atoms(first, of("H2O")) is None


def test_a_mirror_image_is_not_turned_onto_its_original() -> None:
    points = np.random.default_rng(0).normal(size=(8, 3))
    turn = Rotation.from_euler("xyz", [1.0, -0.4, 2.0]).as_matrix()
    np.testing.assert_allclose(rotation_onto(points, points @ turn), turn, atol=1e-9)
    assert np.linalg.det(rotation_onto(points, -points)) == pytest.approx(1)
