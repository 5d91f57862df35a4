"""Comparisons: which atoms correspond, what differences add up to, and from where to look."""

import numpy as np
import pytest
from records import PROPERTIES
from scipy.spatial.transform import Rotation

from gamnet.errors import StructureError
from gamnet.prediction.result import PropertyPrediction
from gamnet.structures.structure import make_structure
from gamnet.views import compare
from gamnet.views.colours import CONTRIBUTIONS, GA_SCORES

RNG = np.random.default_rng(5)
POSITIONS = RNG.normal(size=(6, 3)) * 3
NUMBERS = [6, 7, 8, 1, 1, 1]


def predicted(contributions, scores=None, name="homo") -> PropertyPrediction:
    parts = None if contributions is None else np.array(contributions, dtype=float)
    n = len(scores if contributions is None else parts)
    shares = np.full(n, 1 / n) if scores is None else np.array(scores, dtype=float)
    total = 0.0 if parts is None else float(parts.sum())
    return PropertyPrediction(PROPERTIES[name], -6.0 + total, -6.0, shares, parts)


def test_atoms_correspond_by_element_and_order() -> None:
    first = make_structure(NUMBERS, POSITIONS)
    assert compare.corresponds(first, make_structure(NUMBERS, POSITIONS * 1.1))
    assert not compare.corresponds(first, make_structure(NUMBERS[::-1], POSITIONS))
    assert not compare.corresponds(first, make_structure(NUMBERS[:5], POSITIONS[:5]))


def test_differences_add_up_to_that_of_the_values() -> None:
    a, b = predicted([0.1, -0.3, 0.5]), predicted([0.4, -0.3, 0.1])
    difference = compare.difference(a, b, CONTRIBUTIONS)
    assert difference == pytest.approx([0.3, 0.0, -0.4])
    assert difference.sum() == pytest.approx(b.value - a.value)
    assert compare.difference(b, a, CONTRIBUTIONS) == pytest.approx(-difference)


def test_differences_of_scores_are_relative_to_the_average_and_add_up_to_zero() -> None:
    a, b = predicted(None, [0.5, 0.25, 0.25]), predicted(None, [0.25, 0.5, 0.25])
    difference = compare.difference(a, b, GA_SCORES)
    assert difference == pytest.approx([-0.75, 0.75, 0]) and abs(difference.sum()) < 1e-12


def test_unequal_numbers_of_atoms_are_refused() -> None:
    with pytest.raises(StructureError, match="2 and 3 atoms.*same order"):
        compare.difference(predicted([1, 2]), predicted([1, 2, 3]), CONTRIBUTIONS)


def test_only_values_of_one_unit_are_comparable() -> None:
    homo, lumo, alpha = (predicted([1, 2], name=name) for name in ("homo", "lumo", "alpha"))
    assert compare.comparable(homo, lumo, CONTRIBUTIONS)
    assert not compare.comparable(homo, alpha, CONTRIBUTIONS)
    assert compare.comparable(homo, alpha, GA_SCORES)
    assert not compare.comparable(homo, predicted(None, [0.5, 0.5]), CONTRIBUTIONS)


def test_difference_scale_is_symmetric_covers_all_and_says_of_what() -> None:
    a, b = predicted([0.1, -0.3, 0.5]), predicted([0.4, -0.3, 0.113])
    scale = compare.difference_scale(a, b, CONTRIBUTIONS)
    assert scale.low == -scale.high and scale.high == pytest.approx(0.4)
    assert not scale.open_low and not scale.open_high
    assert scale.colours([0.0]) == compare.difference_scale(b, a, CONTRIBUTIONS).colours([0.0])
    assert "contribution to ε_HOMO (eV)" in scale.title
    other = compare.difference_scale(a, predicted([1, 2, 3], name="lumo"), CONTRIBUTIONS)
    assert "ε_HOMO" not in other.title and "contributions (eV)" in other.title


def test_shared_scale_gives_one_number_one_colour() -> None:
    a, b = predicted([-0.2, 0.1]), predicted([0.5, -0.1, 0.0])
    scale = compare.shared_scale([a, b], CONTRIBUTIONS)
    assert (scale.low, scale.high) == (-0.5, 0.5)
    assert compare.shared_scale([b, a], CONTRIBUTIONS).colours([0.1]) == scale.colours([0.1])


def test_corresponding_structures_are_seen_from_the_same_side() -> None:
    turned = POSITIONS @ Rotation.from_euler("xyz", [1.0, 0.4, -2.0]).as_matrix().T + [3, -8, 1]
    structures = [make_structure(NUMBERS, p) for p in (POSITIONS, turned)]
    seen = [
        Rotation.from_quat(pose).apply(s.positions - s.positions.mean(axis=0))
        for pose, s in zip(compare.poses(structures), structures, strict=True)
    ]
    assert seen[1] == pytest.approx(seen[0], abs=1e-6)


def test_poses_of_lines_and_of_other_molecules_are_rotations(recwarn) -> None:
    line = make_structure([8, 6, 8], [[-1.2, 0, 0], [0, 0, 0], [1.2, 0, 0]])
    bent = make_structure([8, 6, 8], [[0, -1.2, 0], [0, 0, 0], [0, 1.2, 0]])
    other = make_structure([1, 1], [[0, 0, 0], [0, 0, 0.74]])
    for pose in compare.poses([line, bent, other]):
        assert np.linalg.norm(pose) == pytest.approx(1)
    assert not recwarn.list
