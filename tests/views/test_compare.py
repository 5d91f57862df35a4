"""Comparisons: what differences add up to, and from where to look."""

import numpy as np
import pytest
from records import PROPERTIES
from scipy.spatial.transform import Rotation

from gamnet.prediction.result import PropertyPrediction
from gamnet.structures.mapping import Mapping, map_atoms
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


def pairs(first: list[int], second: list[int] | None = None) -> Mapping:
    return Mapping(np.array(first), np.array(second or first), second is None, 0.0)


ALL = pairs([0, 1, 2])


def test_differences_add_up_to_that_of_the_values() -> None:
    a, b = predicted([0.1, -0.3, 0.5]), predicted([0.4, -0.3, 0.1])
    difference = compare.difference(a, b, CONTRIBUTIONS, ALL)
    assert difference == pytest.approx([0.3, 0.0, -0.4])
    assert difference.sum() == pytest.approx(b.value - a.value)
    assert compare.difference(b, a, CONTRIBUTIONS, ALL) == pytest.approx(-difference)


def test_differences_of_scores_are_relative_to_the_average_and_add_up_to_zero() -> None:
    a, b = predicted(None, [0.5, 0.25, 0.25]), predicted(None, [0.25, 0.5, 0.25])
    difference = compare.difference(a, b, GA_SCORES, ALL)
    assert difference == pytest.approx([-0.75, 0.75, 0]) and abs(difference.sum()) < 1e-12


def test_corresponding_atoms_are_subtracted_in_whatever_order() -> None:
    a, b = predicted([0.1, -0.3, 0.5]), predicted([0.5, 0.2, 0.1, -0.3])
    difference = compare.difference(a, b, CONTRIBUTIONS, pairs([0, 1, 2], [2, 3, 0]))
    assert difference == pytest.approx([0, 0, 0])


def test_only_values_of_one_unit_are_comparable() -> None:
    homo, lumo, alpha = (predicted([1, 2], name=name) for name in ("homo", "lumo", "alpha"))
    assert compare.comparable(homo, lumo, CONTRIBUTIONS)
    assert not compare.comparable(homo, alpha, CONTRIBUTIONS)
    assert compare.comparable(homo, alpha, GA_SCORES)
    assert not compare.comparable(homo, predicted(None, [0.5, 0.5]), CONTRIBUTIONS)


def test_difference_scale_is_symmetric_covers_all_and_says_of_what() -> None:
    a, b = predicted([0.1, -0.3, 0.5]), predicted([0.4, -0.3, 0.113])

    def scale_of(first, second):
        values = compare.difference(first, second, CONTRIBUTIONS, ALL)
        return compare.difference_scale(values, first, second, CONTRIBUTIONS)

    scale = scale_of(a, b)
    assert scale.low == -scale.high and scale.high == pytest.approx(0.4)
    assert not scale.open_low and not scale.open_high
    assert scale.colours([0.0]) == scale_of(b, a).colours([0.0])
    assert "contribution to HOMO energy (eV)" in scale.title
    other = scale_of(a, predicted([1, 2, 3], name="lumo"))
    assert "HOMO" not in other.title and "contributions (eV)" in other.title


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
        for pose, s in zip(
            compare.poses(structures, [map_atoms(structures[0], s) for s in structures]),
            structures,
            strict=True,
        )
    ]
    assert seen[1] == pytest.approx(seen[0], abs=1e-6)


def test_poses_of_lines_and_of_other_molecules_are_rotations(recwarn) -> None:
    line = make_structure([8, 6, 8], [[-1.2, 0, 0], [0, 0, 0], [1.2, 0, 0]])
    bent = make_structure([8, 6, 8], [[0, -1.2, 0], [0, 0, 0], [0, 1.2, 0]])
    other = make_structure([1, 1], [[0, 0, 0], [0, 0, 0.74]])
    structures = [line, bent, other]
    for pose in compare.poses(structures, [map_atoms(line, s) for s in structures]):
        assert np.linalg.norm(pose) == pytest.approx(1)
    assert not recwarn.list
