"""Voronoi neighbours with solid angles, for molecules, slabs and crystals.

The rule (Vu et al., npj Comput. Mater. 9, 215 (2023), Methods): j is a neighbour of i when their
Voronoi cells share a face that i sees under a solid angle of at least `min_angle`, of at least
`min_ratio` times i's largest, and when their distance is at most `cutoff`. A rule that fades gives
each neighbour a weight that vanishes at these limits (gamnet/graphs/rule.py).

The cells are those of the open diagram: a molecule has no images and no box, so faces on its
outside reach to infinity, where they still have an exact solid angle. Nothing depends on the
orientation. A periodic structure sees its images, each as a neighbour of its own.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from gamnet.errors import StructureError
from gamnet.graphs.faces import (
    FLAT,
    Faces,
    both_sides,
    faces_in_space,
    principal_axes,
    voronoi_faces,
)
from gamnet.graphs.rule import NeighborRule, default_rule
from gamnet.graphs.slabs import faces_of_centres
from gamnet.structures.structure import Structure

FIRST_RADIUS = 7.0  # A, first guess of how far images matter; grown until the cells are exact
# A cell so empty, or so much longer than wide, that it takes more is no crystal.
MAX_IMAGES = 50_000  # of the cell
MAX_POINTS = 15_000  # atoms of images, beside 20 for each atom of the cell
OPEN_RADIUS = 30.0  # A, images kept around a slab or a chain, whose outer cells are unbounded


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed neighbour pairs, sorted by centre i, then by distance.

    i, j : [n_edges] int64, centre and neighbour.
    image : [n_edges, 3] int64, the neighbour stands at positions[j] + image @ lattice.
    distance : [n_edges] A.  direction : [n_edges, 3] unit vector from i to the neighbour.
    solid_angle : [n_edges] sr, of the shared face as seen from i.
    ratio : [n_edges], solid angle relative to the largest that i sees.
    weight : [n_edges] above 0, how much the neighbour counts; 1 unless the rule fades.
    """

    i: np.ndarray
    j: np.ndarray
    image: np.ndarray
    distance: np.ndarray
    direction: np.ndarray
    solid_angle: np.ndarray
    ratio: np.ndarray
    weight: np.ndarray

    @property
    def n_edges(self) -> int:
        return len(self.i)


def find_edges(structure: Structure, rule: NeighborRule | None = None) -> Edges:
    """Neighbours of every atom under `rule` (default: the paper's for this kind of structure)."""
    rule = rule or default_rule(structure)
    if structure.lattice is not None:
        points, home, image, (i, j, angle) = _periodic_faces(structure, structure.lattice)
    else:
        points, home = structure.positions, np.arange(structure.n_atoms)
        image = np.zeros((structure.n_atoms, 3), np.int64)
        i, j, angle = voronoi_faces(points)
    vector = points[j] - points[i]  # [n_faces, 3]
    distance = np.sqrt(np.einsum("fx,fx->f", vector, vector))  # [n_faces]
    largest = np.zeros(structure.n_atoms)
    np.maximum.at(largest, i, angle)
    ratio = angle / largest[i]  # [n_faces]
    weight = rule.weight(distance, angle)  # [n_faces]
    # A relative margin keeps symmetry-equal faces, equal up to rounding, on one side of a limit.
    margin = 1.0 - 1e-9
    keep = (
        (distance * margin <= rule.cutoff)
        & (angle >= rule.min_angle * margin)
        & (ratio >= rule.min_ratio * margin)
        & (weight > 0)
    )  # [n_faces] -> n_edges True
    kept = np.flatnonzero(keep)
    order = kept[np.lexsort((j[kept], distance[kept].round(9), i[kept]))]  # [n_edges]
    i, j, distance = i[order], j[order], distance[order]
    direction = vector[order] / distance[:, None]  # [n_edges, 3]
    return Edges(
        i, home[j], image[j] - image[i], distance, direction,
        angle[order], ratio[order], weight[order],
    )  # fmt: skip


