"""One atom's local attention, as numbers per neighbour and as the arcs that the 3D viewer draws."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gamnet.explanation.attention import LocalAttention
from gamnet.structures.structure import Structure
from gamnet.views.scene import Scene

MAX_ARCS = 16  # more cannot be told apart
_POINTS = 17  # along an arc
# Height of an arc's control point: part of its length, and enough to come out of the atoms.
_BULGE, _CLEARANCE = 0.5, 0.6  # -, A
# Shares of an arc's height across the picture and towards the viewer.
_ACROSS, _TOWARDS = 1.0, 0.45


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """What one atom attends to, nearest neighbour first (m neighbours; images count on their own).

    atom : the centre.  sites : [m], atoms of the structure.  labels : [m], "C3", "O1 (+1 0 0)".
    vectors : [m, 3], from the centre to the neighbour, A.  distance : [m] A.
    solid_angle : [m] sr.  weights : [n_layers, n_heads, m], as in LocalAttention.
    """

    atom: int
    sites: np.ndarray
    labels: tuple[str, ...]
    vectors: np.ndarray
    distance: np.ndarray
    solid_angle: np.ndarray
    weights: np.ndarray

    def shares(self, layer: int | None = None, head: int | None = None) -> np.ndarray:
        """[m] share of each neighbour in one layer and head; None is the mean over all of them."""
        chosen = self.weights if layer is None else self.weights[[layer]]
        chosen = chosen if head is None else chosen[:, [head]]
        return chosen.mean(axis=(0, 1))


def neighbourhood(attention: LocalAttention, structure: Structure, atom: int) -> Neighbourhood:
    """The part of a structure's local attention that belongs to one atom."""
    edges = np.flatnonzero(attention.i == atom)
    sites, image = attention.j[edges], attention.image[edges]
    vectors = structure.positions[sites] - structure.positions[atom]  # [m, 3]
    if structure.periodic:
        vectors = vectors + image @ structure.lattice
    labels = tuple(
        f"{structure.symbols[j]}{j}" + (f" ({' '.join(f'{k:+d}' for k in shift)})" * any(shift))
        for j, shift in zip(sites.tolist(), image.tolist(), strict=True)
    )
    return Neighbourhood(
        atom=atom,
        sites=sites,
        labels=tuple(label.replace("+0", "0").replace("-", "−") for label in labels),
        vectors=vectors,
        distance=attention.distance[edges],
        solid_angle=attention.solid_angle[edges],
        weights=attention.weights[:, edges].transpose(0, 2, 1),  # [n_layers, n_heads, m]
    )


def neighbour_arcs(scene: Scene, around: Neighbourhood, shares: np.ndarray) -> dict[str, object]:
    """The arcs of a scene of `gamnet.views.scene.scene` from an atom to its neighbours.

    shares : [m], as of `Neighbourhood.shares`. Neighbours outside what the scene draws, such as
    images of a crystal's atoms, get a mark of their own.
    """
    return _arcs(scene, around.atom, around.sites, around.vectors, shares)


def flow_arcs(scene: Scene, atom: int, shares: np.ndarray) -> dict[str, object]:
    """The arcs to the atoms with the largest share, at most MAX_ARCS.

    shares : [n_atoms], row `atom` of `gamnet.explanation.attention.attention_flow`; the atom's own
    share has no arc. Of an atom that is drawn several times the nearest one is meant.
    """
    positions, drawn = _drawn(scene)
    centre = positions[np.flatnonzero(drawn == atom)[0]]
    order = np.argsort(-shares, kind="stable")
    others = order[(order != atom) & (shares[order] > 0)][:MAX_ARCS]
    vectors = np.empty((len(others), 3))
    for k, other in enumerate(others):
        away = positions[drawn == other] - centre  # [n_images, 3]
        vectors[k] = away[np.linalg.norm(away, axis=1).argmin()]
    return _arcs(scene, atom, others, vectors, shares[others])


def _drawn(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    return np.reshape(scene["positions"], (-1, 3)), np.asarray(scene["sites"])


def _arcs(
    scene: Scene,
    atom: int,
    sites: np.ndarray,
    vectors: np.ndarray,
    shares: np.ndarray,
) -> dict[str, object]:
    positions, drawn = _drawn(scene)
    centre = positions[np.flatnonzero(drawn == atom)[0]]
    view = Rotation.from_quat(scene["rotation"]).inv().apply([0.0, 0.0, 1.0])
    middle = positions.mean(axis=0)
    strongest = np.argsort(-np.asarray(shares), kind="stable")[:MAX_ARCS]
    links = []
    for k in strongest.tolist():
        end = centre + vectors[k]
        seen = np.linalg.norm(positions - end, axis=1).min() < 0.1
        links.append(
            {
                "site": int(sites[k]),
                "share": round(float(shares[k]), 4),
                "points": np.round(arc(end, centre, view, middle), 3).tolist(),
                "outside": not seen,
            }
        )
    return {"site": int(atom), "total": len(vectors), "links": links}


def arc(start: np.ndarray, end: np.ndarray, view: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """[n_points, 3] a curve from start to end, bent away from `middle` and towards `view` [3].

    A quadratic Bezier curve: it lies neither on the bond between the two nor behind the molecule.
    """
    along = end - start
    across = np.cross(view, along)
    if np.linalg.norm(across) < 1e-6 * np.linalg.norm(along):  # seen end-on: any side will do
        across = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    across /= np.linalg.norm(across)
    if across @ ((start + end) / 2 - middle) < -1e-6:
        across = -across
    side = _ACROSS * across + _TOWARDS * view
    height = _BULGE * np.linalg.norm(along) + _CLEARANCE
    control = (start + end) / 2 + height * side / np.linalg.norm(side)
    t = np.linspace(0, 1, _POINTS)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
