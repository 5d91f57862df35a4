"""What a model has seen: counted, and stored with its weights."""

import numpy as np
import pytest

from gamnet.network.training_domain import TrainingDomain, measured_domain
from gamnet.prediction.domain import OUTSIDE, judge
from gamnet.structures.structure import make_structure


def test_structures_are_counted() -> None:
    numbers = np.array([8, 1, 1, 26, 26, 26, 26])
    seen = measured_domain(numbers, np.array([3, 1, 3]), np.array([0, 3, 2]))
    assert seen.elements == {1: 1, 8: 1, 26: 2} and seen.sizes == {1: 1, 3: 2}
    assert seen.directions == {0: 1, 2: 1, 3: 1} and seen.charges == {0: 3}
    assert TrainingDomain.from_dict(seen.to_dict()) == seen


@pytest.mark.parametrize(
    ("pbc", "said"),
    [
        ((True, True, True), ""),
        ((True, True, False), "the training data are periodic in 3 directions"),
        (None, "the training data are crystals"),
    ],
)
def test_a_slab_is_no_crystal(pbc: tuple[bool, bool, bool] | None, said: str) -> None:
    seen = measured_domain(np.array([30]), np.array([1]), np.array([3]))
    lattice = None if pbc is None else np.diag([2.6, 2.6, 9.0])
    structure = make_structure([30], [[0.0, 0.0, 0.0]], lattice, pbc)
    domain = judge(structure, seen, "in-domain", 1.0)
    assert domain is not None
    assert (domain.verdict == OUTSIDE, "; ".join(domain.reasons)) == (bool(said), said)
    assert domain.unlike == bool(said)