def _periodic_faces(
    structure: Structure, lattice: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Faces]:
    """Points with images, the home atom and lattice translation of each, and the faces.

    The first n_atoms points are the home atoms. Images are added until no further image could
    reach into the circumsphere of a simplex that touches a home atom.
    """
    n_atoms = structure.n_atoms
    if not all(structure.pbc):
        points, home, image = _images_within(structure, OPEN_RADIUS)
        return points, home, image, faces_of_centres(points, n_atoms)
    # No empty sphere is wider than the cell's diagonal, so this radius is always enough.
    enough = float(np.linalg.norm(lattice, axis=1).sum())
    radius = min(FIRST_RADIUS, enough)
    while True:
        points, home, image = _images_within(structure, radius)
        extent, _ = principal_axes(points - points.mean(axis=0))
        reach = np.inf
        if extent[2] > FLAT * extent[0]:
            triangulation = Delaunay(points - points.mean(axis=0))
            reach = _reach(triangulation, n_atoms)
        if reach <= radius or radius >= enough:
            faces = faces_in_space(triangulation, n_atoms)
            return points, home, image, both_sides(faces, n_atoms)
        radius = min(reach * 1.01, radius * 2, enough)


def _reach(triangulation: Delaunay, n_centres: int) -> float:
    """Diameter in A of the widest circumsphere through a centre; infinite on the hull."""
    touching = (triangulation.simplices < n_centres).any(axis=1)
    if (triangulation.neighbors[touching] == -1).any():
        return np.inf
    plane = triangulation.equations[touching]  # [n, 5]
    centre = -plane[:, :3] / (2 * triangulation.paraboloid_scale * plane[:, 3:4])  # [n, 3]
    corner = triangulation.points[triangulation.simplices[touching, 0]]
    return 2 * float(np.linalg.norm(centre - corner, axis=1).max())


def _images_within(
    structure: Structure, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Home atoms, wrapped into the cell, then all images within `radius` A of one of them.

    Returns points [n_points, 3], home atom [n_points] and translation [n_points, 3] such that
    points = positions[home] + translation @ lattice. Raises StructureError for a molecule.
    """
    if structure.lattice is None:
        raise StructureError(
            f"'{structure.source}' has no periodic images", "Only a crystal has a lattice"
        )
    pbc = np.array(structure.pbc)
    lattice = structure.lattice.copy()
    # Open directions get the unit normals of the periodic ones: the inverse then measures heights.
    if not pbc.all():
        normals = np.linalg.svd(lattice[pbc])[2][pbc.sum() :]
        lattice[~pbc] = normals
    fractional = structure.positions @ np.linalg.inv(lattice)  # [n_atoms, 3]
    wrap = np.where(pbc, -np.floor(fractional), 0).astype(np.int64)  # [n_atoms, 3]
    wrapped = structure.positions + wrap @ lattice
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)  # [3] A
    counts = np.where(pbc, np.ceil(radius / heights), 0).astype(int)  # [3]
    n_images = int(np.prod(2.0 * counts + 1))
    if n_images > MAX_IMAGES:
        raise _too_empty(f"{n_images:,} images of the cell")
    ranges = [np.arange(-count, count + 1) for count in counts]
    shifts = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    shifts = shifts[shifts.any(axis=1)]  # [n_images, 3]
    low, high = wrapped.min(axis=0) - radius, wrapped.max(axis=0) + radius
    points, home, image = [wrapped], [np.arange(structure.n_atoms)], [wrap]
    tree = cKDTree(wrapped)
    n_left = MAX_POINTS + 20 * structure.n_atoms
    for shift in shifts:
        moved = wrapped + shift @ lattice
        near = np.flatnonzero(((moved > low) & (moved < high)).all(axis=1))
        if len(near):
            near = near[np.isfinite(tree.query(moved[near], distance_upper_bound=radius)[0])]
            points.append(moved[near])
            home.append(near)
            image.append(wrap[near] + shift)
            n_left -= len(near)
            if n_left < 0:
                raise _too_empty(f"more than {MAX_POINTS:,} atoms of its images")
    return np.concatenate(points), np.concatenate(home), np.concatenate(image)


def _too_empty(what: str) -> StructureError:
    return StructureError(
        "The cell is a needle or mostly empty: to find the neighbours across its empty space takes "
        f"{what}",
        "Give a cell without the empty space, or mark its direction as not periodic (pbc)",
    )
