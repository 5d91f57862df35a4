"""Fitting and checking a Calibration: on the validation split, then on the test split."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import spearmanr

from gamnet.datasets.dataset import Dataset
from gamnet.evaluation.classes import fit_classes
from gamnet.evaluation.evaluate import Evaluation, measure
from gamnet.prediction.entry import Estimates
from gamnet.prediction.inference import outputs, store_batches
from gamnet.prediction.kinds import NAMES
from gamnet.prediction.model import Model
from gamnet.prediction.uncertainty import Calibration, Description, assess, latent_vectors

SAMPLE = 20_000  # training structures that stand for all in the latent distance
RIDGES = (0.01, 0.1, 1.0, 10.0)  # penalties to choose from, per structure, standardised features
FOLDS = 5
KNOTS = 32
BINS = 10  # of the check
FLOOR = 0.05  # of the median error: ln |error| must not run away where an error is nearly zero
HOLDS = 0.8  # share of errors below the 90 % bound from which estimates are worth showing
KIND_ROUNDS, KIND_PRIOR = 20, 4  # of the fit of factors; structures that a place is drawn to 1 by
EDGE, OUTSIDE, BOUND = 0.99, 0.999, 0.9  # quantiles


def describe(
    model: Model, calibration: Calibration, dataset: Dataset, positions: np.ndarray
) -> Description:
    """What the structures at these positions look like to the network."""
    batches = outputs(model.network, store_batches(dataset, positions))
    found = [calibration.describe(out, batch) for batch, out in batches]
    return Description(
        np.concatenate([part.latent for part in found]),
        np.concatenate([part.distance for part in found]),
        np.concatenate([part.kinds for part in found]),
    )


def fit_calibration(model: Model, seed: int = 0) -> Calibration:
    """Fit and calibrate on the validation split; the test split is not touched.

    ln |error| is regressed on the whitened latent vector and its length (ridge); isotonic
    regression turns what that says of structures it was not fitted on into an expected |error|.
    Where the data set has parts, kinds of molecules count alike however few they are, and each has
    a factor of its own (`kinds`).
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
    found = describe(model, draft, dataset, validation.positions)
    errors = np.abs(validation.predicted - validation.targets)  # [v, p]
    found, errors = found[np.isfinite(found.distance)], errors[np.isfinite(found.distance)]
    in_parts = dataset.parts is not None
    weight = _kind_weights(found.kinds) if in_parts else np.ones(len(errors))  # [v]
    features = draft.features(found.latent, found.distance)  # [v, d + 1]
    folds = np.array_split(rng.permutation(len(errors)), FOLDS)
    fits = [
        _fit(features, error, weight, folds, found.kinds if in_parts else None)
        for error in errors.T
    ]
    edge, outside = _quantiles(found.distance, weight, [EDGE, OUTSIDE])
    floors = np.stack(
        [np.nanmean(errors[found.distance >= limit], axis=0) for limit in (edge, outside)]
    )
    factors = [fit.factors for fit in fits if fit.factors is not None]
    counts = [fit.counts for fit in fits if fit.counts is not None]
    return replace(
        draft, edge=float(edge), outside=float(outside), floors=floors,
        weights=np.array([fit.weights for fit in fits]),
        intercept=np.array([fit.intercept for fit in fits]),
        knots=np.array([fit.knots for fit in fits]),
        errors=np.array([fit.expected for fit in fits]),
        bound=np.array([fit.bound for fit in fits]),
        kind_factors=np.array(factors) if factors else None,
        kind_counts=np.array(counts) if counts else None,
        classes=fit_classes(validation),
    )  # fmt: skip


