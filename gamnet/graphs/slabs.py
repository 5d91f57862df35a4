"""Faces of slabs and chains: of a few centres among many images, most of which do not matter."""

import numpy as np
from scipy.spatial import ConvexHull, Delaunay, cKDTree

from gamnet.graphs.faces import (
    FLAT,
    Faces,
    both_sides,
    faces_in_space,
    principal_axes,
    voronoi_faces,
)

BLOCK = 10_000_000  # pairs of simplices and points worked on at a time: 80 MB
NEAR = 5.0  # A from a centre, where points are likely to cut its cell
# A, how far a point must lie inside a circumsphere to count; less is rounding, and changes nothing.
INSIDE = 1e-9


def faces_of_centres(points: np.ndarray, n_centres: int) -> Faces:
    """Directed faces of the first `n_centres` points, as `voronoi_faces` finds them among all.

    points : [n_points, 3] A.

    Cells on the outside are long, but few points cut them: those near the centre, on the convex
    hull of all, and of the others those that lie inside the circumsphere of a simplex at the
    centre, where its cell has a corner. A cell only shrinks as points are added, so those that do
    not touch it never will: cells that are not whole go on with the points that touch them.
    """
    points = points - points.mean(axis=0)
    extent, _ = principal_axes(points)
    if not extent[2] > FLAT * extent[0]:
        i, j, angle = voronoi_faces(points)
        inside = i < n_centres
        return i[inside], j[inside], angle[inside]
    away, _ = cKDTree(points[:n_centres]).query(points, distance_upper_bound=NEAR)
    hull = ConvexHull(points).vertices
    centres, cutting = np.arange(n_centres), np.union1d(np.flatnonzero(np.isfinite(away)), hull)
    untried = np.ones(len(points), bool)
    found: list[Faces] = []
    while len(centres):
        untried[cutting] = False
        others = np.flatnonzero(untried)
        index = np.concatenate([centres, np.setdiff1d(cutting, centres)])  # centres come first
        shift = points[index].mean(axis=0)
        triangulation = Delaunay(points[index] - shift)
        cut, deepest = _cut(triangulation, len(centres), points[others] - shift)
        i, j, angle = both_sides(faces_in_space(triangulation, len(centres)), len(centres))
        whole = ~np.isin(i, cut)
        found.append((index[i[whole]], index[j[whole]], angle[whole]))
        simplices = triangulation.simplices
        touching = index[simplices[np.isin(simplices, cut).any(axis=1)]].ravel()
        centres, cutting = index[cut], np.unique(np.concatenate([touching, hull, others[deepest]]))
    i, j, angle = (np.concatenate(part) for part in zip(*found, strict=True))
    return i, j, angle


def _cut(
    triangulation: Delaunay, n_centres: int, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The centres whose cells other points [m, 3] cut, and the deepest of those points.

    The others are at least NEAR away from every centre.
    """
    simplices, plane = triangulation.simplices, triangulation.equations  # [n, 4], [n, 5]
    # Qhull's hyperplanes are those of the lifted space, (x, y, z, scale |x|^2 + shift).
    scale, corner = triangulation.paraboloid_scale, triangulation.points[simplices[:, 0]]
    diameter = 2 * np.linalg.norm(corner + plane[:, :3] / (2 * scale * plane[:, 3:4]), axis=1)
    wide = (simplices < n_centres).any(axis=1) & ~(diameter < NEAR)
    if not wide.any() or not len(others):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    height = scale * np.einsum("mx,mx->m", others, others) + triangulation.paraboloid_shift
    lifted = np.column_stack([others, height, np.ones(len(others))])  # [m, 5]
    deepest, inside = [], []
    planes, step = plane[wide], max(1, BLOCK // len(others))
    for start in range(0, len(planes), step):
        # Above a plane: inside the circumsphere.
        above = planes[start : start + step] @ lifted.T  # [n_wide, m]
        deepest.append(above.argmax(axis=1))  # [n_wide]
        inside.append(above.max(axis=1) > INSIDE)
    cutting = np.concatenate(inside)
    corners = np.unique(simplices[wide][cutting])
    return corners[corners < n_centres], np.unique(np.concatenate(deepest)[cutting])
