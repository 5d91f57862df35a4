"""Neighbours against pymatgen, exact formulas, the golden lists, and invariances."""

import json
import warnings
from dataclasses import fields

import numpy as np
import pytest
from ase.build import bulk, fcc111, graphene, molecule
from ase.data import atomic_numbers
from pymatgen.analysis.local_env import VoronoiNN
from pymatgen.core import Lattice
from pymatgen.core import Structure as PymatgenStructure
from scipy.spatial.transform import Rotation

from gamnet.graphs.faces import voronoi_faces
from gamnet.graphs.rule import NeighborRule
from gamnet.graphs.voronoi import Edges, find_edges
from gamnet.structures.structure import Structure, make_structure

EVERY_FACE = NeighborRule(cutoff=np.inf, min_angle=0.0, min_ratio=0.0)


def from_ase(atoms, pbc=None) -> Structure:
    pbc = tuple(atoms.pbc) if pbc is None else pbc
    return make_structure(atoms.numbers, atoms.positions, atoms.cell[:] if any(pbc) else None, pbc)


def rows(edges: Edges, symbols_of=None) -> list[tuple]:
    """Edges in an order and precision that can be compared."""
    name = edges.j if symbols_of is None else symbols_of[edges.j]
    table = zip(edges.i, name, edges.distance.round(6), edges.solid_angle.round(6), strict=True)
    return sorted((int(i), int(j), float(d), float(a)) for i, j, d, a in table)


CRYSTALS = {
    "fcc": bulk("Cu", "fcc", a=3.61),
    "bcc": bulk("Fe", "bcc", a=2.87),
    "hcp": bulk("Mg", "hcp", a=3.21, c=5.21),
    "diamond": bulk("C", "diamond", a=3.567),
    "simple cubic": bulk("Po", "sc", a=3.35),
    "rocksalt": bulk("NaCl", "rocksalt", a=5.64, cubic=True),
    "zincblende": bulk("GaAs", "zincblende", a=5.65),
}


def triclinic() -> PymatgenStructure:
    lattice = Lattice.from_parameters(4.1, 5.3, 6.2, 78, 101, 66)
    places = [[0.1, 0.2, 0.3], [0.55, 0.7, 0.15], [0.8, 0.35, 0.75], [0.3, 0.9, 0.6]]
    return PymatgenStructure(lattice, ["Ti", "O", "O", "Al"], places)


def one_atom_cell() -> PymatgenStructure:
    return PymatgenStructure(
        Lattice.from_parameters(2.6, 2.9, 3.3, 85, 95, 70), ["Al"], [[0, 0, 0]]
    )


def all_crystals() -> dict[str, PymatgenStructure]:
    from pymatgen.io.ase import AseAtomsAdaptor

    found = {name: AseAtomsAdaptor.get_structure(atoms) for name, atoms in CRYSTALS.items()}
    return {**found, "triclinic": triclinic(), "one atom": one_atom_cell()}


