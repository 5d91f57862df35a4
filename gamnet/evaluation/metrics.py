"""Errors of predicted values against a data set's own."""

import numpy as np

from gamnet.properties import get_property


def mean_absolute_errors(
    property_ids: tuple[str, ...], predicted: np.ndarray, targets: np.ndarray
) -> dict[str, float]:
    """MAE of each property in its display unit: predicted and targets [n, p]."""
    errors = np.abs(predicted - targets).mean(axis=0)  # [p]
    return {
        pid: float(error * get_property(pid).display_factor)
        for pid, error in zip(property_ids, errors, strict=True)
    }
