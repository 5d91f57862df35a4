"""Cells that would take all time and memory are refused in words."""

import numpy as np
import pytest

from gamnet.errors import StructureError
from gamnet.graphs import voronoi
from gamnet.structures.structure import make_structure


@pytest.mark.parametrize("length", [50.0, 200.0])
def test_a_needle_is_refused(length: float) -> None:
    needle = make_structure([1], [[0, 0, 0]], np.diag([0.4, 0.4, length]))
    with pytest.raises(StructureError, match=r"needle or mostly empty.*images.*not periodic"):
        voronoi.find_edges(needle)


def test_an_empty_cell_with_many_atoms_is_refused() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(20)] * 2, [0]), axis=-1).reshape(-1, 3) * 1.5
    layer = make_structure([6] * len(grid), grid, np.diag([30.0, 30.0, 400.0]))
    with pytest.raises(StructureError, match="more than 15,000 atoms of its images"):
        voronoi.find_edges(layer)


def test_layers_with_a_vacuum_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    n_points = []
    count = voronoi.Delaunay
    monkeypatch.setattr(voronoi, "Delaunay", lambda p: (n_points.append(len(p)), count(p))[1])
    lattice = [[2.46, 0, 0], [-1.23, 2.1304, 0], [0, 0, 40.0]]
    layer = make_structure([6, 6], [[0, 0, 0], [0, 1.4203, 0]], lattice)
    assert voronoi.find_edges(layer).n_edges == 6
    assert max(n_points) < 15_000


@pytest.mark.parametrize(
    "lattice",
    [
        [[100_000.0, 1.8, 1.8], [1.8, 0.0, 1.8], [1.8, 1.8, 0.0]],
        [[100_000.0, 0.0, 0.0], [0.0, 8.0, 0.0], [-1.56, 0.0, 8.86]],
    ],
)
def test_layers_far_apart_are_refused_before_they_are_triangulated(
    lattice: list[list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    n_points = []
    count = voronoi.Delaunay
    monkeypatch.setattr(voronoi, "Delaunay", lambda p: (n_points.append(len(p)), count(p))[1])
    far = make_structure([6, 6], [[0, 0, 0], [0.9, 0.9, 0.9]], lattice)
    with pytest.raises(StructureError, match="mostly empty"):
        voronoi.find_edges(far)
    # Triangulating lattice planes takes quadratic time.
    assert max(n_points) < 15_000
