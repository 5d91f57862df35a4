"""Values, scores and contributions along paths: continuous where neighbours fade, else not."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from networks import network

from benchmarks.smoothness import Walk, frame_pairs, path, walk
from gamnet.graphs.graph import build_graph
from gamnet.graphs.rule import MOLECULE_RULE, SMOOTH_RULE, NeighborRule
from gamnet.structures.structure import Structure, make_structure

VARIANTS = [
    {"variant": "base", "head": "paper", "ga_energy": "sum", "ga_norm": True},
    {"variant": "base"},
    {"variant": "plus", "n_angular": 4},
]
EVERY_FACE = NeighborRule(5.0, 0.0, 0.0, fade_angle=0.9, fade_distance=1.0)


def cluster(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Eight atoms at least 1 A apart, and where each of them goes."""
    rng = np.random.default_rng(seed)
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    start = 2.0 * corners + rng.uniform(-0.4, 0.4, (8, 3))
    return start, start + rng.uniform(-0.6, 0.6, (8, 3))


def opening_faces(t: float, seed: int) -> Structure:
    start, end = cluster(seed)
    return make_structure([6, 1, 8, 7, 6, 9, 1, 1], (1 - t) * start + t * end)


def leaving_atom(t: float, seed: int) -> Structure:
    """Another atom stands far off, and goes on beyond every cutoff."""
    start, _ = cluster(seed)
    away = start.max(axis=0) + [1.5 + 4 * t, 0.3, 0.2]
    return make_structure([6, 1, 8, 7, 6, 9, 1, 1, 8], np.vstack([start, away]))


def leaving_partner(t: float, seed: int) -> Structure:
    """Each of two atoms loses its only neighbour."""
    return make_structure([6, 8], [[0, 0, 0], [0, 0, 3.5 + 2 * t]])


@cache  # the same for every network
def moments_of_change(
    at: Callable[[float, int], Structure], seed: int, rule: NeighborRule
) -> list[tuple[Structure, Structure]]:
    """Structures 1e-9 of the path apart between which the neighbours change."""

    def neighbours(t: float) -> frozenset[tuple[int, int]]:
        graph = build_graph(at(t, seed), rule)
        return frozenset(zip(graph.i.tolist(), graph.j.tolist(), strict=True))

    found = []
    shares = np.linspace(0, 1, 21)
    for low, high in zip(shares[:-1], shares[1:], strict=True):
        if neighbours(low) == neighbours(high):
            continue
        while high - low > 1e-9:
            middle = (low + high) / 2
            if neighbours(middle) == neighbours(low):
                low = middle
            else:
                high = middle
        found.append((at(low, seed), at(high, seed)))
    return found


def largest_steps(told: Walk) -> list[float]:
    return [float(steps.max()) for steps in told.steps().values()]


@pytest.mark.parametrize("at", [opening_faces, leaving_atom, leaving_partner])
@pytest.mark.parametrize("settings", VARIANTS)
def test_a_neighbour_that_comes_or_goes_changes_nothing(
    settings: dict, at: Callable[[float, int], Structure]
) -> None:
    model = network(**settings)
    steps = {
        rule: [
            max(largest_steps(walk(model, rule, list(pair))))
            for seed in range(2)
            for pair in moments_of_change(at, seed, rule)
        ]
        for rule in (SMOOTH_RULE, EVERY_FACE, MOLECULE_RULE)
    }
    assert max(steps[SMOOTH_RULE]) < 1e-6 and max(steps[EVERY_FACE]) < 1e-6
    assert max(steps[MOLECULE_RULE]) > 1e-4


@pytest.mark.parametrize("settings", VARIANTS)
def test_no_step_between_frames_is_a_jump(settings: dict) -> None:
    """401 points between successive frames of a shipped trajectory."""
    model = network(**settings)
    start, end = list(frame_pairs(3))[4]
    structures = list(path(start, end))
    assert len(structures) == 401

    def worst(rule: NeighborRule) -> list[float]:
        steps = walk(model, rule, structures).steps()
        return [float((s.max(axis=0) / np.median(s, axis=0)).max()) for s in steps.values()]

    assert max(worst(SMOOTH_RULE)) < 10
    assert min(worst(MOLECULE_RULE)) > 10
