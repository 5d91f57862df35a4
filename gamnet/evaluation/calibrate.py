"""Fitting and checking a Calibration: on the validation split, then on the test split."""

from dataclasses import replace

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import spearmanr

from gamnet.datasets.dataset import Dataset
from gamnet.evaluation.evaluate import Evaluation, measure
from gamnet.prediction.entry import Estimates
from gamnet.prediction.inference import outputs, store_batches
from gamnet.prediction.model import Model
from gamnet.prediction.uncertainty import Calibration, assess, latent_vectors

SAMPLE = 20_000  # training structures that stand for all in the latent distance
RIDGE = 0.01  # penalty relative to the number of structures, for standardised features
KNOTS = 32
BINS = 10  # of the check
FLOOR = 0.05  # of the median error: ln |error| must not run away where an error is nearly zero
EDGE, OUTSIDE, BOUND = 0.99, 0.999, 0.9  # quantiles


def describe(
    model: Model, calibration: Calibration, dataset: Dataset, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Latent vectors [m, d] and distances [m] of the structures at these positions."""
    found = outputs(model.network, store_batches(dataset, positions))
    latent, distance = zip(*(calibration.describe(out, b) for b, out in found), strict=True)
    return np.concatenate(latent), np.concatenate(distance)


def fit_calibration(model: Model, seed: int = 0) -> Calibration:
    """Fit on half of the validation split and calibrate on the other half.

    ln |error| is regressed on the whitened latent vector and its length (ridge); isotonic
    regression turns the outcome into an expected |error|. The test split is not touched.
    """
    validation = measure(model, "validation")
    dataset, rng = validation.dataset, np.random.default_rng(seed)
    train = np.sort(rng.permutation(dataset.positions("train"))[:SAMPLE])
    numbers, atoms, known = _training_latents(model, dataset, train)  # [n], [n, d], [t, d]
    # One atom has no spread to compare others with.
    elements = np.array([z for z in np.unique(numbers) if (numbers == z).sum() > 1])
    sizes = dataset.graphs.n_atoms_of[validation.positions]  # [v]
    of_element = [_whitening(atoms[numbers == z]) for z in elements]
    atom_mean, atom_whitening = (np.stack(part) for part in zip(*of_element, strict=True))
    mean, whitening = _whitening(known)
    # Through a Calibration without its fits, so that features are computed in one place.
    p, k = len(model.property_ids), known.shape[1] + 1
    blank = np.zeros((p, 1))
    draft = Calibration(
        model.property_ids, elements, atom_mean, atom_whitening,
        np.array([sizes.min(), sizes.max()]), mean, whitening, np.inf, np.inf,
        np.zeros((p, k)), np.zeros(p), blank, blank, np.zeros((2, p)), np.ones(p),
    )  # fmt: skip
    latent, distance = describe(model, draft, dataset, validation.positions)
    errors = np.abs(validation.predicted - validation.targets)  # [v, p]
    measured = np.isfinite(distance) & np.isfinite(errors).all(axis=1)
    latent, distance, errors = latent[measured], distance[measured], errors[measured]
    features = draft.features(latent, distance)  # [v, d + 1]
    order = rng.permutation(len(errors))
    first, second = np.array_split(order, 2)
    fits = [_fit(features, error, first, second) for error in errors.T]
    weights, intercept, knots, expected, bound = (
        np.array(part) for part in zip(*fits, strict=True)
    )
    edge, outside = np.quantile(distance, [EDGE, OUTSIDE])
    floors = np.stack([errors[distance >= limit].mean(axis=0) for limit in (edge, outside)])
    return replace(
        draft, edge=float(edge), outside=float(outside), weights=weights, intercept=intercept,
        knots=knots, errors=expected, floors=floors, bound=bound,
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


def _whitening(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean [d] and W [d, d] with W W^T the inverse covariance, slightly regularised."""
    covariance = np.cov(known.T, dtype=np.float64)
    covariance += 1e-6 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return known.mean(axis=0, dtype=np.float64), np.linalg.cholesky(np.linalg.inv(covariance))


def _fit(
    features: np.ndarray, error: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, np.ndarray, float]:
    """Weights [d + 1], intercept, knots and expected errors [k], and bound of one property."""
    target = np.log(error + FLOOR * np.median(error))  # [v]
    centre, width = features[first].mean(axis=0), features[first].std(axis=0) + 1e-9
    x, y = (features[first] - centre) / width, target[first]
    penalty = RIDGE * len(first) * np.eye(x.shape[1])
    scaled = np.linalg.solve(x.T @ x + penalty, x.T @ (y - y.mean()))
    weights = scaled / width  # [d + 1]
    intercept = float(y.mean() - weights @ centre)
    score, held = features[second] @ weights + intercept, error[second]
    order = np.argsort(score)
    # Means of equally many structures first: single errors would leave steps of one structure.
    parts = np.array_split(order, min(KNOTS, len(order)))
    knots = np.array([score[part].mean() for part in parts])
    means = np.array([held[part].mean() for part in parts])
    counts = np.array([len(part) for part in parts], float)
    expected = isotonic_regression(means, weights=counts).x  # [k]
    estimate = np.maximum(np.interp(score, knots, expected), 1e-12)
    bound = float(np.quantile(held / estimate, BOUND))
    return weights, intercept, knots, expected, bound


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
