"""Faces of open Voronoi cells and the solid angles under which their atoms see them.

The cells of a molecule are not closed by any box: faces on its outside reach to infinity, where
they still have an exact solid angle, so nothing depends on the orientation.
"""

import numpy as np
from scipy.spatial import Delaunay

# Relative thickness below which points count as coplanar or collinear, and are treated as exactly
# so: Qhull's own limit is near 1e-10, and a bend of 1e-6 changes no solid angle that matters.
FLAT = 1e-6
THIN = 1e-9  # height of a hull facet relative to its side, below which its normal is noise
BLOCK = 100_000  # triangles worked on at a time: some 50 MB, however large a structure is
MIN_FACE_ANGLE = 1e-6  # sr, faces below are numerical remains of touching edges
_CORNERS = ((0, 1, 2), (1, 2, 0), (2, 0, 1))  # of a triangle, as i, j and k

Faces = tuple[np.ndarray, np.ndarray, np.ndarray]  # i, j, solid angle: [n_faces] each


def voronoi_faces(points: np.ndarray) -> Faces:
    """Faces (i, j, solid angle in sr), each once per side, of the open Voronoi cells of points.

    points : [n_points, 3] A, no two at one place. Unbounded faces are measured to infinity.
    Points on a line or in a plane have prisms for cells and are handled exactly.
    """
    if len(points) == 1:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    centred = points - points.mean(axis=0)
    extent, axes = principal_axes(centred)
    rank = int((extent > FLAT * extent[0]).sum())
    if rank == 1:
        return both_sides(_faces_on_line(centred @ axes[0]), len(points))
    if rank == 2:
        return both_sides(_faces_in_plane(centred @ axes[:2].T), len(points))
    return both_sides(faces_in_space(Delaunay(centred), len(points)), len(points))


def both_sides(faces: Faces, n_centres: int) -> Faces:
    """Directed faces of the first `n_centres` points.

    Both atoms see their common face under the same angle: it lies in their mirror plane.
    """
    i, j, angle = faces
    i, j, angle = np.concatenate([i, j]), np.concatenate([j, i]), np.concatenate([angle, angle])
    keep = (i < n_centres) & (angle > MIN_FACE_ANGLE)
    return i[keep], j[keep], angle[keep]


