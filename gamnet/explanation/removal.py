"""What an attention map is worth: local attention, occlusion, and deletion curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gamnet.errors import StructureError
from gamnet.prediction.model import Model
from gamnet.structures.structure import Structure, make_structure


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


def without(structure: Structure, atoms: np.ndarray | Sequence[int]) -> Structure:
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
