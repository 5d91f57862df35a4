"""What is drawn of a structure, against counts known from the crystal and the molecule."""

import numpy as np
import pytest
from ase.build import bulk, molecule
from ase.data import covalent_radii
from scipy.spatial.transform import Rotation

from gamnet.structures.bonds import BOND_TOLERANCE
from gamnet.structures.structure import Structure, make_structure
from gamnet.views.drawn import drawn_atoms, orientation


def from_ase(atoms, periodic: bool = False) -> Structure:
    lattice = np.array(atoms.cell) if periodic else None
    return make_structure(atoms.numbers, atoms.positions, lattice)


@pytest.mark.parametrize(
    ("name", "n_bonds"),
    [("H2", 1), ("H2O", 2), ("CH4", 4), ("C6H6", 12), ("C60", 90), ("CH3CH2OH", 8)],
)
def test_bonds_of_molecules(name: str, n_bonds: int) -> None:
    structure = from_ase(molecule(name))
    drawn = drawn_atoms(structure)
    assert len(drawn.bonds) == n_bonds
    assert drawn.sites.tolist() == list(range(structure.n_atoms))
    assert len(drawn.cell) == 0


def test_single_atom_has_no_bonds() -> None:
    drawn = drawn_atoms(make_structure([2], [[0.0, 0, 0]]))
    assert drawn.bonds.shape == (0, 2)
    assert drawn.positions.tolist() == [[0, 0, 0]]


def test_conventional_rock_salt_cell_is_drawn_whole() -> None:
    """8 atoms become the 27 of the textbook cube: 13 of the corner's kind, 14 of the other."""
    structure = from_ase(bulk("NaCl", "rocksalt", a=5.64, cubic=True), periodic=True)
    drawn = drawn_atoms(structure, neighbours=False)
    numbers = structure.numbers[drawn.sites]
    assert sorted(np.unique(numbers, return_counts=True)[1].tolist()) == [13, 14]
    assert len(drawn.cell) == 12
    assert np.allclose(np.linalg.norm(np.diff(drawn.cell, axis=1), axis=-1), 5.64)
    # 12 edges halves twice, 6 faces with 4 each, 6 to the centre: the cube's 54 contacts.
    assert len(drawn.bonds) == 54


def test_neighbours_complete_every_atom_of_the_cell() -> None:
    structure = from_ase(bulk("Si", "diamond", a=5.43), periodic=True)
    drawn = drawn_atoms(structure)
    degree = np.bincount(drawn.bonds.ravel(), minlength=len(drawn.sites))
    inside = len(drawn_atoms(structure, neighbours=False).sites)
    assert (degree[:inside] == 4).all()
    assert (degree[inside:] >= 1).all()


def test_repeat_multiplies_the_cell() -> None:
    structure = from_ase(bulk("Cu", "sc", a=2.5), periodic=True)
    drawn = drawn_atoms(structure, (2, 3, 1), neighbours=False)
    assert len(drawn.sites) == 3 * 4 * 2  # lattice points of a 2 x 3 x 1 box, its faces included
    assert drawn.cell.reshape(-1, 3).max(axis=0) == pytest.approx([5.0, 7.5, 2.5])


def test_moving_an_atom_by_a_cell_vector_changes_nothing() -> None:
    atoms = bulk("NaCl", "rocksalt", a=5.64)
    moved = atoms.copy()
    moved.positions[1] += 2 * atoms.cell[0] - atoms.cell[2]
    here, there = (drawn_atoms(from_ase(a, periodic=True)) for a in (atoms, moved))

    def places(drawn):
        return sorted(map(tuple, np.round(np.c_[drawn.positions, drawn.sites], 6) + 0.0))

    assert np.allclose(places(here), places(there), atol=1e-6)


