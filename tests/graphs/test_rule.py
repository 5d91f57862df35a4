"""Neighbour rules: their weights against the formula's own properties, and the messages."""

from dataclasses import replace

import numpy as np
import pytest

from gamnet.errors import ConfigError
from gamnet.graphs.rule import (
    CRYSTAL_RULE,
    MOLECULE_RULE,
    SMOOTH_RULE,
    NeighborRule,
    smoothstep,
)
from gamnet.graphs.voronoi import find_edges
from gamnet.structures.structure import make_structure


def test_smoothstep_by_hand() -> None:
    t = np.array([-3.0, 0.0, 0.25, 0.5, 0.75, 1.0, 9.0])
    assert smoothstep(t).tolist() == [0, 0, 0.15625, 0.5, 0.84375, 1, 1]


@pytest.mark.parametrize("along", ["distance", "solid_angle"])
def test_weights_rise_from_zero_with_a_continuous_derivative(along: str) -> None:
    x = np.linspace(0.0, 12.0, 1_200_001)
    near, wide = np.full_like(x, 1.0), np.full_like(x, 6.0)
    given = {"distance": near, "solid_angle": wide} | {along: x}
    weight = SMOOTH_RULE.weight(**given)
    slope = np.gradient(weight, x)
    assert weight.min() == 0 and weight.max() == 1
    # A kink would change the slope at once by 3/2 of the whole rise's own, a step the weight by 1.
    assert np.abs(np.diff(weight)).max() < 2e-5 and np.abs(np.diff(slope)).max() < 2e-4
    rises = slope if along == "solid_angle" else -slope
    assert rises.min() > -1e-9
    counted = x[weight > 0]
    if along == "distance":
        assert counted.max() == pytest.approx(SMOOTH_RULE.cutoff, abs=1e-4)
        assert (weight[x <= SMOOTH_RULE.full_distance] == 1).all()
    else:
        assert counted.min() == pytest.approx(SMOOTH_RULE.min_angle, abs=1e-4)
        assert (weight[x >= SMOOTH_RULE.fade_angle] == 1).all()


def test_weights_multiply() -> None:
    distance, angle = np.array([4.5, 4.5, 1.0]), np.array([0.5, 3.0, 0.5])
    assert SMOOTH_RULE.weight(distance, angle) == pytest.approx([0.25, 0.5, 0.5])


@pytest.mark.parametrize("rule", [MOLECULE_RULE, CRYSTAL_RULE])
def test_under_the_papers_rules_every_neighbour_counts_fully(rule: NeighborRule) -> None:
    assert not rule.fades and rule.full_distance == rule.cutoff
    edges = find_edges(make_structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]), rule)
    assert edges.weight.tolist() == [1.0] * 6


def test_a_neighbour_without_weight_is_none() -> None:
    def pair(distance: float) -> np.ndarray:
        return find_edges(make_structure([6, 8], [[0, 0, 0], [0, 0, distance]]), SMOOTH_RULE).weight

    assert pair(3.9).tolist() == [1, 1]
    assert pair(4.5) == pytest.approx([0.5, 0.5])
    assert pair(4.999) == pytest.approx([3e-6, 3e-6], rel=1e-2)
    assert len(pair(5.0)) == 0 and len(pair(50.0)) == 0


def test_two_molecules_beyond_the_cutoff_have_no_weight_between_them() -> None:
    rng = np.random.default_rng(0)
    one = rng.uniform(-1.5, 1.5, (6, 3))
    gap = one[:, 0].max() - one[:, 0].min() + SMOOTH_RULE.cutoff
    both = make_structure([6] * 12, np.concatenate([one, one + [gap, 0, 0]]))
    edges = find_edges(both, SMOOTH_RULE)
    assert edges.n_edges and ((edges.i < 6) == (edges.j < 6)).all()
    nearer = make_structure([6] * 12, np.concatenate([one, one + [gap - 1.5, 0, 0]]))
    edges = find_edges(nearer, SMOOTH_RULE)
    assert ((edges.i < 6) != (edges.j < 6)).any()


def test_labels_tell_rules_apart() -> None:
    assert MOLECULE_RULE.label == "4-0.4-0.2" and SMOOTH_RULE.label == "5-0.1-0-0.9-1"
    assert replace(MOLECULE_RULE, cutoff=4.0000001).label == "4.0000001-0.4-0.2"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min_angle": -0.1}, "min_angle is -0.1.*Use a cutoff above 0"),
        ({"fade_angle": 0.1}, "fade_angle is 0.1, its min_angle 0.1.*above min_angle and up to"),
        ({"fade_angle": 13.0}, "fade_angle is 13.0"),
        ({"fade_angle": -1.0}, "fade_angle is -1.0"),
        ({"fade_angle": float("nan")}, "fade_angle is nan"),
        ({"fade_distance": -1.0}, "fade_distance is -1.0.*or a width up to the cutoff of 5 A"),
        ({"fade_distance": 6.0}, "fade_distance is 6.0"),
        ({"fade_distance": float("nan")}, "fade_distance is nan"),
        ({"cutoff": float("inf"), "fade_distance": float("inf")}, "fade_distance is inf"),
        ({"min_ratio": 0.2}, "fades, and its min_ratio is 0.2.*Set min_ratio to 0"),
    ],
)
def test_bad_rules_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(SMOOTH_RULE, **changes)
