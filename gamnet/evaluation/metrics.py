"""Errors of predicted values against a data set's own."""

import numpy as np

from gamnet.properties import Property


def mean_absolute_errors(
    properties: tuple[Property, ...], predicted: np.ndarray, targets: np.ndarray
) -> dict[str, float]:
    """MAE of each property in its display unit: predicted and targets [n, p], NaN if not known."""
    errors = np.nanmean(np.abs(predicted - targets), axis=0)  # [p]
    return {
        prop.id: float(error * prop.display_factor)
        for prop, error in zip(properties, errors, strict=True)
    }
