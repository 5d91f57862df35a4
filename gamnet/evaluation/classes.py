"""Choosing the value from which a property means something else, and measuring the verdicts."""

from collections.abc import Sequence

import numpy as np

from gamnet.datasets import get_dataset
from gamnet.evaluation.evaluate import Evaluation
from gamnet.prediction.classes import Classes
from gamnet.prediction.entry import ClassRates

FOLDS = 5
HOLDS = 0.8  # how often a verdict is right on the validation split
MIN_CLASS = 20  # structures of each class, below which nothing is chosen


def fit_classes(validation: Evaluation, seed: int = 0) -> tuple[Classes, ...]:
    """A record for each property whose data set names classes; the test split is not touched.

    The threshold maximises the mean of both classes' rates of recognition; it is the median over
    FOLDS fits that leave out a part each. Verdicts begin where HOLDS of those beyond are right.
    """
    found = []
    named = {p.id: p.classes for p in get_dataset(validation.dataset.name).properties if p.classes}
    for column, prop in enumerate(validation.properties):
        target, value = validation.targets[:, column], validation.predicted[:, column]
        known = np.isfinite(target)
        is_high, value = target[known] > 0, value[known]
        if prop.id not in named or min(is_high.sum(), (~is_high).sum()) < MIN_CLASS:
            continue
        order = np.random.default_rng(seed).permutation(len(value))
        parts = np.array_split(order, FOLDS)
        limits = [best_threshold(np.delete(value, p), np.delete(is_high, p)) for p in parts]
        threshold = float(np.median(limits))
        low, high = sure_limits(value, is_high, threshold)
        zero, larger = named[prop.id]
        found.append(Classes(prop.id, (zero, larger), threshold, low, high))
    return tuple(found)


def best_threshold(values: np.ndarray, is_high: np.ndarray) -> float:
    """The value [in the units of values] that parts the classes best, by balanced accuracy.

    values [n], is_high [n] bool, both classes present; half way between two values.
    """
    order = np.argsort(values, kind="stable")
    high = is_high[order]
    # With the limit before place k: all from k on are called high.
    caught = 1 - np.concatenate([[0], np.cumsum(high)]) / high.sum()
    left = np.concatenate([[0], np.cumsum(~high)]) / (~high).sum()
    k = int(np.argmax(caught + left))
    edges = values[order]
    if k in (0, len(edges)):
        return float(edges[0] if k == 0 else np.nextafter(edges[-1], np.inf))
    return float((edges[k - 1] + edges[k]) / 2)


def sure_limits(values: np.ndarray, is_high: np.ndarray, threshold: float) -> tuple[float, float]:
    """Below the first and from the second on, HOLDS of the verdicts are right.

    The nearest values to `threshold` that do; infinite where none does.
    """
    order = np.argsort(values, kind="stable")
    edges, high = values[order], is_high[order]
    count = np.arange(1, len(edges) + 1)
    right_below = np.cumsum(~high) / count  # of the k + 1 lowest
    right_above = (np.cumsum(high[::-1]) / count)[::-1]  # of all from k on
    below = np.flatnonzero((edges < threshold) & (right_below >= HOLDS))
    above = np.flatnonzero((edges >= threshold) & (right_above >= HOLDS))
    low = float(np.nextafter(edges[below[-1]], np.inf)) if len(below) else -np.inf
    # Where nothing lies between the limit and the threshold, the limit is the threshold.
    if len(below) and below[-1] == np.flatnonzero(edges < threshold)[-1]:
        low = threshold
    high_limit = float(edges[above[0]]) if len(above) else np.inf
    if len(above) and above[0] == np.flatnonzero(edges >= threshold)[0]:
        high_limit = threshold
    return low, high_limit


def check_classes(classes: Sequence[Classes], evaluation: Evaluation) -> dict[str, ClassRates]:
    """How often the verdicts are right on structures that they were not chosen on."""
    result: dict[str, ClassRates] = {}
    ids = [prop.id for prop in evaluation.properties]
    for one in classes:
        column = ids.index(one.property_id)
        target, value = evaluation.targets[:, column], evaluation.predicted[:, column]
        known = np.isfinite(target)
        is_high, value = target[known] > 0, value[known]
        called_high = value >= one.threshold
        sure = (value < one.low) | (value >= one.high)
        right = called_high == is_high
        result[one.property_id] = {
            "names": list(one.names),
            "threshold": one.threshold,
            "low": one.low,
            "high": one.high,
            "n": [int((~is_high).sum()), int(is_high.sum())],
            "accuracy": float(right.mean()),
            "missed": [float(called_high[~is_high].mean()), float((~called_high[is_high]).mean())],
            "unsure": float((~sure).mean()),
            "accuracy_sure": float(right[sure].mean()) if sure.any() else float("nan"),
        }
    return result
