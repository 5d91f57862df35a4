"""Two-dimensional maps of the network's representations."""

import numpy as np
from sklearn.decomposition import PCA
from umap import UMAP

COMPONENTS = 32
NEIGHBOURS = 15
SEED = 0


def embed(points: np.ndarray) -> np.ndarray:
    """[n, d] -> [n, 2]: principal components, then UMAP (McInnes, Healy, Melville, 2018).

    Points that are near each other stay so; distances between far groups, and the axes themselves,
    mean nothing. With the fixed seed the same points give the same map on the same machine.
    """
    components = min(COMPONENTS, *points.shape)
    reduced = PCA(components, svd_solver="covariance_eigh").fit_transform(points)  # [n, components]
    if len(points) <= NEIGHBOURS + 1:  # too few for a neighbourhood
        return reduced[:, :2]
    return UMAP(
        n_neighbors=NEIGHBOURS, min_dist=0.1, init="pca", random_state=SEED, n_jobs=1
    ).fit_transform(reduced)