def _kind_weights(kinds: np.ndarray) -> np.ndarray:
    """[v], 1 / sqrt(structures of the same kind), mean 1: the many do not drown the few."""
    _, place, count = np.unique(kinds, axis=0, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(count[place.ravel()])
    return weight / weight.mean()


def _quantiles(values: np.ndarray, weight: np.ndarray, shares: list[float]) -> np.ndarray:
    """Quantiles of weighted values."""
    if (weight == weight[0]).all():
        return np.quantile(values, shares)
    return np.quantile(values, shares, weights=weight, method="inverted_cdf")


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


@dataclass(frozen=True, eq=False)
class _Fit:
    """Of one property, as in `Calibration`: knots and expected errors [k], factors, counts [K]."""

    weights: np.ndarray
    intercept: float
    knots: np.ndarray
    expected: np.ndarray
    bound: float
    factors: np.ndarray | None
    counts: np.ndarray | None


def _fit(
    features: np.ndarray, error: np.ndarray, weight: np.ndarray, folds: list[np.ndarray],
    kinds: np.ndarray | None,
) -> _Fit:  # fmt: skip
    """Fit one property to the structures whose error is known.

    features [v, d + 1], error [v], weight [v], kinds [v, 3] or None.
    folds : positions of the structures in parts; each is scored by a fit on the others.
    """
    known = np.isfinite(error)  # [v]
    folds = [held[known[held]] for held in folds]
    everyone = np.sort(np.concatenate(folds))
    target = np.log(error + FLOOR * np.median(error[known]))  # [v]
    scores = {ridge: np.full(len(target), np.nan) for ridge in RIDGES}  # [v] each
    for held in folds:
        rest = np.setdiff1d(everyone, held)
        for ridge, score in scores.items():
            weights, intercept = _ridge(features[rest], target[rest], weight[rest], ridge)
            score[held] = features[held] @ weights + intercept
    best = min(
        scores,
        key=lambda ridge: float(
            np.average(np.square(scores[ridge] - target)[everyone], weights=weight[everyone])
        ),
    )
    fitted = _ridge(features[everyone], target[everyone], weight[everyone], best)
    score, error, weight = scores[best][everyone], error[everyone], weight[everyone]
    order = np.argsort(score)
    # Means of equally many structures first: single errors would leave steps of one structure.
    parts = np.array_split(order, min(KNOTS, len(order)))
    knots = np.array([score[part].mean() for part in parts])
    means = np.array([np.average(error[part], weights=weight[part]) for part in parts])
    counts = np.array([weight[part].sum() for part in parts])
    expected = isotonic_regression(means, weights=counts).x  # [k]
    estimate = np.maximum(np.interp(score, knots, expected), 1e-12)
    factors = of_kind = None
    if kinds is not None:
        factors, of_kind = _kind_factors(kinds[everyone], error, estimate)
        estimate = estimate * factors[kinds[everyone]].prod(axis=1)
    bound = float(_quantiles(error / estimate, weight, [BOUND])[0])
    return _Fit(*fitted, knots, expected, bound, factors, of_kind)


def _kind_factors(
    kinds: np.ndarray, error: np.ndarray, estimate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Factors [K] that make mean error and mean estimate alike in each place, and counts [K].

    Proportional fitting in turn over the margins; a place of few structures is drawn to 1.
    """
    factors = np.ones(len(NAMES))
    counts = np.bincount(kinds.ravel(), minlength=len(NAMES))
    for _ in range(KIND_ROUNDS):
        for margin in kinds.T:
            told = estimate * factors[kinds].prod(axis=1)
            for place in np.unique(margin):
                own = margin == place
                prior = KIND_PRIOR * told[own].mean()
                factors[place] *= (error[own].sum() + prior) / (told[own].sum() + prior)
    return factors, counts


def _ridge(
    features: np.ndarray, target: np.ndarray, weight: np.ndarray, ridge: float
) -> tuple[np.ndarray, float]:
    """Weights [d + 1] and intercept for features [v, d + 1], target [v] and weight [v]."""
    share = weight / weight.sum()  # [v]
    centre = share @ features
    width = np.sqrt(share @ (features - centre) ** 2) + 1e-9
    x, mean = (features - centre) / width, float(share @ target)
    penalty = ridge * np.eye(x.shape[1])
    weights = np.linalg.solve((x.T * share) @ x + penalty, x.T @ (share * (target - mean))) / width
    return weights, mean - float(weights @ centre)


def _by_kind(
    kinds: np.ndarray, error: np.ndarray, estimate: np.ndarray, within: np.ndarray
) -> dict[str, list[float]]:
    """Name in NAMES -> [structures, mean error, mean estimate, share within the bound]."""
    found = {}
    for place in np.unique(kinds).tolist():
        own = (kinds == place).any(axis=1)
        means = [float(values[own].mean()) for values in (error, estimate, within)]
        found[NAMES[place]] = [float(own.sum()), *means]
    return found


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
    kinds : as `_by_kind`, where the calibration tells kinds apart.
    """
    found = assess(
        calibration, describe(model, calibration, evaluation.dataset, evaluation.positions)
    )
    errors = np.abs(evaluation.predicted - evaluation.targets)  # [m, p]
    # Structures of elements, sizes or kinds that the calibration lacks have no estimate to hold up.
    told = np.isfinite(found.distances)[:, None] & np.isfinite(errors)  # [m, p]
    told &= np.isfinite(found.expected_errors)
    result: dict[str, Estimates] = {}
    for column, prop in enumerate(evaluation.properties):
        own = told[:, column]  # [m]
        verdicts = found.verdicts[own]
        estimate = found.expected_errors[own, column] * prop.display_factor
        error = errors[own, column] * prop.display_factor
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
        if calibration.kinds is not None:
            within = error <= calibration.bound[column] * estimate
            result[prop.id]["kinds"] = _by_kind(found.kinds[own], error, estimate, within)
    return result
