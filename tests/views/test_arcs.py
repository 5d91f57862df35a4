"""Arcs and shares of one atom's local attention, against the graph and against symmetry."""

import numpy as np
import pytest
from ase.build import bulk, molecule

from gamnet.explanation.attention import LocalAttention, attention_flow, local_attention
from gamnet.graphs.voronoi import find_edges
from gamnet.prediction.shipped import load_one
from gamnet.structures.structure import Structure, make_structure
from gamnet.views.arcs import MAX_ARCS, arc, flow_arcs, neighbour_arcs, neighbourhood
from gamnet.views.drawn import drawn_atoms, orientation


def made(structure: Structure, n_layers: int = 3, n_heads: int = 2) -> LocalAttention:
    """Attention with random weights that sum to one around every atom."""
    edges = find_edges(structure)
    weights = np.random.default_rng(0).random((n_layers, edges.n_edges, n_heads))
    for atom in range(structure.n_atoms):
        weights[:, edges.i == atom] /= weights[:, edges.i == atom].sum(axis=1, keepdims=True)
    return LocalAttention(edges.i, edges.j, edges.image, edges.distance, edges.solid_angle, weights)


def scene_of(structure: Structure, neighbours: bool = True) -> dict[str, object]:
    drawn = drawn_atoms(structure, neighbours=neighbours)
    return {
        "positions": drawn.positions.ravel().tolist(),
        "sites": drawn.sites.tolist(),
        "rotation": orientation(drawn.positions, structure.lattice).tolist(),
    }


def ethanol() -> Structure:
    atoms = molecule("CH3CH2OH")
    return make_structure(atoms.numbers, atoms.positions)


def rock_salt() -> Structure:
    atoms = bulk("NaCl", "rocksalt", a=5.64)
    return make_structure(atoms.numbers, atoms.positions, np.array(atoms.cell))


def test_shares_of_the_network_sum_to_one_in_every_layer_and_head() -> None:
    structure = ethanol()
    attention = local_attention(load_one("qm9"), structure)
    around = neighbourhood(attention, structure, 0)
    n_layers, n_heads, m = around.weights.shape
    assert m == len(around.labels) == (attention.i == 0).sum()
    for layer in (None, *range(n_layers)):
        for head in (None, *range(n_heads)):
            assert around.shares(layer, head).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(
        around.shares(2, 3), attention.weights[2, attention.i == 0, 3], atol=1e-7
    )
    np.testing.assert_allclose(around.shares(), around.weights.mean(axis=(0, 1)))


def test_neighbours_of_a_crystal_are_named_and_placed_with_their_image() -> None:
    structure = rock_salt()
    around = neighbourhood(made(structure), structure, 0)
    np.testing.assert_allclose(np.linalg.norm(around.vectors, axis=1), around.distance, atol=1e-9)
    assert len(around.labels) == len(set(around.labels)) == 6  # the octahedron of chlorine
    assert all(label.startswith("Cl1") for label in around.labels)
    np.testing.assert_allclose(around.distance, 2.82)
    np.testing.assert_allclose(around.vectors.sum(axis=0), 0, atol=1e-9)
    assert sum("(" in label for label in around.labels) >= 5


def test_arcs_lead_from_the_neighbours_to_the_atom() -> None:
    structure = ethanol()
    scene, around = scene_of(structure), neighbourhood(made(structure), structure, 2)
    found = neighbour_arcs(scene, around, around.shares())
    assert found["site"] == 2 and found["total"] == len(found["links"])
    shares = [link["share"] for link in found["links"]]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(1, abs=1e-3)
    for link in found["links"]:
        start, end = link["points"][0], link["points"][-1]
        np.testing.assert_allclose(start, structure.positions[link["site"]], atol=2e-3)
        np.testing.assert_allclose(end, structure.positions[2], atol=2e-3)
        assert not link["outside"]


def test_neighbours_that_are_not_drawn_get_a_mark() -> None:
    structure = rock_salt()
    around = neighbourhood(made(structure), structure, 0)
    bare = neighbour_arcs(scene_of(structure, neighbours=False), around, around.shares())
    full = neighbour_arcs(scene_of(structure), around, around.shares())
    assert any(link["outside"] for link in bare["links"])
    assert not any(link["outside"] for link in full["links"])
    for found in (bare, full):
        lengths = [
            np.linalg.norm(np.subtract(link["points"][0], link["points"][-1]))
            for link in found["links"]
        ]
        np.testing.assert_allclose(lengths, 2.82, atol=3e-3)


def test_flow_reaches_the_atoms_with_the_largest_share() -> None:
    structure = ethanol()
    flow = attention_flow(made(structure), structure.n_atoms)
    found = flow_arcs(scene_of(structure), 0, flow[0])
    assert 0 not in [link["site"] for link in found["links"]]
    others = np.delete(flow[0], 0)
    assert sum(link["share"] for link in found["links"]) == pytest.approx(others.sum(), abs=2e-3)
    crowd = make_structure(np.full(40, 6), np.arange(120.0).reshape(40, 3))
    shares = np.linspace(0, 1, 40)
    many = flow_arcs(scene_of(crowd), 3, shares)
    assert [link["site"] for link in many["links"]] == list(range(39, 39 - MAX_ARCS, -1))


def test_an_arc_leaves_the_bond_and_the_molecule_on_its_inner_side() -> None:
    start, end = np.zeros(3), np.array([1.5, 0, 0])
    for view in ([0.0, 0, 1], [1.0, 0, 0], [-1.0, 0, 0], [0.6, 0, 0.8]):
        points = arc(start, end, np.array(view), np.zeros(3))
        np.testing.assert_allclose(points[[0, -1]], [start, end], atol=1e-12)
        off = np.linalg.norm(points[:, 1:], axis=1).max()
        assert off > 0.15 * 1.5 and np.isfinite(points).all()
    for side in (1.0, -1.0):
        points = arc(start, end, np.array([0.0, 0, 1]), np.array([0.7, side, 0]))
        assert (side * points[1:-1, 1] < 0).all() and (points[1:-1, 2] > 0).all()
