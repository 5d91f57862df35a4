"""Error estimates and domain: known errors are found again, strange structures are told apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from scipy.stats import spearmanr

import gamnet
from gamnet.errors import CheckpointError
from gamnet.evaluation.calibrate import _fit, _pooled_covariance, _whitening
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction.domain import EDGE, INSIDE, OUTSIDE, UNKNOWN, judge
from gamnet.prediction.kinds import kind_of
from gamnet.prediction.model import Model
from gamnet.prediction.uncertainty import (
    Assessment,
    Calibration,
    Description,
    assess,
    load_calibration,
    save_calibration,
)
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import make_structure

D = 5


@pytest.fixture(scope="module")
def latent() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(4000, D)) @ rng.normal(size=(D, D)) + rng.normal(size=D)


def length(latent: np.ndarray, mean: np.ndarray, whitening: np.ndarray) -> np.ndarray:
    """A distance that depends on the latent vector [s]."""
    return np.sqrt((((latent - mean) @ whitening) ** 2).mean(axis=1))


def assessed(made: Calibration, latent: np.ndarray) -> Assessment:
    return assess(made, described(latent, length(latent, made.mean, made.whitening)))


def described(latent: np.ndarray, distance: np.ndarray) -> Description:
    """Structures of one kind."""
    return Description(latent, distance, np.tile(kind_of(np.array([6, 1])), (len(latent), 1)))


@pytest.fixture(scope="module")
def calibration(latent: np.ndarray) -> tuple[Calibration, np.ndarray, np.ndarray]:
    """Fitted on errors whose scale is a known function of z; with that scale, and new errors."""
    rng = np.random.default_rng(1)
    mean, whitening = _whitening(latent)
    blank = np.zeros((1, 1))
    nobody = np.zeros((0, D)), np.zeros((0, D, D))
    draft = Calibration(
        ("homo",), np.zeros(0, int), *nobody, np.array([1, 99]), mean, whitening,
        1.5, 2.0, np.zeros((1, D + 1)), np.zeros(1), blank, blank, np.zeros((2, 1)), np.ones(1),
    )  # fmt: skip
    features = draft.features(latent, length(latent, mean, whitening))
    scale = 0.1 * np.exp(0.8 * features[:, 0])
    error, fresh = (np.abs(rng.normal(size=len(latent))) * scale for _ in range(2))
    folds = np.array_split(rng.permutation(len(latent)), 5)
    fit = _fit(features, error, np.ones(len(error)), folds, None)
    parts = (fit.weights, fit.intercept, fit.knots, fit.expected, fit.bound)
    weights, intercept, knots, expected, bound = (np.array([part]) for part in parts)
    made = replace(draft, weights=weights, intercept=intercept, knots=knots, errors=expected,
                   bound=bound)  # fmt: skip
    return made, scale, fresh


def test_distance_is_that_of_the_atoms_among_their_element(calibration: tuple) -> None:
    rng = np.random.default_rng(2)
    known = {z: rng.normal(size=(900, D)) @ rng.normal(size=(D, D)) + z for z in (1, 8)}
    fitted = [_whitening(atoms) for atoms in known.values()]
    made = replace(
        calibration[0], elements=np.array([1, 8]),
        atom_mean=np.stack([mean for mean, _ in fitted]),
        atom_whitening=np.stack([whitening for _, whitening in fitted]),
    )  # fmt: skip
    numbers, structure = np.array([8, 1, 1, 8]), np.array([0, 0, 0, 1])
    atoms = np.stack([known[z][k] for k, z in enumerate(numbers)])
    oracle = [
        mahalanobis(x, known[z].mean(axis=0), np.linalg.inv(np.cov(known[z].T))) ** 2 / D
        for x, z in zip(atoms, numbers, strict=True)
    ]
    found = made.distances(atoms, numbers, structure)
    assert found == pytest.approx([np.sqrt(np.mean(oracle[:3])), np.sqrt(oracle[3])], rel=1e-4)
    order = [3, 2, 0, 1]
    again = made.distances(atoms[order], numbers[order], structure[order])
    assert again == pytest.approx(found)
    swapped = made.distances(atoms, 9 - numbers, structure)
    assert (swapped > found).all()  # oxygen among hydrogen is strange


def test_verdicts_follow_the_distance(latent: np.ndarray, calibration: tuple) -> None:
    found = assess(calibration[0], described(latent[:3], np.array([1.4, 1.6, 2.1])))
    assert found.verdicts.tolist() == [INSIDE, EDGE, OUTSIDE]
    assert found.domain(1) == (EDGE, 1.6)


def test_nothing_is_known_of_other_elements_and_sizes(latent: np.ndarray, calibration) -> None:
    made = replace(
        calibration[0], elements=np.array([6]), atom_mean=np.zeros((1, D)),
        atom_whitening=np.eye(D)[None], sizes=np.array([2, 3]),
    )  # fmt: skip
    numbers, structure = np.array([6, 6, 6, 9, 6]), np.array([0, 0, 1, 1, 2])
    distance = made.distances(np.ones((5, D)), numbers, structure)
    # Two carbons; a fluorine beside a carbon; a single atom.
    np.testing.assert_array_equal(distance, [1.0, np.nan, np.nan])
    found = assess(made, described(latent[:3], distance))
    assert found.verdicts.tolist() == [INSIDE, UNKNOWN, UNKNOWN]
    assert np.isfinite(found.expected_errors[0]).all()
    assert np.isnan(found.expected_errors[1:]).all()
    assert found.domain(1) == (UNKNOWN, None)


def test_known_errors_are_found_again(latent: np.ndarray, calibration: tuple) -> None:
    made, scale, fresh = calibration
    estimate = assessed(made, latent).expected_errors[:, 0]
    assert spearmanr(estimate, scale).statistic > 0.97
    middle = slice(400, 3600)
    order = np.argsort(scale)[middle]
    # The mean of |normal| is sqrt(2 / pi) of its scale.
    assert np.median(estimate[order] / scale[order]) == pytest.approx(np.sqrt(2 / np.pi), rel=0.1)
    assert (fresh <= made.bound[0] * estimate).mean() == pytest.approx(0.9, abs=0.02)
    assert (np.diff(made.errors[0]) >= 0).all()


def test_what_is_strange_is_never_called_sure(latent: np.ndarray, calibration: tuple) -> None:
    made = replace(calibration[0], floors=np.array([[0.5], [2.0]]))
    found, plain = assessed(made, latent), assessed(calibration[0], latent)
    for verdict, floor in ((INSIDE, 0.0), (EDGE, 0.5), (OUTSIDE, 2.0)):
        chosen = found.verdicts == verdict
        oracle = np.maximum(plain.expected_errors[chosen], floor)
        assert chosen.any()
        np.testing.assert_array_equal(found.expected_errors[chosen], oracle)


def test_a_calibration_is_kept_with_its_weights(tmp_path: Path, calibration: tuple) -> None:
    path = tmp_path / "m.calibration.safetensors"
    save_calibration(path, calibration[0], "abc")
    again = load_calibration(path, "abc")
    assert again.property_ids == ("homo",) and again.edge == 1.5
    np.testing.assert_array_equal(again.weights, calibration[0].weights)
    with pytest.raises(CheckpointError, match="other weights"):
        load_calibration(path, "abd")
    with pytest.raises(CheckpointError, match="not the one that was shipped"):
        load_calibration(path, "abc", sha256="0" * 64)
    path.write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match="not a readable calibration"):
        load_calibration(path, "abc")


SIZES = {2: 1, 3: 5, 4: 2}
SEEN = TrainingDomain(dict.fromkeys((1, 6, 7, 8, 9), 8), SIZES, SIZES, {0: 8}, {0: 8}, {0: 8})


def chain(n: int, z: int = 6, **settings: object) -> gamnet.Structure:
    return make_structure([z] * n, [[1.4 * k, 0.1 * (k % 2), 0] for k in range(n)], **settings)


@pytest.mark.parametrize(
    ("structure", "verdict", "reason"),
    [
        (chain(3, z=14), OUTSIDE, "no Si"),
        (chain(3, lattice=np.eye(3) * 9), OUTSIDE, "are molecules"),
        (chain(5), UNKNOWN, "at most 4 atoms"),
        (chain(1), UNKNOWN, "at least 2 atoms"),
        (chain(7), OUTSIDE, "at most 4 atoms"),
        (replace(chain(2), info=StructureInfo(charge=-2)), OUTSIDE, "are neutral"),
        (replace(chain(2), info=StructureInfo(charge=1)), OUTSIDE, "are neutral"),
        (chain(3, z=1), OUTSIDE, "no unpaired electrons"),
        (replace(chain(2), info=StructureInfo(unpaired=2)), OUTSIDE, "no unpaired electrons"),
        (replace(chain(2), info=StructureInfo(missing_hydrogens=4)), OUTSIDE, "of their hydrogens"),
        (replace(chain(2), info=StructureInfo(missing_hydrogens=None)), OUTSIDE, "hydrogens"),
        (replace(chain(2), info=StructureInfo(isotopes=("13C",))), UNKNOWN, "isotopes"),
    ],
    ids=[
        "element",
        "periodic",
        "large",
        "small",
        "huge",
        "dianion",
        "cation",
        "radical",
        "triplet",
        "bare",
        "united atoms",
        "isotope",
    ],
)
def test_what_is_known_without_a_calibration(structure, verdict: str, reason: str) -> None:
    found = judge(structure, SEEN)
    assert found.verdict == verdict and reason in found.reasons[0]
    assert found.unlike
    assert judge(structure, SEEN, OUTSIDE, 3.0).verdict == OUTSIDE
    assert not judge(chain(3), SEEN, OUTSIDE, 3.0).unlike


def test_the_latent_distance_decides_otherwise() -> None:
    assert judge(chain(3), SEEN) is None
    assert judge(chain(3), SEEN, INSIDE, 0.9).verdict == INSIDE
    found = judge(chain(3), SEEN, EDGE, 1.7)
    assert found.verdict == EDGE and "99 of 100" in found.reasons[0] and found.distance == 1.7


def test_predictions_carry_both() -> None:
    model = gamnet.load("qm9")
    assert model.calibration is not None
    structures = [*gamnet.read("qm9:60000"), *gamnet.read("smiles:F"), chain(2, z=26)]
    ordinary, hydrogen_fluoride, iron = model.predict(structures)
    for pid, predicted in ordinary.properties.items():
        mae = model.test_mae[pid] / predicted.property.display_factor
        assert 0.1 * mae < predicted.uncertainty < 20 * mae
    # Smaller than anything in the training data: no error is known of such a molecule.
    assert hydrogen_fluoride.domain.verdict == UNKNOWN
    assert hydrogen_fluoride.domain.distance is None
    assert all(p.uncertainty is None for p in hydrogen_fluoride.properties.values())
    assert ordinary.domain.verdict == INSIDE and ordinary.domain.reasons == ()
    assert iron.error and iron.domain.verdict == OUTSIDE
    packed = make_structure(structures[0].numbers, structures[0].positions, np.eye(3) * 9)
    (crystal,) = model.predict([packed])
    assert crystal.domain.unlike and crystal["homo"].uncertainty is None
    (alone,) = model.predict(structures[:1])
    assert alone["gap"].uncertainty == pytest.approx(ordinary["gap"].uncertainty, rel=1e-4)
    bare = Model("bare", model.network, model.info, {})
    (plain,) = bare.predict(structures[:1])
    assert plain["homo"].uncertainty is None and plain.domain is None


def test_few_atoms_of_an_element_do_not_make_the_next_one_strange() -> None:
    """Twenty atoms say nothing of a 30 x 30 covariance; what the other elements show, does."""
    rng = np.random.default_rng(4)
    d = 30
    mixing = rng.normal(size=(d, d))
    numbers = np.repeat([1, 6, 29], [3000, 3000, 20])
    atoms = rng.normal(size=(len(numbers), d)) @ mixing + numbers[:, None]
    fresh = rng.normal(size=(500, d)) @ mixing + 29
    prior = _pooled_covariance(atoms, numbers)
    np.testing.assert_allclose(prior, mixing.T @ mixing, rtol=0.2, atol=0.2 * np.ptp(mixing) ** 2)

    def distance(whitening: tuple[np.ndarray, np.ndarray]) -> float:
        return float(np.sqrt(np.square((fresh - whitening[0]) @ whitening[1]).mean()))

    few = atoms[numbers == 29]
    assert distance(_whitening(few, prior)) == pytest.approx(1.0, abs=0.15)
    assert distance(_whitening(few)) > 5
