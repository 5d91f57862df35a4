"""What surrounds each site of a crystal: coordination number, distances, polyhedra of anions."""

from dataclasses import dataclass

import numpy as np
from ase.data import covalent_radii

from gamnet.explanation.environments import BOND_TOLERANCE
from gamnet.graphs.rule import CRYSTAL_RULE
from gamnet.graphs.voronoi import find_edges
from gamnet.structures.structure import Structure

# Who draws electrons from whom, the strongest last; all other elements come before them.
_ANIONS = (51, 33, 52, 15, 34, 53, 16, 35, 17, 7, 8, 9)
# Corners of a polyhedron: fewer enclose nothing, and solids of more hide all others.
MIN_CORNERS, MAX_CORNERS = 4, 8


@dataclass(frozen=True, eq=False)
class Coordination:
    """The neighbours of one atom that are as near as bonds, nearest first (m of them).

    sites : [m], atoms of the structure.  vectors : [m, 3], from the centre, A.  distance : [m] A.
    polyhedron : whether the neighbours are anions around a more positive centre, all of them, and
        from MIN_CORNERS to MAX_CORNERS.
    """

    atom: int
    sites: np.ndarray
    vectors: np.ndarray
    distance: np.ndarray
    polyhedron: bool

    @property
    def number(self) -> int:
        """The coordination number."""
        return len(self.sites)


def coordinations(structure: Structure) -> list[Coordination]:
    """[n_atoms] the surroundings of every atom, counted as in `coordination_environments`.

    A neighbour is an atom with which the Voronoi cell shares a face and that is at most
    BOND_TOLERANCE farther than the sum of the covalent radii.
    """
    edges = find_edges(structure, CRYSTAL_RULE)
    numbers = structure.numbers
    radii = covalent_radii[numbers]
    near = edges.distance <= radii[edges.i] + radii[edges.j] + BOND_TOLERANCE
    vectors = structure.positions[edges.j] - structure.positions[edges.i]
    if structure.lattice is not None:
        vectors = vectors + edges.image @ structure.lattice
    kept = np.flatnonzero(near)  # sorted by centre, then by distance, as the edges are
    start = np.searchsorted(edges.i[kept], np.arange(structure.n_atoms + 1))
    found = []
    for atom in range(structure.n_atoms):
        own = kept[start[atom] : start[atom + 1]]
        strength = [_strength(z) for z in numbers[edges.j[own]].tolist()]
        around = _strength(int(numbers[atom]))
        whole = MIN_CORNERS <= len(own) <= MAX_CORNERS and all(s > max(around, 0) for s in strength)
        found.append(Coordination(atom, edges.j[own], vectors[own], edges.distance[own], whole))
    return found


def _strength(number: int) -> int:
    return _ANIONS.index(number) + 1 if number in _ANIONS else 0