@pytest.mark.parametrize("name", all_crystals())
def test_crystals_equal_pymatgen(name: str) -> None:
    crystal = all_crystals()[name]
    finder = VoronoiNN(cutoff=13, weight="solid_angle", allow_pathological=True)
    ours = find_edges(
        make_structure(
            [site.specie.Z for site in crystal], crystal.cart_coords, crystal.lattice.matrix
        ),
        NeighborRule(cutoff=np.inf, min_angle=0.05, min_ratio=0.0),
    )
    expected = []
    for i in range(len(crystal)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            faces = finder.get_voronoi_polyhedra(crystal, i)
        for face in faces.values():
            if face["solid_angle"] >= 0.05:
                j = crystal.index(face["site"].to_unit_cell()) if len(crystal) > 1 else 0
                distance = crystal[i].distance(face["site"], jimage=(0, 0, 0))
                distance = float(np.linalg.norm(face["site"].coords - crystal[i].coords))
                expected.append((i, j, round(distance, 6), round(face["solid_angle"], 6)))
    found = rows(ours)
    assert len(found) == len(expected)
    np.testing.assert_allclose(np.array(found), np.array(sorted(expected)), atol=2e-6)


def test_edges_point_at_the_image_they_name() -> None:
    crystal = triclinic()
    # Atoms outside the cell: the image counts from where the user put them.
    positions = crystal.cart_coords + np.array([[2, 0, 0], [0, -1, 0], [0, 0, 3], [1, 1, -1]]) @ (
        crystal.lattice.matrix
    )
    structure = make_structure([22, 8, 8, 13], positions, crystal.lattice.matrix)
    edges = find_edges(structure)
    neighbor = structure.positions[edges.j] + edges.image @ structure.lattice
    vector = neighbor - structure.positions[edges.i]
    np.testing.assert_allclose(np.linalg.norm(vector, axis=1), edges.distance, atol=1e-10)
    np.testing.assert_allclose(edges.direction * edges.distance[:, None], vector, atol=1e-10)
    inside = find_edges(make_structure([22, 8, 8, 13], crystal.cart_coords, crystal.lattice.matrix))
    assert rows(edges) == rows(inside)


def test_golden_lists_of_the_reference(golden) -> None:
    golden_lists = json.loads((golden / "neighbors.json").read_text())
    for name in ("NaCl", "SmFe12", "SmFe11Ti_lowsym"):
        case = golden_lists[name]
        numbers = [atomic_numbers[symbol] for symbol in case["species"]]
        rule = NeighborRule(case["d_t"], case["w_t"], case["rel_w_t"])
        edges = find_edges(make_structure(numbers, case["cart_coords"], case["lattice"]), rule)
        expected = sorted(
            (i, j, round(distance, 6), round(angle, 6), round(ratio, 6))
            for i, neighbors in enumerate(case["neighbors"])
            for _, j, angle, ratio, distance in neighbors
        )
        columns = (edges.i, edges.j, edges.distance, edges.solid_angle, edges.ratio)
        found = sorted(zip(*(np.round(c, 6).tolist() for c in columns), strict=True))
        np.testing.assert_allclose(np.array(found), np.array(expected), atol=2e-6)


@pytest.mark.parametrize("name", ["CH4", "C6H6", "CH3CH2OH", "C60", "H2O"])
def test_molecules_do_not_depend_on_pose_or_order(name: str) -> None:
    atoms = molecule(name)
    edges = find_edges(from_ase(atoms))
    rng = np.random.default_rng(0)
    for seed in range(5):
        turned = Rotation.random(random_state=seed).apply(atoms.positions) + rng.normal(size=3) * 9
        again = find_edges(make_structure(atoms.numbers, turned))
        np.testing.assert_array_equal(rows(again), rows(edges))
        order = rng.permutation(len(atoms))
        mixed = find_edges(make_structure(atoms.numbers[order], turned[order]))
        renamed = Edges(
            order[mixed.i],
            order[mixed.j],
            *[getattr(mixed, field.name) for field in fields(Edges)[2:]],
        )
        np.testing.assert_allclose(np.array(rows(renamed)), np.array(rows(edges)), atol=2e-6)


def test_supercell_repeats_the_neighbours() -> None:
    crystal = triclinic()
    small = find_edges(make_structure([22, 8, 8, 13], crystal.cart_coords, crystal.lattice.matrix))
    large_crystal = crystal.make_supercell([2, 1, 3], in_place=False)
    large = find_edges(
        make_structure(
            [site.specie.Z for site in large_crystal],
            large_crystal.cart_coords,
            large_crystal.lattice.matrix,
        )
    )
    assert large.n_edges == 6 * small.n_edges
    for name in ("distance", "solid_angle", "ratio"):
        repeated = np.sort(np.repeat(getattr(small, name), 6))
        np.testing.assert_allclose(np.sort(getattr(large, name)), repeated, atol=1e-9)


@pytest.mark.parametrize("name", ["fcc", "diamond", "rocksalt"])
def test_a_closed_cell_fills_the_sphere(name: str) -> None:
    structure = from_ase(CRYSTALS[name])
    edges = find_edges(structure, EVERY_FACE)
    total = np.bincount(edges.i, edges.solid_angle)
    np.testing.assert_allclose(total, 4 * np.pi, atol=1e-6)


def test_methane_has_the_exact_angles() -> None:
    # The carbon sees four faces of equal size. Beyond its face each hydrogen sees the three
    # others through planes that meet on the far side of the axis.
    edges = find_edges(from_ase(molecule("CH4")), EVERY_FACE)
    np.testing.assert_allclose(edges.solid_angle[edges.i == 0], np.pi, atol=1e-9)
    hydrogen = edges.i == 1
    assert sorted(edges.j[hydrogen].tolist()) == [0, 2, 3, 4]
    sideways = edges.solid_angle[hydrogen][1:]
    np.testing.assert_allclose(sideways, sideways[0], atol=1e-9)
    # Its cell is open: the planes to the other hydrogens bound a cone of three half-spaces whose
    # corner is the carbon; that cone, seen from any point inside, is a quarter of the sphere.
    np.testing.assert_allclose(edges.solid_angle[hydrogen].sum(), 4 * np.pi - np.pi, atol=1e-9)


def test_one_and_two_atoms() -> None:
    alone = find_edges(make_structure([2], [[1.0, 2.0, 3.0]]))
    assert alone.n_edges == 0
    pair = find_edges(make_structure([1, 9], [[0, 0, 0], [0.3, 0.4, 0.77]]))
    assert pair.i.tolist() == [0, 1] and pair.j.tolist() == [1, 0]
    np.testing.assert_allclose(pair.solid_angle, 2 * np.pi)
    apart = find_edges(make_structure([2, 2], [[0, 0, 0], [0, 0, 4.5]]))
    assert apart.n_edges == 0


def test_atoms_on_a_line() -> None:
    direction = np.array([1.0, 2.0, -0.5]) / np.linalg.norm([1.0, 2.0, -0.5])
    chain = make_structure([8, 6, 8], np.outer([1.16, 0.0, -1.16], direction))
    edges = find_edges(chain)
    assert list(zip(edges.i.tolist(), edges.j.tolist(), strict=True)) == [
        (0, 1), (1, 0), (1, 2), (2, 1),
    ]  # fmt: skip
    np.testing.assert_allclose(edges.solid_angle, 2 * np.pi)


def test_atoms_in_a_plane_have_prisms() -> None:
    # A square: every cell is a quarter of the plane, seen from a corner at (1/4, 1/4) of it.
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) * 1.5
    edges = find_edges(make_structure([6] * 4, square), EVERY_FACE)
    assert edges.n_edges == 8
    np.testing.assert_allclose(edges.solid_angle, 2 * (3 * np.pi / 4), atol=1e-9)


