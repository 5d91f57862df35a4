"""Fitting and checking a Calibration: on the validation split, then on the test split."""

from dataclasses import replace

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import spearmanr

from gamnet.datasets.dataset import Dataset
from gamnet.evaluation.classes import fit_classes
from gamnet.evaluation.evaluate import Evaluation, measure
from gamnet.prediction.entry import Estimates
from gamnet.prediction.inference import outputs, store_batches
from gamnet.prediction.model import Model
from gamnet.prediction.uncertainty import Calibration, assess, latent_vectors

SAMPLE = 20_000  # training structures that stand for all in the latent distance
RIDGES = (0.01, 0.1, 1.0, 10.0)  # penalties to choose from, per structure, standardised features
FOLDS = 5
KNOTS = 32
BINS = 10  # of the check
FLOOR = 0.05  # of the median error: ln |error| must not run away where an error is nearly zero
HOLDS = 0.8  # share of errors below the 90 % bound from which estimates are worth showing
EDGE, OUTSIDE, BOUND = 0.99, 0.999, 0.9  # quantiles


def describe(
    model: Model, calibration: Calibration, dataset: Dataset, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Latent vectors [m, d] and distances [m] of the structures at these positions."""
    found = outputs(model.network, store_batches(dataset, positions))
    latent, distance = zip(*(calibration.describe(out, b) for b, out in found), strict=True)
    return np.concatenate(latent), np.concatenate(distance)


def fit_calibration(model: Model, seed: int = 0) -> Calibration:
    """Fit and calibrate on the validation split; the test split is not touched.

    ln |error| is regressed on the whitened latent vector and its length (ridge); isotonic
    regression turns what that says of structures it was not fitted on into an expected |error|.
    """
    validation = measure(model, "validation")
    dataset, rng = validation.dataset, np.random.default_rng(seed)
    train = np.sort(rng.permutation(dataset.positions("train"))[:SAMPLE])
    numbers, atoms, known = _training_latents(model, dataset, train)  # [n], [n, d], [t, d]
    # One atom has no spread to compare others with.
    elements = np.array([z for z in np.unique(numbers) if (numbers == z).sum() > 1])
    n_atoms = dataset.graphs.n_atoms_of[validation.positions]  # [v]
    # The cell of a crystal may be chosen larger: its size limits nothing.
    limits = (0, np.inf) if model.info.domain.periodic else (n_atoms.min(), n_atoms.max())
    sizes = np.array(limits, dtype=np.float64)  # [2]
    pooled = _pooled_covariance(atoms, numbers)
    of_element = [_whitening(atoms[numbers == z], pooled) for z in elements]
    # In single precision, as the atoms are: with many elements these are most of the file.
    atom_mean, atom_whitening = (
        np.stack(part).astype(np.float32) for part in zip(*of_element, strict=True)
    )
    mean, whitening = _whitening(known)
    # Through a Calibration without its fits, so that features are computed in one place.
    p, k = len(model.property_ids), known.shape[1] + 1
    blank = np.zeros((p, 1))
    draft = Calibration(
        model.property_ids, elements, atom_mean, atom_whitening,
        sizes, mean, whitening, np.inf, np.inf,
        np.zeros((p, k)), np.zeros(p), blank, blank, np.zeros((2, p)), np.ones(p),
    )  # fmt: skip
    latent, distance = describe(model, draft, dataset, validation.positions)
    errors = np.abs(validation.predicted - validation.targets)  # [v, p]
    measured = np.isfinite(distance) & np.isfinite(errors).all(axis=1)
    latent, distance, errors = latent[measured], distance[measured], errors[measured]
    features = draft.features(latent, distance)  # [v, d + 1]
    folds = np.array_split(rng.permutation(len(errors)), FOLDS)
    fits = [_fit(features, error, folds) for error in errors.T]
    weights, intercept, knots, expected, bound = (
        np.array(part) for part in zip(*fits, strict=True)
    )
    edge, outside = np.quantile(distance, [EDGE, OUTSIDE])
    floors = np.stack([errors[distance >= limit].mean(axis=0) for limit in (edge, outside)])
    return replace(
        draft, edge=float(edge), outside=float(outside), weights=weights, intercept=intercept,
        knots=knots, errors=expected, floors=floors, bound=bound,
        classes=fit_classes(validation),
    )  # fmt: skip


def _training_latents(
    model: Model, dataset: Dataset, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Atomic numbers [n], representations of atoms [n, d] and of structures [m, d]."""
    found = [
        (batch.numbers.cpu().numpy(), out.atoms.cpu().numpy(), latent_vectors(out, batch))
        for batch, out in outputs(model.network, store_batches(dataset, positions))
    ]
    numbers, atoms, latent = (np.concatenate(part) for part in zip(*found, strict=True))
    return numbers, atoms, latent


def _pooled_covariance(atoms: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Covariance [d, d] of atoms [n, d] about the mean of their element."""
    centred = atoms.astype(np.float64)
    for z in np.unique(numbers):
        centred[numbers == z] -= centred[numbers == z].mean(axis=0)
    return centred.T @ centred / len(centred)


def _whitening(known: np.ndarray, prior: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean [d] and W [d, d] with W W^T the inverse covariance, slightly regularised.

    prior : covariance that counts like d more rows: few rows say little of d x d numbers.
    """
    covariance = np.cov(known.T, dtype=np.float64)
    d = len(covariance)
    if prior is not None:
        covariance = (len(known) * covariance + d * prior) / (len(known) + d)
    covariance += 1e-6 * np.trace(covariance) / d * np.eye(d)
    return known.mean(axis=0, dtype=np.float64), np.linalg.cholesky(np.linalg.inv(covariance))


def _fit(
    features: np.ndarray, error: np.ndarray, folds: list[np.ndarray]
) -> tuple[np.ndarray, float, np.ndarray, np.ndarray, float]:
    """Weights [d + 1], intercept, knots and expected errors [k], and bound of one property.

    folds : positions of the structures in parts; each is scored by a fit on the others.
    """
    target = np.log(error + FLOOR * np.median(error))  # [v]
    everyone = np.sort(np.concatenate(folds))
    scores = {ridge: np.empty(len(target)) for ridge in RIDGES}  # [v] each
    for held in folds:
        rest = np.setdiff1d(everyone, held)
        for ridge, score in scores.items():
            weights, intercept = _ridge(features[rest], target[rest], ridge)
            score[held] = features[held] @ weights + intercept
    best = min(scores, key=lambda ridge: float(np.square(scores[ridge] - target).mean()))
    score = scores[best]
    order = np.argsort(score)
    # Means of equally many structures first: single errors would leave steps of one structure.
    parts = np.array_split(order, min(KNOTS, len(order)))
    knots = np.array([score[part].mean() for part in parts])
    means = np.array([error[part].mean() for part in parts])
    counts = np.array([len(part) for part in parts], float)
    expected = isotonic_regression(means, weights=counts).x  # [k]
    estimate = np.maximum(np.interp(score, knots, expected), 1e-12)
    bound = float(np.quantile(error / estimate, BOUND))
    return *_ridge(features, target, best), knots, expected, bound


def _ridge(features: np.ndarray, target: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    """Weights [d + 1] and intercept for features [v, d + 1] and target [v]."""
    centre, width = features.mean(axis=0), features.std(axis=0) + 1e-9
    x, mean = (features - centre) / width, float(target.mean())
    penalty = ridge * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(x.T @ x + penalty, x.T @ (target - mean)) / width
    return weights, mean - float(weights @ centre)


def holds(checked: dict[str, Estimates]) -> bool:
    """Whether the estimates of every property held up on structures that they had not seen."""
    return all(found["coverage"] >= HOLDS for found in checked.values())


def check_calibration(
    model: Model, calibration: Calibration, evaluation: Evaluation
) -> dict[str, Estimates]:
    """Estimates against errors that the calibration has not seen, per property.

    rank_correlation : Spearman, of estimate and |error|.  coverage : share of errors below
    bound x estimate, 0.9 if calibrated.  expected, actual : mean of both in ten equally large
    groups of rising estimate, in the display unit.  domain : verdict -> [structures, MAE].
    """
    found = assess(
        calibration, *describe(model, calibration, evaluation.dataset, evaluation.positions)
    )
    errors = np.abs(evaluation.predicted - evaluation.targets)  # [m, p]
    # Structures of elements or sizes that the calibration lacks have no estimate to hold up.
    told = np.isfinite(found.distances) & np.isfinite(errors).all(axis=1)  # [m]
    estimates, verdicts, errors = found.expected_errors[told], found.verdicts[told], errors[told]
    result: dict[str, Estimates] = {}
    for column, prop in enumerate(evaluation.properties):
        estimate = estimates[:, column] * prop.display_factor
        error = errors[:, column] * prop.display_factor
        groups = np.array_split(np.argsort(estimate), BINS)
        result[prop.id] = {
            "unit": prop.display_unit,
            # An estimate that is the same for all ranks nothing.
            "rank_correlation": float(spearmanr(estimate, error).statistic)
            if np.ptp(estimate) > 0
            else 0.0,
            "coverage": float((error <= calibration.bound[column] * estimate).mean()),
            "expected": [float(estimate[group].mean()) for group in groups],
            "actual": [float(error[group].mean()) for group in groups],
            "domain": {
                verdict: [
                    int((verdicts == verdict).sum()),
                    float(error[verdicts == verdict].mean()),
                ]
                for verdict in np.unique(verdicts).tolist()
            },
        }
    return result
