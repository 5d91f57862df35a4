"""Graphs of a whole data set in a few memory-mapped arrays, and batches cut from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from gamnet.graphs.graph import Graph, GraphBatch, build_graph
from gamnet.graphs.rule import MOLECULE_RULE, NeighborRule
from gamnet.processes import in_processes
from gamnet.structures.structure import Structure
from gamnet.writing import kept_folder

_CHUNK = 256  # graphs that a process makes at a time
_DTYPES = {
    "numbers": np.uint8,
    "i": np.uint16,
    "j": np.uint16,
    "distance": np.float32,
    "direction": np.float32,
    "solid_angle": np.float32,
    "ratio": np.float32,
}


def ragged_index(offset: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of all entries of the chosen rows of a ragged array, and the rows' lengths.

    offset : [n_rows + 1], chosen : [k] -> index [sum of lengths], length [k].
    """
    length = offset[chosen + 1] - offset[chosen]  # [k]
    first = np.cumsum(length) - length  # [k]
    index = np.repeat(offset[chosen] - first, length) + np.arange(length.sum())
    return index, length


@dataclass(frozen=True, eq=False)
class GraphStore:
    """All graphs of a data set, end to end.

    rule : of their neighbours; the weights follow from it.
    atom_offset, edge_offset : [n_graphs + 1] int64, where each graph begins.
    numbers : [n_atoms].  i, j : [n_edges], counted within their graph.
    distance, solid_angle, ratio : [n_edges] float32, direction : [n_edges, 3], as in Graph.
    """

    rule: NeighborRule
    atom_offset: np.ndarray
    edge_offset: np.ndarray
    numbers: np.ndarray
    i: np.ndarray
    j: np.ndarray
    distance: np.ndarray
    direction: np.ndarray
    solid_angle: np.ndarray
    ratio: np.ndarray

    def __len__(self) -> int:
        return len(self.atom_offset) - 1

    @property
    def n_atoms_of(self) -> np.ndarray:
        return np.diff(self.atom_offset)  # [n_graphs]

    @property
    def n_edges_of(self) -> np.ndarray:
        return np.diff(self.edge_offset)  # [n_graphs]

    @classmethod
    def open(cls, folder: Path, rule: NeighborRule) -> "GraphStore":
        """Map the arrays written by `build_store` under `rule`; they are read when needed."""
        names = ("atom_offset", "edge_offset", *_DTYPES)
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
        return cls(rule=rule, **arrays)

    def batch(self, chosen: Sequence[int] | np.ndarray) -> GraphBatch:
        """The chosen graphs, in this order, as one batch."""
        chosen = np.asarray(chosen, dtype=np.int64)
        atom, n_atoms_of = ragged_index(self.atom_offset, chosen)
        edge, n_edges_of = ragged_index(self.edge_offset, chosen)
        shift = np.repeat(np.cumsum(n_atoms_of) - n_atoms_of, n_edges_of)  # [n_edges]
        distance, solid_angle = self.distance[edge], self.solid_angle[edge]  # [n_edges]
        return GraphBatch(
            numbers=torch.from_numpy(self.numbers[atom].astype(np.int64)),
            structure=torch.from_numpy(np.repeat(np.arange(len(chosen)), n_atoms_of)),
            n_atoms_of=torch.from_numpy(n_atoms_of),
            i=torch.from_numpy(self.i[edge] + shift),
            j=torch.from_numpy(self.j[edge] + shift),
            distance=torch.from_numpy(distance),
            direction=torch.from_numpy(self.direction[edge]),
            solid_angle=torch.from_numpy(solid_angle),
            ratio=torch.from_numpy(self.ratio[edge]),
            weight=torch.from_numpy(self.rule.weight(distance, solid_angle)),
        )


def build_store(
    folder: Path,
    structures: Iterator[Structure],
    total: int,
    rule: NeighborRule = MOLECULE_RULE,
    processes: int = 1,
    progress: bool = True,
) -> GraphStore:
    """Open the graphs of `total` structures, in order, in `folder`.

    Those that are not there, or are damaged, are built first; every file is read for its checksum.
    Raises WorkerError if one of the processes ends before its work.
    """

    graph = partial(build_graph, rule=rule)
    busy = min(processes, -(-total // _CHUNK))  # to start one takes longer than a chunk here

    def build(into: Path) -> None:
        made = in_processes(graph, structures, busy, _CHUNK) if busy > 1 else map(graph, structures)
        desc = f"Voronoi graphs ({max(busy, 1)} processes)"
        bar = tqdm(made, total=total, unit="graph", desc=desc, disable=not progress)
        graphs: list[Graph] = list(bar)
        for name, sizes in (("atom", "n_atoms"), ("edge", "n_edges")):
            offset = np.cumsum([0] + [getattr(graph, sizes) for graph in graphs])
            np.save(into / f"{name}_offset.npy", offset)
        for name, dtype in _DTYPES.items():
            whole = np.concatenate([getattr(graph, name) for graph in graphs])
            np.save(into / f"{name}.npy", whole.astype(dtype))

    return GraphStore.open(kept_folder(folder, build, thorough=True), rule)