@pytest.mark.parametrize("bend", [1e-4, 1e-3, 1e-2])
def test_nearly_flat_is_nearly_the_flat_answer(bend: float) -> None:
    flat = molecule("C6H6")
    bent = flat.copy()
    bent.positions[:, 2] += bend * np.random.default_rng(0).normal(size=len(bent))
    flat_edges, bent_edges = find_edges(from_ase(flat)), find_edges(from_ase(bent))
    assert flat_edges.n_edges == bent_edges.n_edges
    difference = np.sort(flat_edges.solid_angle) - np.sort(bent_edges.solid_angle)
    assert np.abs(difference).max() < 20 * bend


def test_both_atoms_see_their_face_alike() -> None:
    points = np.random.default_rng(1).normal(size=(30, 3)) * 3
    i, j, angle = voronoi_faces(points)
    seen = {(a, b): value for a, b, value in zip(i, j, angle, strict=True)}
    assert all(seen[b, a] == value for (a, b), value in seen.items())


def test_voronoi_faces_equal_a_monte_carlo_count() -> None:
    """Solid angles against rays: the first bisector plane that a ray crosses is the face."""
    rng = np.random.default_rng(2)
    points = rng.normal(size=(12, 3)) * 2
    rays = rng.normal(size=(200_000, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    i, j, angle = voronoi_faces(points)
    for centre in range(len(points)):
        others = np.delete(np.arange(len(points)), centre)
        offset = points[others] - points[centre]  # [11, 3]
        with np.errstate(divide="ignore"):
            reach = (offset**2).sum(axis=1) / 2 / (rays @ offset.T)  # [rays, 11]
        reach[reach <= 0] = np.inf
        first = reach.argmin(axis=1)[np.isfinite(reach.min(axis=1))]
        counted = np.bincount(others[first], minlength=len(points)) / len(rays) * 4 * np.pi
        exact = np.zeros(len(points))
        exact[j[i == centre]] = angle[i == centre]
        np.testing.assert_allclose(exact, counted, atol=0.07)


def test_blocks_change_no_face(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(5).uniform(size=(200, 3)) * 8
    slab = from_ase(fcc111("Al", (4, 4, 3), vacuum=5.0), pbc=(True, True, False))
    whole, around = voronoi_faces(points), find_edges(slab, EVERY_FACE)
    monkeypatch.setattr("gamnet.graphs.faces.BLOCK", 37)
    monkeypatch.setattr("gamnet.graphs.slabs.BLOCK", 5)
    for one, other in zip(voronoi_faces(points), whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    assert rows(find_edges(slab, EVERY_FACE)) == rows(around)


def test_atoms_in_line_on_the_outside() -> None:
    """Propyne-like: the axis stands out of the methyl group; a bend of 1e-7 must not matter."""
    line = [[0, 0, 1.06 * k] for k in range(4)]
    star = [[np.cos(t), np.sin(t), -0.4] for t in (0, 2 * np.pi / 3, 4 * np.pi / 3)]
    # Four atoms in line along an edge of the hull, and a corner opposite of it.
    edge = [[2.0, 1.0 * k, 0.3] for k in range(4)] + [[-1, 1.2, 0.5], [-0.5, 1.7, -0.9]]
    for positions in (np.array(line + star), np.array(edge)):
        numbers = np.full(len(positions), 6)
        exact = find_edges(make_structure(numbers, positions), EVERY_FACE)
        rng = np.random.default_rng(0)
        bent = make_structure(numbers, positions + 1e-7 * rng.normal(size=positions.shape))
        noisy = find_edges(bent, EVERY_FACE)
        for edges in (exact, noisy):
            assert np.isfinite(edges.solid_angle).all()
        table = np.zeros((2, len(positions), len(positions)))
        table[0, exact.i, exact.j] = exact.solid_angle
        table[1, noisy.i, noisy.j] = noisy.solid_angle
        np.testing.assert_allclose(table[0], table[1], atol=1e-5)


def test_a_slab_sees_images_in_its_plane_only() -> None:
    sheet = graphene(a=2.46, vacuum=0.0)
    sheet.cell[2] = [0, 0, 5.0]
    edges = find_edges(from_ase(sheet, pbc=(True, True, False)))
    assert (edges.image[:, 2] == 0).all()
    np.testing.assert_allclose(edges.distance[:3], 1.42, atol=0.001)
    np.testing.assert_allclose(edges.solid_angle[:3], 2 * (2 * np.pi / 3), atol=1e-6)
    slab = fcc111("Pt", size=(1, 1, 3), a=3.92, vacuum=0.0)
    slab.cell[2] = [0, 0, 30.0]
    open_slab = find_edges(from_ase(slab, pbc=(True, True, False)))
    double = find_edges(from_ase(slab.repeat((2, 2, 1)), pbc=(True, True, False)))
    assert double.n_edges == 4 * open_slab.n_edges


def test_a_molecule_in_a_wide_box_is_a_molecule() -> None:
    atoms = molecule("CH3CH2OH")
    atoms.set_cell([60, 60, 60])
    atoms.center()
    boxed = find_edges(from_ase(atoms, pbc=(True, True, True)), NeighborRule())
    free = find_edges(from_ase(atoms, pbc=(False, False, False)))
    assert boxed.i.tolist() == free.i.tolist() and boxed.j.tolist() == free.j.tolist()
    # The box closes the cells 30 A away.
    np.testing.assert_allclose(boxed.solid_angle, free.solid_angle, atol=0.3)


@pytest.mark.slow
def test_a_hundred_thousand_atoms_fit() -> None:
    import tracemalloc

    crystal = bulk("Fe", "bcc", a=2.87, cubic=True).repeat((37, 37, 37))
    crystal.positions += np.random.default_rng(0).normal(scale=0.05, size=crystal.positions.shape)
    tracemalloc.start()
    edges = find_edges(from_ase(crystal))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(np.unique(edges.i)) == len(crystal)
    assert peak < 6e9
