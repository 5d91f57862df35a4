"""Slabs and chains: the faces of their atoms against those of all images together."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import fcc111, graphene, molecule

from gamnet.graphs.faces import voronoi_faces
from gamnet.graphs.slabs import faces_of_centres
from gamnet.graphs.voronoi import OPEN_RADIUS, _images_within, find_edges
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure, make_structure

PLANE, LINE = (True, True, False), (True, False, False)


def as_structure(atoms: Atoms, pbc: tuple[bool, bool, bool] = PLANE) -> Structure:
    return make_structure(atoms.numbers, atoms.positions, atoms.cell[:], pbc)


def platinum(noise: float, seed: int = 0) -> Atoms:
    slab = fcc111("Pt", size=(3, 3, 3), a=3.92, vacuum=0.0)
    slab.cell[2] = [0, 0, 30.0]
    slab.positions += np.random.default_rng(seed).normal(scale=noise, size=slab.positions.shape)
    return slab


def adatom() -> Structure:
    slab = platinum(0.1)
    slab.positions[-1, 2] += 2.5
    return as_structure(slab)


def rough(seed: int) -> Structure:
    rng = np.random.default_rng(seed)
    positions = rng.uniform(0, 1, (40, 3)) * [9, 10, 8]
    return make_structure(rng.choice([1, 6], 40), positions, np.diag([9.0, 10, 40]), PLANE)


def chain(seed: int) -> Structure:
    rng = np.random.default_rng(seed)
    positions = rng.uniform(0, 1, (20, 3)) * [8, 6, 6]
    return make_structure(rng.choice([1, 6], 20), positions, np.diag([8.0, 40, 40]), LINE)


def apart() -> Structure:
    """Molecules that no image is near to."""
    ethanol = molecule("CH3CH2OH")
    ethanol.set_cell([14, 13, 30])
    return as_structure(ethanol)


def thin(height: float) -> Structure:
    sheet = graphene(a=2.46, size=(3, 3, 1), vacuum=0.0)
    sheet.cell[2] = [0, 0, 5.0]
    sheet.positions[:, 2] = np.random.default_rng(0).normal(scale=height, size=len(sheet))
    return as_structure(sheet)


CASES = {
    "perfect": as_structure(platinum(0.0)),
    "nearly perfect": as_structure(platinum(1e-6)),
    "cold": as_structure(platinum(0.01)),
    "hot": as_structure(platinum(0.2)),
    "adatom": adatom(),
    **{f"rough {seed}": rough(seed) for seed in range(3)},
    **{f"chain {seed}": chain(seed) for seed in range(3)},
    "apart": apart(),
    **{f"thin {height:g}": thin(height) for height in (0.0, 1e-8, 1e-4, 1e-3, 0.1)},
}


@pytest.mark.parametrize("structure", CASES.values(), ids=CASES)
def test_faces_equal_those_of_all_images(structure: Structure) -> None:
    points, _, _ = _images_within(structure, OPEN_RADIUS)
    n, tables = structure.n_atoms, []
    for i, j, angle in (faces_of_centres(points, n), voronoi_faces(points)):
        table = np.zeros((n, len(points)))
        own = i < n
        table[i[own], j[own]] = angle[own]
        tables.append(table)
    np.testing.assert_allclose(*tables, atol=1e-6)
    assert tables[0].sum(axis=1).max() < 4 * np.pi + 1e-6


def test_a_supercell_repeats_the_neighbours_of_a_slab(data) -> None:
    slab = read(str(data / "slab_md.extxyz"))[0]
    atoms = Atoms(slab.numbers, slab.positions, cell=slab.lattice, pbc=slab.pbc)
    once, often = (find_edges(as_structure(atoms.repeat((n, n, 1)), slab.pbc)) for n in (1, 2))
    assert often.n_edges == 4 * once.n_edges
    for name in ("distance", "solid_angle", "ratio"):
        repeated = np.sort(np.repeat(getattr(once, name), 4))
        np.testing.assert_allclose(np.sort(getattr(often, name)), repeated, atol=1e-3)


@pytest.mark.parametrize("shift", [[3.0, 1.7, 0.0], [-20.0, 4.0, 9.0]])
def test_where_a_slab_begins_does_not_matter(shift: list[float]) -> None:
    slab = platinum(0.15)
    here = find_edges(as_structure(slab))
    slab.positions += shift
    there = find_edges(as_structure(slab))
    assert there.i.tolist() == here.i.tolist() and there.j.tolist() == here.j.tolist()
    np.testing.assert_allclose(there.solid_angle, here.solid_angle, atol=1e-3)