def test_layer_is_repeated_in_its_plane_only() -> None:
    lattice = np.diag([2.5, 2.5, 20.0])
    structure = make_structure([6], [[0.0, 0.0, 25.0]], lattice, (True, True, False))
    drawn = drawn_atoms(structure, (2, 2, 4), neighbours=False)
    assert len(drawn.sites) == 9
    assert np.allclose(drawn.positions[:, 2], 25.0)


def test_every_drawn_bond_is_shorter_than_the_radii_allow() -> None:
    structure = from_ase(bulk("Pt", "fcc", a=3.92, cubic=True), periodic=True)
    drawn = drawn_atoms(structure)
    a, b = drawn.positions[drawn.bonds].transpose(1, 0, 2)
    reach = 2 * covalent_radii[78] + BOND_TOLERANCE
    assert (np.linalg.norm(a - b, axis=1) < reach).all()


def test_ten_thousand_atoms_are_drawn() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(22.0) * 1.5] * 3), axis=-1).reshape(-1, 3)[:10_000]
    drawn = drawn_atoms(make_structure(np.full(10_000, 6), grid))
    assert len(drawn.sites) == 10_000
    assert len(drawn.bonds) > 25_000


def test_orientation_shows_the_broad_side_whatever_the_input_rotation() -> None:
    atoms = molecule("C6H6")
    for seed in range(4):
        turned = Rotation.random(rng=seed).apply(atoms.positions)
        shown = Rotation.from_quat(orientation(turned)).apply(turned - turned.mean(axis=0))
        extent = np.ptp(shown, axis=0)
        assert extent[2] < 0.6 * extent[:2].min()  # a tilted disc, seen from above
    assert np.isfinite(orientation(np.zeros((1, 3)))).all()


def test_orientation_needs_no_square_of_the_atom_count() -> None:
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(200_000, 3)) * [1.0, 5.0, 0.2]
    shown = Rotation.from_quat(orientation(positions)).apply(positions)
    assert np.std(shown, axis=0).argmax() == 0


def test_orientation_of_a_crystal_has_the_third_vector_up_and_the_first_right() -> None:
    lattice = np.array([[4.0, 0, 0], [-2.0, 3.4, 0], [0, 0, 9.0]])
    for seed in range(3):
        turned = Rotation.random(rng=seed).apply(lattice)
        a, _, c = Rotation.from_quat(orientation(np.zeros((1, 3)), turned)).apply(turned)
        assert c[1] > 0.9 * 9.0
        assert a[0] > 0.9 * 4.0


def test_beside_anions_metals_are_bonded_to_them_alone() -> None:
    """Strontium titanate: 12 oxygen atoms around Sr, 6 around Ti, 6 metals around O."""
    from ase.spacegroup import crystal

    sites = [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)]
    atoms = crystal(("Sr", "Ti", "O"), sites, spacegroup=221, cellpar=[3.905] * 3 + [90] * 3)
    structure = make_structure(atoms.numbers, atoms.positions, atoms.cell[:])
    drawn = drawn_atoms(structure, (3, 3, 3))
    numbers = structure.numbers[drawn.sites]
    pairs = np.sort(numbers[drawn.bonds], axis=1)
    assert {tuple(pair) for pair in pairs.tolist()} == {(8, 22), (8, 38)}
    centre = np.linalg.norm(drawn.positions - 1.5 * 3.905, axis=1).argmin()
    assert numbers[centre] == 22 and (drawn.bonds == centre).any(axis=1).sum() == 6
    corner = np.linalg.norm(drawn.positions - 3.905, axis=1).argmin()
    assert numbers[corner] == 38 and (drawn.bonds == corner).any(axis=1).sum() == 12


def test_metals_alone_are_bonded() -> None:
    from ase.build import bulk

    atoms = bulk("Cu", "fcc", a=3.61, cubic=True)
    structure = make_structure(atoms.numbers, atoms.positions, atoms.cell[:])
    drawn = drawn_atoms(structure, (3, 3, 3))
    inner = np.linalg.norm(drawn.positions - 3.61, axis=1).argmin()
    assert (drawn.bonds == inner).any(axis=1).sum() == 12
