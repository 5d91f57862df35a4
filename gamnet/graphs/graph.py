"""Graph and GraphBatch, the network's input: structures packed into one list of atoms."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from gamnet.graphs.rule import NeighborRule
from gamnet.graphs.voronoi import find_edges
from gamnet.structures.structure import Structure


@dataclass(frozen=True, eq=False)
class Graph:
    """One structure as the network sees it; edges are sorted by centre i.

    numbers : [n_atoms] int64, atomic numbers.
    i, j : [n_edges] int64, centre and neighbour.
    distance : [n_edges] float32, A.
    direction : [n_edges, 3] float32, unit vector from i to j.
    solid_angle : [n_edges] float32, sr.
    ratio : [n_edges] float32, solid angle relative to the largest that i sees.
    weight : [n_edges] float32, from 0 to 1, how much the neighbour counts.
    """

    numbers: np.ndarray
    i: np.ndarray
    j: np.ndarray
    distance: np.ndarray
    direction: np.ndarray
    solid_angle: np.ndarray
    ratio: np.ndarray
    weight: np.ndarray

    @property
    def n_atoms(self) -> int:
        return len(self.numbers)

    @property
    def n_edges(self) -> int:
        return len(self.i)


@dataclass(frozen=True, eq=False)
class GraphBatch:
    """Graphs without padding: the atoms of all structures in one list.

    numbers : [n_atoms] int64.
    structure : [n_atoms] int64, the structure that each atom belongs to, rising.
    n_atoms_of : [n_structures] int64.
    i, j : [n_edges] int64, counted through the batch; i rising.
    distance, solid_angle, ratio, weight : [n_edges] float, direction : [n_edges, 3], as in Graph.
    """

    numbers: Tensor
    structure: Tensor
    n_atoms_of: Tensor
    i: Tensor
    j: Tensor
    distance: Tensor
    direction: Tensor
    solid_angle: Tensor
    ratio: Tensor
    weight: Tensor

    @property
    def n_structures(self) -> int:
        return len(self.n_atoms_of)

    @property
    def n_atoms(self) -> int:
        return len(self.numbers)

    def to(self, target: torch.device | torch.dtype) -> "GraphBatch":
        """The same batch on a device, or with its real numbers in another precision."""
        moved = {}
        for field in fields(self):
            tensor = getattr(self, field.name)
            change = tensor.is_floating_point() or not isinstance(target, torch.dtype)
            moved[field.name] = tensor.to(target) if change else tensor
        return GraphBatch(**moved)


def build_graph(structure: Structure, rule: NeighborRule | None = None) -> Graph:
    """Voronoi graph of a structure under `rule` (default: the paper's for its kind)."""
    edges = find_edges(structure, rule)
    return Graph(
        numbers=structure.numbers,
        i=edges.i,
        j=edges.j,
        distance=edges.distance.astype(np.float32),
        direction=edges.direction.astype(np.float32),
        solid_angle=edges.solid_angle.astype(np.float32),
        ratio=edges.ratio.astype(np.float32),
        weight=edges.weight.astype(np.float32),
    )


def collate(graphs: Sequence[Graph]) -> GraphBatch:
    """Pack graphs into one batch, in order; an empty list gives an empty batch."""
    n_atoms_of = np.array([graph.n_atoms for graph in graphs], dtype=np.int64)
    first = np.cumsum(n_atoms_of) - n_atoms_of  # [n_structures]

    def packed(name: str, dtype: type, shift: bool = False) -> Tensor:
        parts = [getattr(graph, name) for graph in graphs]
        if shift:
            parts = [part + start for part, start in zip(parts, first, strict=True)]
        whole = np.concatenate(parts) if parts else np.zeros(0)
        return torch.from_numpy(whole.astype(dtype))

    return GraphBatch(
        numbers=packed("numbers", np.int64),
        structure=torch.from_numpy(np.repeat(np.arange(len(graphs)), n_atoms_of)),
        n_atoms_of=torch.from_numpy(n_atoms_of),
        i=packed("i", np.int64, shift=True),
        j=packed("j", np.int64, shift=True),
        distance=packed("distance", np.float32),
        direction=packed("direction", np.float32).view(-1, 3),
        solid_angle=packed("solid_angle", np.float32),
        ratio=packed("ratio", np.float32),
        weight=packed("weight", np.float32),
    )


def padded(batch: GraphBatch, atoms: int, edges: int) -> GraphBatch:
    """The batch with one structure more, of meaningless atoms (number 0) and edges, last.

    It makes the numbers of atoms and edges multiples of `atoms` and `edges`, so that shapes, and
    the kernels made for them, repeat from batch to batch.
    """
    more_atoms = atoms - batch.n_atoms % atoms  # at least one
    more_edges = -len(batch.i) % edges

    def longer(values: Tensor, count: int, fill: float) -> Tensor:
        return torch.cat([values, values.new_full((count, *values.shape[1:]), fill)])

    return GraphBatch(
        numbers=longer(batch.numbers, more_atoms, 0),
        structure=longer(batch.structure, more_atoms, batch.n_structures),
        n_atoms_of=longer(batch.n_atoms_of, 1, more_atoms),
        i=longer(batch.i, more_edges, batch.n_atoms),
        j=longer(batch.j, more_edges, batch.n_atoms),
        distance=longer(batch.distance, more_edges, 1.0),
        direction=longer(batch.direction, more_edges, 3**-0.5),
        solid_angle=longer(batch.solid_angle, more_edges, 1.0),
        ratio=longer(batch.ratio, more_edges, 1.0),
        weight=longer(batch.weight, more_edges, 1.0),
    )
