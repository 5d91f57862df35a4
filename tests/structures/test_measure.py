"""Distances, angles and dihedrals against ASE's, periodic ones included."""

from itertools import islice, permutations

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation

from gamnet.errors import StructureError
from gamnet.structures.measure import measure
from gamnet.structures.structure import Structure, make_structure


def crystal() -> Atoms:
    cell = [[5.1, 0, 0], [-1.9, 4.4, 0], [0.7, 1.1, 6.3]]
    rng = np.random.default_rng(3)
    scaled = (np.array([[0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 0]]) + 0.3) / 2.2
    atoms = Atoms("CNOF", scaled_positions=scaled + 0.05 * rng.random((4, 3)), cell=cell, pbc=True)
    atoms.positions += [[0, 0, 0], cell[0], np.negative(cell[2]), cell[1]]
    return atoms


def ours(atoms: Atoms) -> Structure:
    return make_structure(
        atoms.numbers, atoms.positions, atoms.cell[:] if atoms.pbc.any() else None
    )


@pytest.mark.parametrize("atoms", [molecule("CH3CH2OH"), crystal()], ids=["molecule", "crystal"])
def test_the_numbers_are_ases(atoms: Atoms) -> None:
    structure, mic = ours(atoms), bool(atoms.pbc.any())
    for a, b, c, d in islice(permutations(range(len(atoms)), 4), 60):
        assert measure(structure, [a, b]).value == pytest.approx(atoms.get_distance(a, b, mic=mic))
        assert measure(structure, [a, b, c]).value == pytest.approx(
            atoms.get_angle(a, b, c, mic=mic), abs=1e-6
        )
        theirs = atoms.get_dihedral(a, b, c, d, mic=mic)
        gap = (measure(structure, [a, b, c, d]).value - theirs + 180) % 360 - 180
        assert gap == pytest.approx(0, abs=1e-6)


def test_turning_changes_nothing_and_a_mirror_changes_the_dihedrals_sign() -> None:
    atoms = molecule("CH3CH2OH")
    turned, mirrored = atoms.copy(), atoms.copy()
    turned.positions = Rotation.random(rng=1).apply(atoms.positions)
    mirrored.positions *= [1, 1, -1]
    picked = [3, 0, 1, 4]
    plain, other, mirror = (measure(ours(a), picked).value for a in (atoms, turned, mirrored))
    assert other == pytest.approx(plain)
    assert (mirror + plain) % 360 == pytest.approx(0, abs=1e-6) or mirror == pytest.approx(-plain)


def test_the_points_are_the_images_that_were_measured() -> None:
    found = measure(ours(crystal()), [0, 1])
    assert np.linalg.norm(found.points[1] - found.points[0]) == pytest.approx(found.value)


def test_a_dihedral_along_a_line_is_not_defined() -> None:
    line = make_structure([6, 6, 6, 6], [[k * 1.3, 0, 0] for k in range(4)])
    assert np.isnan(measure(line, [0, 1, 2, 3]).value)
    assert measure(line, [0, 1, 2]).value == pytest.approx(180)


@pytest.mark.parametrize("picked", [[0], [0, 1, 2, 3, 0], [0, 9]])
def test_what_cannot_be_measured_is_refused(picked: list[int]) -> None:
    with pytest.raises(StructureError):
        measure(ours(crystal()), picked)
