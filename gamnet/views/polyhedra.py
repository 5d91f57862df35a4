"""Coordination polyhedra as the 3D viewer draws them."""

from typing import TypedDict

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from gamnet.explanation.coordination import Coordination
from gamnet.views.scene import Scene

_SAME = 0.1  # A, within which a corner is a drawn atom


class Polyhedron(TypedDict):
    """site : the centre.  points : [m, 3], A.  faces : [n_faces, 3], triangles, seen from outside.

    The viewer draws it in the centre's colour.
    """

    site: int
    points: list[list[float]]
    faces: list[list[int]]


def polyhedra(scene: Scene, coordinations: list[Coordination]) -> list[Polyhedron]:
    """The polyhedra of a scene all of whose corners are drawn.

    coordinations : of all atoms, of `gamnet.explanation.coordination.coordinations`.
    """
    positions = np.reshape(scene["positions"], (-1, 3))
    shapes = {
        around.atom: (around.vectors, faces)
        for around in coordinations
        if around.polyhedron and len(faces := hull(around.vectors))
    }
    found: list[Polyhedron] = []
    for centre, site in zip(positions, scene["sites"], strict=True):
        if site not in shapes:
            continue
        vectors, faces = shapes[site]
        corners = centre + vectors  # [m, 3]
        gaps = np.linalg.norm(corners[:, None] - positions[None], axis=2).min(axis=1)
        if (gaps < _SAME).all():
            found.append(
                {"site": int(site), "points": corners.round(4).tolist(), "faces": faces.tolist()}
            )
    return found


def hull(points: np.ndarray) -> np.ndarray:
    """[n_faces, 3] triangles of the convex hull of points [m, 3], counter-clockwise from outside.

    Empty for points in one plane, which enclose nothing.
    """
    try:
        found = ConvexHull(points)
    except QhullError:
        return np.empty((0, 3), int)
    faces = found.simplices.copy()
    a, b, c = (points[faces[:, k]] for k in range(3))
    inwards = (np.cross(b - a, c - a) * found.equations[:, :3]).sum(axis=1) < 0
    faces[inwards] = faces[inwards][:, ::-1]
    return faces
