"""make_structure: what it keeps, what it refuses, and periodic images in every disguise."""

import re

import numpy as np
import pytest
from ase.build import bulk, fcc111, molecule
from ase.geometry import get_distances
from pymatgen.core import Composition

from gamnet.errors import StructureError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import MIN_DISTANCE, location, make_structure

WATER = ([8, 1, 1], [[0.0, 0.0, 0.0], [0.0, 0.0, 0.96], [0.93, 0.0, -0.24]])


def test_a_molecule_is_kept_and_frozen():
    positions = np.array(WATER[1])
    structure = make_structure(
        WATER[0], positions, source="w.xyz", frame=2, info=StructureInfo(title="w")
    )
    assert structure.symbols == ("O", "H", "H")
    assert structure.n_atoms == 3
    assert structure.lattice is None and structure.pbc == (False, False, False)
    assert (structure.source, structure.frame, structure.info) == (
        "w.xyz",
        2,
        StructureInfo(title="w"),
    )
    positions[0] = 9.0
    np.testing.assert_array_equal(structure.positions, WATER[1])
    assert structure.positions.dtype == np.float64 and structure.numbers.dtype == np.int64
    with pytest.raises(ValueError):
        structure.positions[0, 0] = 1.0


@pytest.mark.parametrize("name", ["CH3CH2OH", "NH3", "CO2", "HCl", "CH3Cl", "C60", "NaCl", "SiH4"])
def test_formula_is_in_hill_order(name):
    atoms = molecule(name)
    oracle = Composition("".join(atoms.symbols)).hill_formula.split()
    expected = "".join(
        part[:-1] if re.fullmatch(r"[A-Z][a-z]?1", part) else part for part in oracle
    )
    assert make_structure(atoms.numbers, atoms.positions).formula == expected


def test_lattice_without_pbc_means_periodic_everywhere():
    atoms = bulk("NaCl", "rocksalt", a=5.64)
    structure = make_structure(atoms.numbers, atoms.positions, atoms.cell.array)
    assert structure.pbc == (True, True, True) and structure.periodic
    np.testing.assert_array_equal(structure.lattice, atoms.cell.array)
    with pytest.raises(ValueError):
        structure.lattice[0, 0] = 1.0


def test_a_lattice_that_no_direction_uses_is_dropped():
    structure = make_structure(*WATER, np.eye(3) * 10, (False, False, False))
    assert structure.lattice is None and not structure.periodic


def test_slab_gets_an_independent_third_vector():
    slab = fcc111("Pt", size=(2, 2, 3), vacuum=None)
    slab.cell[2] = 0.0
    structure = make_structure(slab.numbers, slab.positions, slab.cell.array, (True, True, False))
    np.testing.assert_array_equal(structure.lattice[:2], slab.cell.array[:2])
    np.testing.assert_allclose(structure.lattice[:2] @ structure.lattice[2], 0.0, atol=1e-12)
    assert np.linalg.norm(structure.lattice[2]) == pytest.approx(1.0)
    assert np.linalg.det(structure.lattice) > 0


def test_wire_gets_two_independent_vectors():
    lattice = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
    structure = make_structure([6], [[0, 0, 0]], lattice, (False, True, False))
    np.testing.assert_array_equal(structure.lattice[1], lattice[1])
    assert np.linalg.det(structure.lattice) == pytest.approx(3.0)


def test_a_given_vector_of_an_open_direction_is_kept():
    lattice = np.diag([4.0, 4.0, 30.0])
    structure = make_structure([6], [[0, 0, 0]], lattice, (True, True, False))
    np.testing.assert_array_equal(structure.lattice, lattice)


@pytest.mark.parametrize(
    ("numbers", "positions", "message"),
    [
        ([], np.zeros((0, 3)), "The structure has no atoms. Give at least one atom."),
        ([1, 1], [[0, 0, 0]], r"2 atoms but positions of shape \(1, 3\)"),
        ([1], [[0, 0]], r"1 atoms but positions of shape \(1, 2\)"),
        ([0], [[0, 0, 0]], "Unknown element: atom 0 has atomic number 0"),
        ([1, 119], [[0, 0, 0], [1, 1, 1]], "Unknown element: atom 1 has atomic number 119"),
        ([6.7], [[0, 0, 0]], "The atomic numbers are not a list of integers"),
        (["C"], [[0, 0, 0]], "The atomic numbers are not a list of integers"),
        ([1, 1], [[0, 0, 0], [0, np.nan, 1]], r"Atom 1 has .* NaN or infinite \(0, nan, 1\)"),
        ([1, 1], [[0, 0, 0], [np.inf, 0, 1]], "Atom 1 has .* NaN or infinite"),
        ([1, 1], [[0, 0, 0], [0, 0, -1e9]], "Atom 1 has a coordinate that is beyond 1e6 A"),
        ([1, 1, 1], [[0, 0, 0], [5, 5, 5], [5, 5, 5]], r"Atoms 1 and 2 are at one place \(0.000"),
        ([1, 1, 1], [[0, 0, 0], [5, 0, 0], [0.1, 0, 0]], r"Atoms 0 and 2 .*\(0.100 A apart\)"),
    ],
)
def test_malformed_atoms_are_refused(numbers, positions, message):
    with pytest.raises(StructureError, match=message):
        make_structure(numbers, positions)


