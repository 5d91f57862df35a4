"""What was measured of a map, and how much of a property the formula alone explains."""

from dataclasses import replace

import numpy as np
import pytest

from gamnet.explanation.verdicts import additivity, measured, unmeasured
from gamnet.prediction.domain import Domain
from gamnet.prediction.result import Prediction
from gamnet.properties import Property
from gamnet.structures.structure import make_structure


def entry(pearson: float, baseline: float) -> dict[str, object]:
    return {
        "faithfulness": {
            "truth": "truth/qm9-test.npz",
            "homo": {
                "ga_scores": {"pearson": pearson, "spearman": 0.4, "top1": 0.3, "n": 178},
                "element_mean": {"pearson": baseline, "spearman": 0.1, "top1": 0.2, "n": 178},
            },
        }
    }


@pytest.mark.parametrize(
    ("pearson", "baseline", "skill"), [(0.27, 0.5, False), (0.52, 0.5, False), (0.9, 0.5, True)]
)
def test_skill_is_more_than_the_elements_know(pearson: float, baseline: float, skill: bool) -> None:
    found = measured(entry(pearson, baseline), "homo", "ga_scores")
    assert found.has_skill is skill
    assert (found.pearson, found.spearman, found.top1, found.n) == (pearson, 0.4, 0.3, 178)
    assert found.baseline == baseline
    assert ("no more" in found.verdict) is not skill


def test_what_was_not_measured_is_none() -> None:
    given = entry(0.9, 0.5)
    assert measured(given, "homo", "contributions") is None
    assert measured(given, "gap", "ga_scores") is None
    assert measured({}, "homo", "ga_scores") is None
    # Without the baseline nothing can be said about skill.
    del given["faithfulness"]["homo"]["element_mean"]
    assert measured(given, "homo", "ga_scores") is None


def test_a_sum_over_atoms_is_fully_additive_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    counts = np.zeros((500, 10))
    counts[:, [1, 6, 8]] = rng.integers(1, 9, (500, 3))
    exact = 0.3 + counts[:, 1] * 0.1 + counts[:, 6] * 2.0 + counts[:, 8]
    total = Property("e", "E", "Energy", "eV", "eV", 1.0, "extensive", "Invented")
    assert additivity(total, counts, exact) == pytest.approx(1)
    assert additivity(total, counts, rng.normal(size=500)) < 0.05
    per_atom = replace(total, scaling="per_atom")
    shares = (exact - 0.3) / counts.sum(axis=1)
    assert additivity(per_atom, counts, shares) == pytest.approx(1)
    assert additivity(total, counts, shares) < 0.99


@pytest.mark.parametrize(
    ("numbers", "values", "lattice", "domain", "said"),
    [
        ([6, 6, 8, 1], [0.1, 0.2, 0.5, 0.2], None, "in-domain", None),
        ([6, 6, 8, 1], [0.1, 0.2, 0.5, 0.2], None, "edge", None),
        ([6, 6, 8, 1], [0.1, 0.2, 0.5, 0.2], None, "outside", "like the training data"),
        ([6, 6, 8, 1], [0.1, 0.2, 0.5, 0.2], 9 * np.eye(3), None, "this is a crystal"),
        ([6, 6, 6, 1], [0.2, 0.20000001, 0.2, 0.4], None, None, "equal by symmetry"),
        ([6, 1, 1, 1], [0.7, 0.1, 0.1, 0.1], None, None, "this one has 1"),
        ([1, 1, 1, 1], [0.7, 0.1, 0.1, 0.1], None, None, "this one has none"),
    ],
)
def test_a_claim_holds_where_it_was_measured(numbers, values, lattice, domain, said) -> None:
    positions = [[1.5 * k, 0.1, 0.2] for k in range(4)]
    structure = make_structure(numbers, positions, lattice)
    judged = domain and Domain(domain)
    reason = unmeasured(Prediction("", 0, "m", structure, domain=judged), np.array(values))
    assert (reason is None) if said is None else (said in reason)
