"""The one loop that runs a network over structures, and its batches."""

from collections.abc import Iterator

import numpy as np
import torch

from gamnet.datasets.dataset import Dataset
from gamnet.graphs.graph import GraphBatch
from gamnet.network.acceleration import fast_products
from gamnet.network.scann import GAMNet, NetworkOutput


def batches_by_size(dataset: Dataset, positions: np.ndarray, n_atoms: int) -> Iterator[np.ndarray]:
    """Cut positions into runs of about `n_atoms` atoms: even work, small enough for the cache."""
    total = np.cumsum(dataset.graphs.n_atoms_of[positions])
    return iter(np.split(positions, np.flatnonzero(np.diff(total // n_atoms)) + 1))


def in_batches(
    model: GAMNet, dataset: Dataset, positions: np.ndarray, n_atoms: int = 2304
) -> Iterator[tuple[GraphBatch, NetworkOutput]]:
    """The network's output for the structures at these positions, in order, batch by batch."""
    model.eval()
    device = next(model.parameters()).device
    for chosen in batches_by_size(dataset, positions, n_atoms):
        if len(chosen):
            batch = dataset.graphs.batch(chosen).to(device)
            with torch.inference_mode(), fast_products():
                out = model(batch)
            yield batch, out


def predicted_values(model: GAMNet, dataset: Dataset, positions: np.ndarray) -> np.ndarray:
    """Predicted values [n, p], in property units, of the structures at these positions."""
    parts = [out.values.cpu().numpy() for _, out in in_batches(model, dataset, positions)]
    return np.concatenate(parts).astype(np.float64)