def principal_axes(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Extents [3] in falling order and axes [3, 3] (rows) of a point set around its mean."""
    # Not through the 3 x 3 covariance: squaring would lose the thickness of a nearly flat set.
    _, extent, axes = np.linalg.svd(centred, full_matrices=False)
    if len(extent) < 3:  # two points
        extent = np.append(extent, np.zeros(3 - len(extent)))
    return extent, axes


def _faces_on_line(x: np.ndarray) -> Faces:
    """Neighbours on a line are seen through a whole plane: 2 pi."""
    order = np.argsort(x)
    return order[:-1], order[1:], np.full(len(x) - 1, 2 * np.pi)


def _faces_in_plane(xy: np.ndarray) -> Faces:
    """Cells are prisms: a side that spans the angle phi in the plane has the solid angle 2 phi."""
    triangulation = Delaunay(xy)
    sides, first, second = _dual_edges(triangulation)  # [n, 2], [n, 3], [n, 3]
    i, j = sides.T
    a, b = _directions(first, xy[i]), _directions(second, xy[i])  # [n, 2] each
    cross = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    return i, j, 2 * np.arctan2(cross, (a * b).sum(axis=1))


def faces_in_space(triangulation: Delaunay, n_centres: int) -> Faces:
    """Sum, over the edges of each face, the triangle between that edge and the face's foot point.

    The foot point is the middle of i and j, which may lie outside the face: a triangle counts
    negatively when its edge, dual to the Delaunay triangle (i, j, k), has the foot on k's side.
    An unbounded face also has an edge at infinity, between the directions of its two rays.
    Solid angle of a triangle: Van Oosterom and Strackee, IEEE Trans. Biomed. Eng. 30, 125 (1983).
    """
    points = triangulation.points
    n_points = len(points)
    triangles, first, second = _dual_edges(triangulation)  # [t, 3], [t, 4], [t, 4]
    rays = np.flatnonzero(second[:, 3] == 0)
    parts = []
    for corners in _CORNERS:
        for start in range(0, len(triangles), BLOCK):
            block = slice(start, start + BLOCK)
            i, j, k = triangles[block][:, corners].T.astype(np.int64)  # up to BLOCK each
            i, j = np.minimum(i, j), np.maximum(i, j)
            a, b = first[block], second[block]
            if n_centres < n_points:
                needed = i < n_centres
                i, j, k, a, b = i[needed], j[needed], k[needed], a[needed], b[needed]
            parts.append((i * n_points + j, _signed_angles(points, i, j, k, a, b)))
    i, j, _ = np.concatenate([triangles[rays][:, corners] for corners in _CORNERS]).T.astype(
        np.int64
    )
    low, high = np.minimum(i, j), np.maximum(i, j)
    parts.append(_angles_at_infinity(low * n_points + high, np.tile(second[rays], (3, 1))))
    key, where = np.unique(np.concatenate([key for key, _ in parts]), return_inverse=True)
    angle = np.bincount(where, np.concatenate([part for _, part in parts]), minlength=len(key))
    return key // n_points, key % n_points, angle


def _signed_angles(
    points: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    k: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> np.ndarray:
    """Solid angles [t] (sr) of the triangles between foot points and edges `first` to `second`."""
    centre = points[i]
    half = (points[j] - centre) / 2  # [t, 3]
    to_k = points[k] - centre - half
    sign = np.sign(np.einsum("tx,tx->t", to_k, to_k) - np.einsum("tx,tx->t", half, half))
    u = half / np.linalg.norm(half, axis=1, keepdims=True)
    a, b = _directions(first, centre), _directions(second, centre)
    volume = np.abs(np.einsum("tx,tx->t", u, np.cross(a, b)))
    below = 1 + np.einsum("tx,tx->t", u, a) + np.einsum("tx,tx->t", a, b)
    below += np.einsum("tx,tx->t", b, u)
    return 2 * sign * np.arctan2(volume, below)  # [t] sr


def _angles_at_infinity(key: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keys of the unbounded faces and, in sr, the triangle of each foot and its edge at infinity.

    key [r] of the rays' faces, ends [r, 4]. Rays are normal to the foot's direction, so the
    triangle's solid angle is the rays' angle.
    """
    ray = np.argsort(key, kind="stable")  # the two rays of a face stand together
    a, b = ends[ray[0::2], :3], ends[ray[1::2], :3]
    cross = np.linalg.norm(np.cross(a, b), axis=1)
    return key[ray[0::2]], np.arctan2(cross, np.einsum("rx,rx->r", a, b))


def _dual_edges(triangulation: Delaunay) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each facet of the triangulation once, with the two ends of its dual Voronoi edge.

    Facets are point indices [n, dim]. Ends are homogeneous, [n, dim + 1]: (h, w) with w <= 0 is
    the point -h / w, or for w = 0 the direction h at infinity (see `_directions`).
    """
    points, simplices = triangulation.points, triangulation.simplices
    dim = points.shape[1]
    # Qhull's hyperplanes in the lifted space give the circumcentres; simplices that it cut from
    # one cospherical cell share theirs exactly, however flat they are.
    plane = triangulation.equations[:, : dim + 1]
    centres = plane * np.append(np.ones(dim), 2 * triangulation.paraboloid_scale)
    simplex, corner = np.nonzero(triangulation.neighbors < np.arange(len(simplices))[:, None])
    others = np.array([[c for c in range(dim + 1) if c != corner] for corner in range(dim + 1)])
    facets = simplices[simplex[:, None], others[corner]]  # [n, dim]
    neighbor = triangulation.neighbors[simplex, corner]  # [n], -1 on the hull
    first, second = centres[simplex], centres[neighbor]  # [n, dim + 1]
    hull = neighbor == -1
    second[hull] = _outward(points, facets[hull])
    return facets, first, second


def _outward(points: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Directions at infinity [n, dim + 1], normal to hull facets and away from the point mean."""
    corner = points[facets]  # [n, dim, dim]
    along = corner[:, 1] - corner[:, 0]
    if points.shape[1] == 3:
        normal = np.cross(along, corner[:, 2] - corner[:, 0])
    else:
        normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    length = np.linalg.norm(normal, axis=1)  # [n]
    # The points are centred on their mean, so the origin lies inside the hull.
    outside = np.einsum("nx,nx->n", normal, corner.mean(axis=1))
    normal *= np.where(outside < 0, -1.0, 1.0)[:, None]
    # Three atoms in line on the hull make a facet without a normal of its own.
    thin = np.flatnonzero(length < THIN * np.einsum("nx,nx->n", along, along))
    if points.shape[1] == 3 and len(thin):
        _borrow_normals(points, facets, normal, thin)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return np.append(normal, np.zeros((len(normal), 1)), axis=1)


def _borrow_normals(
    points: np.ndarray, facets: np.ndarray, normal: np.ndarray, thin: np.ndarray
) -> None:
    """Give each thin hull facet, in place, the normal of the facet along its longest edge.

    With k between i and j, the cells of i and j do not meet: the edge at infinity of their face,
    between the rays of the thin facet and of the one along i-j, must have no length.
    """
    sides: dict[frozenset[int], list[int]] = {}
    for facet, (a, b, c) in enumerate(facets.tolist()):
        for side in ((a, b), (b, c), (c, a)):
            sides.setdefault(frozenset(side), []).append(facet)
    waiting = set(thin.tolist())
    while waiting:
        lenders = {}
        for facet in waiting:
            a, b, c = facets[facet].tolist()
            by_length = sorted(
                ((a, b), (b, c), (c, a)), key=lambda s: -np.linalg.norm(points[s[0]] - points[s[1]])
            )
            bordering = [f for side in by_length for f in sides[frozenset(side)] if f != facet]
            lenders[facet] = [f for f in bordering if f not in waiting], bordering[0]
        ready = {f: longest for f, (_, longest) in lenders.items() if longest not in waiting}
        # Thin facets may share their longest edge: then any sound neighbour of one will do.
        ready = ready or dict([next((f, sound[0]) for f, (sound, _) in lenders.items() if sound)])
        for facet, lender in ready.items():
            normal[facet] = normal[lender]
        waiting -= set(ready)


def _directions(ends: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """Unit vectors [n, dim] from origins to homogeneous ends; w <= 0, hence the signs."""
    vector = ends[:, :-1] + ends[:, -1:] * origins
    return vector / np.linalg.norm(vector, axis=1, keepdims=True)
