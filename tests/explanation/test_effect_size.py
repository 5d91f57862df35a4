"""Effect sizes against scipy, and what must not change them."""

import numpy as np
import pytest
from scipy import stats

from gamnet.explanation.effect_size import clustered_variance, cohens_d, merged, moments, rest


def two_groups(n1: int, n2: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1, n1), rng.normal(0, 1, n2)


def effect(
    first: np.ndarray, second: np.ndarray, cluster: np.ndarray | None = None
) -> tuple[float, float, float]:
    """d and its interval; every value is a cluster of its own, unless told otherwise."""
    values = np.concatenate([first, second])
    group = np.repeat([0, 1], [len(first), len(second)])
    whole = moments(values, group, 2)
    own = np.arange(len(values)) if cluster is None else cluster
    variance = clustered_variance(values, group, np.zeros(2, int), own)
    d, low, high = cohens_d(whole.take([0]), whole.take([1]), variance[:1])
    return float(d[0]), float(low[0]), float(high[0])


def test_moments_are_numpys() -> None:
    values = np.random.default_rng(1).normal(5, 2, 60)
    group = np.arange(60) % 3
    found = moments(values, group, 4)
    for k in range(3):
        own = values[group == k]
        assert found.n[k] == len(own)
        assert found.mean[k] == pytest.approx(own.mean())
        assert found.deviation[k] == pytest.approx(own.std(ddof=1))
    assert found.n[3] == 0 and np.isnan(found.mean[3]) and np.isnan(found.deviation[3])


@pytest.mark.parametrize("n1, n2, shift", [(5, 9, 0.0), (40, 300, 0.7), (2000, 30, -1.5)])
def test_d_is_students_t_by_the_sizes(n1: int, n2: int, shift: float) -> None:
    first, second = two_groups(n1, n2, shift)
    t = stats.ttest_ind(first, second, equal_var=True).statistic
    assert effect(first, second)[0] == pytest.approx(t * np.sqrt(1 / n1 + 1 / n2), rel=1e-12)


@pytest.mark.parametrize("n1, n2, shift", [(60, 400, 0.5), (300, 200, -1.0)])
def test_interval_agrees_with_the_noncentral_t(n1: int, n2: int, shift: float) -> None:
    d, low, high = effect(*two_groups(n1, n2, shift))
    scale = np.sqrt(1 / n1 + 1 / n2)
    # The exact ends are the noncentralities under which this t is at the 97.5 % and 2.5 % points.
    for end, level in ((low, 0.975), (high, 0.025)):
        # Ours takes each group's own spread, which differs from the pooled one by chance.
        assert stats.nct.cdf(d / scale, n1 + n2 - 2, end / scale) == pytest.approx(level, abs=0.02)


def test_interval_covers_the_truth_in_95_of_100_samples() -> None:
    covered = [
        low <= 0.8 <= high
        for _, low, high in (effect(*two_groups(50, 80, 0.8, seed)) for seed in range(1000))
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_interval_covers_the_truth_when_atoms_of_a_molecule_are_alike() -> None:
    """Values of 60 molecules that share most of their deviation; half of each in the group."""
    covered, naive = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        molecule = np.repeat(np.arange(60), 6)
        inside = np.tile(np.repeat([True, False], 3), 60)
        # The group's share of a molecule's deviation is its own: it does not cancel.
        shared = np.where(inside, rng.normal(size=60)[molecule], rng.normal(size=60)[molecule])
        values = 0.9 * shared + np.sqrt(1 - 0.81) * rng.normal(size=360) + 0.5 * inside
        order = np.argsort(~inside, kind="stable")
        halves = values[order][:180], values[order][180:]
        for found, cluster in ((covered, molecule[order]), (naive, None)):
            _, low, high = effect(*halves, cluster)
            found.append(low <= 0.5 <= high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)
    assert np.mean(naive) < 0.85  # as if the values were independent


def test_variance_is_the_sum_over_clusters() -> None:
    """By its definition, cluster by cluster, for several groups in two larger ones."""
    rng = np.random.default_rng(3)
    values, group, cluster = (
        rng.normal(50, 2, 300),
        rng.integers(0, 5, 300),
        rng.integers(0, 40, 300),
    )
    into = np.array([0, 0, 0, 1, 1], np.int8)  # as pandas numbers few categories
    found = clustered_variance(values, group, into, cluster)
    for g in range(5):
        own, other = group == g, (group != g) & (into[group] == into[g])
        u = np.where(own, (values - values[own].mean()) / own.sum(), 0.0)
        u -= np.where(other, (values - values[other].mean()) / other.sum(), 0.0)
        n = len(np.unique(cluster[own]))
        expected = (np.bincount(cluster, u) ** 2).sum() * n / (n - 1)
        assert found[g] == pytest.approx(expected, rel=1e-9)


def test_d_does_not_depend_on_unit_origin_or_order() -> None:
    first, second = two_groups(30, 50, 0.6)
    d, low, high = effect(first, second)
    assert effect(1e3 * first + 7, 1e3 * second + 7) == pytest.approx((d, low, high))
    assert effect(first[::-1], second[::-1]) == pytest.approx((d, low, high))
    turned = effect(second, first)
    assert turned[0] == pytest.approx(-d)
    # The correction for few clusters is the group's own.
    assert turned[1:] == pytest.approx((-high, -low), rel=0.03)


def test_merging_and_taking_out_are_exact() -> None:
    values = np.random.default_rng(2).normal(-3, 1, 200) + np.repeat([0, 10], 100)
    parts = moments(values, np.arange(200) % 5, 5)
    whole = merged(parts, np.array([0, 0, 0, 1, 1]), 2)
    group = np.arange(200) % 5 > 2
    assert whole.mean == pytest.approx([values[~group].mean(), values[group].mean()])
    assert whole.deviation == pytest.approx([values[~group].std(ddof=1), values[group].std(ddof=1)])
    left = rest(whole.take([0, 0, 0, 1, 1]), parts)
    others = values[(np.arange(200) % 5 == 1) | (np.arange(200) % 5 == 2)]
    assert left.n[0] == len(others)
    assert left.mean[0] == pytest.approx(others.mean())
    assert left.deviation[0] == pytest.approx(others.std(ddof=1))


def test_undefined_effects_are_nan() -> None:
    assert np.isnan(effect(np.array([1.0]), np.array([1.0, 2.0, 3.0]))[0])  # one value
    assert np.isnan(effect(np.ones(4), np.ones(5))).all()  # no spread
    whole = moments(np.array([1.0, 2.0, 3.0]), np.zeros(3, int), 1)
    nothing = cohens_d(whole, rest(whole, whole), np.ones(1))
    assert np.isnan(nothing[0]).all()  # to compare with
    same = np.array([0, 0, 0, 1, 2, 3])
    assert np.isnan(effect(np.arange(3.0), np.arange(3.0), same)).all()  # one molecule
