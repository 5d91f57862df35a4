"""The one loop that runs a network over structures, and the batches that it takes."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from gamnet.datasets.dataset import Dataset
from gamnet.graphs.graph import Graph, GraphBatch, collate
from gamnet.network.interface import Network, NetworkOutput

# Atoms at a time, 64 QM9 molecules: the tensors stay in the cache, and results, and the reaction to
# a stop, come soon.
BATCH_ATOMS = 1152


def outputs(
    network: Network, batches: Iterable[GraphBatch], keep_layers: bool = False
) -> Iterator[tuple[GraphBatch, NetworkOutput]]:
    """The network's output for each batch, on the network's own device, without gradients.

    keep_layers : as in `Network.forward`.
    """
    network.eval()
    device = next(network.parameters()).device
    for batch in batches:
        moved = batch.to(device)
        with torch.inference_mode():
            out = network(moved, keep_layers=keep_layers)
        yield moved, out


def cut_by_atoms(n_atoms: np.ndarray, limit: int = BATCH_ATOMS) -> list[slice]:
    """Runs of structures of about `limit` atoms each, from their sizes [m]; none is empty."""
    total = np.cumsum(n_atoms)
    ends = [*(np.flatnonzero(np.diff(total // limit)) + 1).tolist(), len(n_atoms)]
    starts = [0, *ends[:-1]]
    return [slice(a, b) for a, b in zip(starts, ends, strict=True) if b > a]


def store_batches(dataset: Dataset, positions: np.ndarray) -> Iterator[GraphBatch]:
    """Batches of the prepared graphs at these positions [m], in order."""
    for part in cut_by_atoms(dataset.graphs.n_atoms_of[positions]):
        yield dataset.graphs.batch(positions[part])


def graph_batches(graphs: list[Graph]) -> Iterator[GraphBatch]:
    """Batches of graphs, in order."""
    for part in cut_by_atoms(np.array([graph.n_atoms for graph in graphs], np.int64)):
        yield collate(graphs[part])


def predicted_values(network: Network, dataset: Dataset, positions: np.ndarray) -> np.ndarray:
    """Predicted values [m, p], in property units, of the structures at these positions."""
    batches = store_batches(dataset, positions)
    parts = [out.values.cpu().numpy() for _, out in outputs(network, batches)]
    empty = np.zeros((0, len(network.config.properties)))
    return np.concatenate([empty, *parts]).astype(np.float64)
