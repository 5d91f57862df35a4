"""What an attention map is worth: local attention, occlusion, and deletion curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gamnet.errors import StructureError
from gamnet.graphs.graph import build_graph, collate
from gamnet.graphs.voronoi import find_edges
from gamnet.prediction.model import Model
from gamnet.structures.structure import Structure, make_structure


@dataclass(frozen=True, eq=False)
class LocalAttention:
    """How each atom attends to its Voronoi neighbours; edges as in `gamnet.graphs.voronoi.Edges`.

    i, j : [n_edges], centre and neighbour.  image : [n_edges, 3].
    distance : [n_edges] A.  solid_angle : [n_edges] sr.
    weights : [n_layers, n_edges, n_heads], sum 1 over the neighbours of each centre.
    """

    i: np.ndarray
    j: np.ndarray
    image: np.ndarray
    distance: np.ndarray
    solid_angle: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class DeletionCurve:
    """The predicted value as atoms are removed one after another.

    removed : [n_steps] atoms in their order.
    values : [n_steps + 1], in the property's unit, from the whole structure on.
    random_mean, random_std : [n_steps + 1], the same for random orders.
    """

    removed: np.ndarray
    values: np.ndarray
    random_mean: np.ndarray
    random_std: np.ndarray


def local_attention(model: Model, structure: Structure) -> LocalAttention:
    """Attention of every layer and head over the neighbours of every atom.

    Raises OutOfDomainError for an element that the model does not know.
    """
    model.check_elements(structure)
    edges = find_edges(structure, model.info.rule)
    batch = collate([build_graph(structure, model.info.rule)])
    with torch.inference_mode():
        layers = model.network(batch, keep_layers=True).layers
    weights = np.stack([layer.attention.cpu().numpy() for layer in layers])  # [l, e, h]
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


def without(structure: Structure, atoms: Sequence[int]) -> Structure:
    """The structure without some of its atoms; raises StructureError if none would be left."""
    kept = np.setdiff1d(np.arange(structure.n_atoms), atoms)
    if not len(kept):
        raise StructureError("Every atom would be removed", "Leave at least one")
    return make_structure(
        structure.numbers[kept],
        structure.positions[kept],
        structure.lattice,
        structure.pbc if structure.periodic else None,
        structure.source,
        structure.frame,
    )


def occlusion(model: Model, structure: Structure) -> dict[str, np.ndarray]:
    """Change of each value when one atom is taken away, value(without i) - value: [n_atoms].

    A single atom cannot be taken away from itself: its change is NaN. In property units.
    """
    n = structure.n_atoms
    if n == 1:
        return {pid: np.full(1, np.nan) for pid in model.property_ids}
    whole, *others = model.predict([structure, *(without(structure, [i]) for i in range(n))])
    return {
        pid: np.array([other[pid].value for other in others]) - whole[pid].value
        for pid in model.property_ids
    }


def deletion_curve(
    model: Model,
    structure: Structure,
    property_id: str,
    scores: np.ndarray,
    n_random: int = 8,
    seed: int = 0,
) -> DeletionCurve:
    """Remove atoms from the highest score [n_atoms] down, and in random orders to compare with.

    A faithful map moves the value faster than chance does (Samek et al., IEEE Trans. Neural Netw.
    Learn. Syst. 28, 2660 (2017)). One atom is always left.
    """
    n = structure.n_atoms
    rng = np.random.default_rng(seed)
    orders = [np.argsort(-scores, kind="stable"), *(rng.permutation(n) for _ in range(n_random))]
    smaller = [without(structure, order[:k]) for order in orders for k in range(n)]
    predictions = model.predict(smaller, property_ids=[property_id])
    values = np.array([prediction[property_id].value for prediction in predictions])
    curves = values.reshape(len(orders), n)  # [1 + n_random, n_steps + 1]
    return DeletionCurve(orders[0][:-1], curves[0], curves[1:].mean(axis=0), curves[1:].std(axis=0))


def map_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Pearson correlation of two per-atom maps [n]; None for fewer than three atoms or a flat map.

    With two points every correlation is 1 or -1.
    """
    if len(first) < 3 or np.ptp(first) < 1e-9 or np.ptp(second) < 1e-9:
        return None
    return float(np.corrcoef(first, second)[0, 1])
