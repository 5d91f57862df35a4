"""Local attention: what each atom reads from its neighbours, layer by layer."""

from dataclasses import dataclass

import numpy as np

from gamnet.graphs.graph import build_graph
from gamnet.graphs.voronoi import find_edges
from gamnet.prediction.inference import graph_batches, outputs
from gamnet.prediction.model import Model
from gamnet.structures.structure import Structure


@dataclass(frozen=True, eq=False)
class LocalAttention:
    """How each atom attends to its Voronoi neighbours; edges as in `gamnet.graphs.voronoi.Edges`.

    i, j : [n_edges], centre and neighbour.  image : [n_edges, 3].
    distance : [n_edges] A.  solid_angle : [n_edges] sr.
    weights : [n_layers, n_edges, n_heads], sum 1 over the neighbours of each centre; less where the
        rule fades and all of them are about to leave.
    """

    i: np.ndarray
    j: np.ndarray
    image: np.ndarray
    distance: np.ndarray
    solid_angle: np.ndarray
    weights: np.ndarray


def local_attention(model: Model, structure: Structure) -> LocalAttention:
    """Attention of every layer and head over the neighbours of every atom.

    Raises OutOfDomainError for an element that the model does not know.
    """
    model.check_elements(structure)
    edges = find_edges(structure, model.info.rule)
    batches = graph_batches([build_graph(structure, model.info.rule)])
    ((_, out),) = outputs(model.network, batches, keep_layers=True)
    weights = np.stack([layer.attention.cpu().numpy() for layer in out.layers])  # [l, e, h]
    return LocalAttention(edges.i, edges.j, edges.image, edges.distance, edges.solid_angle, weights)


def attention_flow(attention: LocalAttention, n_atoms: int) -> np.ndarray:
    """Share of atom j in what reaches atom i through all layers, [n_atoms, n_atoms].

    Attention rollout (Abnar and Zuidema, ACL 2020, equation 1): the product over layers of
    (A + 1) / 2, with A the mean over heads and 1 the residual path. Rows sum to 1; images of
    one atom count together.
    """
    flow = np.eye(n_atoms)
    for layer in attention.weights.mean(axis=2):  # [n_edges]
        step = np.zeros((n_atoms, n_atoms))
        np.add.at(step, (attention.i, attention.j), layer)
        # An atom without neighbours keeps everything to itself.
        step[np.diag_indices(n_atoms)] += 2 - step.sum(axis=1)
        flow = step / 2 @ flow
    return flow