@pytest.mark.parametrize(
    ("lattice", "pbc", "message"),
    [
        (None, (True, True, True), "periodic but has no lattice"),
        (np.eye(2), None, "not a 3 x 3 matrix of finite numbers"),
        (np.eye(3) * np.nan, None, "not a 3 x 3 matrix of finite numbers"),
        (np.diag([3.0, 3.0, 0.0]), None, "A cell vector is 0 A long"),
        (np.diag([3.0, 3.0, 0.1]), None, "A cell vector is 0.1 A long"),
        ([[3, 0, 0], [6, 0, 0], [0, 0, 3]], None, "The cell vectors are parallel"),
        ([[3, 0, 0], [0, 3, 0], [3, 3, 1e-6]], None, "The cell vectors are parallel"),
        (np.eye(3) * 4, (True, True), r"pbc is \(True, True\)"),
        (np.eye(3) * 4, True, "pbc is True"),
    ],
)
def test_malformed_lattices_are_refused(lattice, pbc, message):
    with pytest.raises(StructureError, match=message):
        make_structure([6], [[0, 0, 0]], lattice, pbc)


def test_errors_name_the_source_and_the_frame():
    with pytest.raises(StructureError, match=r"^'run.xyz', frame 7: The structure has no atoms"):
        make_structure([], [], source="run.xyz", frame=7)
    assert location("run.xyz", 0) == "'run.xyz': "
    assert len(location("x" * 500, 3)) < 120
    assert location("", 3) == ""


def _images_clash(positions, lattice, pbc) -> bool:
    """Oracle: ASE's minimum-image distances (Minkowski reduction), each atom's own images aside."""
    _, distances = get_distances(positions, cell=lattice, pbc=pbc)
    return bool((distances[np.triu_indices(len(positions), 1)] < MIN_DISTANCE).any())


def _random_pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two atoms near the limit, on faces and corners of a cell, unwrapped by several cells."""
    rng = np.random.default_rng(seed)
    lattice = rng.normal(size=(3, 3)) * 3.0
    while abs(np.linalg.det(lattice)) < 20.0:
        lattice = rng.normal(size=(3, 3)) * 3.0
    corner = rng.integers(0, 2, size=3) @ lattice
    step = rng.normal(size=3)
    step *= rng.uniform(0.5, 1.5) * MIN_DISTANCE / np.linalg.norm(step)
    cells = rng.integers(-4, 5, size=(2, 3)) * rng.integers(0, 2)
    return np.array([corner, corner + step]) + cells @ lattice, lattice


@pytest.mark.parametrize("pbc", [(True, True, True), (True, True, False), (False, True, False)])
def test_coinciding_images_agree_with_ase(pbc):
    answers = []
    for seed in range(80):
        positions, lattice = _random_pair(seed)
        answers.append(_images_clash(positions, lattice, pbc))
        if answers[-1]:
            with pytest.raises(StructureError, match="are at one place"):
                make_structure([6, 6], positions, lattice, pbc)
        else:
            make_structure([6, 6], positions, lattice, pbc)
    assert 5 < sum(answers) < 75  # both answers were asked for


def test_atoms_are_compared_through_the_slab_plane_only():
    lattice = np.diag([4.0, 4.0, 4.0])
    through_face = [[0, 0, 0], [0, 0, 3.9]]
    make_structure([6, 6], through_face, lattice, (True, True, False))
    with pytest.raises(StructureError, match="Atoms 0 and 1 are at one place"):
        make_structure([6, 6], through_face, lattice, (True, True, True))


def test_a_skewed_cell_is_searched_beyond_the_nearest_images():
    # The same cubic lattice of 4 A, told by vectors that differ by many cells.
    lattice = np.array([[4.0, 0, 0], [40.0, 4.0, 0], [0, 0, 4.0]])
    make_structure([6], [[0, 0, 0]], lattice)
    with pytest.raises(StructureError, match="Atoms 0 and 1"):
        make_structure([6, 6], [[0, 0, 0], [12.1, 8.0, -4.0]], lattice)


def test_a_low_cell_finds_the_atoms_own_image():
    lattice = np.array([[4.0, 0, 0], [0, 4.0, 0], [3.9, 0.0, 0.1]])
    with pytest.raises(StructureError, match="Atom 0 and its own periodic image are at one place"):
        make_structure([6], [[0, 0, 0]], lattice)


def test_a_flat_cell_is_refused():
    lattice = np.array([[400.0, 0, 0], [0, 400.0, 0], [200.0, 200.0, 0.05]])
    with pytest.raises(StructureError, match="vectors"):
        make_structure([6], [[0, 0, 0]], lattice)


def _grid(n: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.arange(n) * 2.0] * 3), axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("periodic", [False, True])
def test_a_hundred_thousand_atoms_and_one_hidden_duplicate(periodic):
    positions = _grid(47)  # 103,823 atoms
    lattice = np.eye(3) * 94.0 if periodic else None
    numbers = np.full(len(positions), 6)
    assert make_structure(numbers, positions, lattice).n_atoms == len(positions)
    positions[70_000] = positions[123] + [0.2, 0.0, 0.0]
    with pytest.raises(StructureError, match="Atoms 123 and 70000 are at one place"):
        make_structure(numbers, positions, lattice)


@pytest.mark.parametrize("spread", [0.0, 1e-9])
def test_many_atoms_at_one_place_are_refused_and_not_compared_one_by_one(spread):
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(30_000, 3)) * spread
    with pytest.raises(StructureError, match="are at one place"):
        make_structure(np.ones(len(positions), int), positions)
