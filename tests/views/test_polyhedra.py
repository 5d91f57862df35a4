"""Coordination polyhedra: textbook shapes, closed surfaces, whole ones only."""

import numpy as np
import pytest

from gamnet.explanation.coordination import coordinations
from gamnet.prediction.result import Prediction
from gamnet.structures.cell import supercell
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure, make_structure
from gamnet.views.colours import element_bar, element_colours
from gamnet.views.polyhedra import hull, polyhedra
from gamnet.views.scene import Scene, make_scene


def scene(structure: Structure, neighbours: bool = True) -> Scene:
    prediction = Prediction(structure.source, 0, "", structure)
    return make_scene(
        prediction, None, element_colours(structure.symbols), element_bar(structure.symbols),
        values=[""] * structure.n_atoms, neighbours=neighbours,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "numbers", "shapes"),
    [("rock-salt", {"Na": 6, "Cl": 6}, {"Na"}), ("diamond", {"C": 4}, set())],
)
def test_coordination_numbers_are_those_of_textbooks(name, numbers, shapes) -> None:
    structure = read(f"example:{name}")[0]
    found = coordinations(structure)
    assert {structure.symbols[c.atom]: c.number for c in found} == numbers
    assert {structure.symbols[c.atom] for c in found if c.polyhedron} == shapes


def test_titanium_of_perovskite_sits_in_a_closed_octahedron() -> None:
    structure = read("example:perovskite")[0]
    around = coordinations(structure)[structure.symbols.index("Ti")]
    assert around.number == 6 and around.polyhedron
    np.testing.assert_allclose(around.distance, structure.lattice[0, 0] / 2, atol=1e-6)
    found = [
        p for p in polyhedra(scene(structure), coordinations(structure)) if len(p["points"]) == 6
    ]
    assert not coordinations(structure)[structure.symbols.index("Sr")].polyhedron  # twelve corners
    assert found and all(structure.symbols[p["site"]] == "Ti" for p in found)
    faces, points = np.array(found[0]["faces"]), np.array(found[0]["points"])
    assert len(faces) == 8
    a, b, c = points[faces].transpose(1, 0, 2)
    # By Gauss's theorem: the volume of an octahedron of this radius, positive if seen from outside.
    volume = (np.cross(a, b) * c).sum() / 6
    assert volume == pytest.approx(4 / 3 * around.distance[0] ** 3, rel=1e-3)


def test_polyhedra_whose_corners_are_not_drawn_are_left_out() -> None:
    structure = read("example:perovskite")[0]
    found = coordinations(structure)
    with_all, without = (polyhedra(scene(structure, n), found) for n in (True, False))
    assert len(with_all) >= len(without)
    positions = np.reshape(scene(structure)["positions"], (-1, 3))
    for shape in with_all:
        for corner in shape["points"]:
            assert np.linalg.norm(positions - corner, axis=1).min() < 0.01
    assert polyhedra(
        scene(supercell(structure, (2, 1, 1))), coordinations(supercell(structure, (2, 1, 1)))
    )


def test_a_square_encloses_nothing() -> None:
    assert len(hull(np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0.0]]))) == 0
    lonely = make_structure([11], [[0, 0, 0]], np.eye(3) * 9)
    assert polyhedra(scene(lonely), coordinations(lonely)) == []
