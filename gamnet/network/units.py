"""Units of the network: baselines, per-element references and scales, fitted on training data."""

from dataclasses import dataclass

import numpy as np

from gamnet.properties import get_property


@dataclass(frozen=True, eq=False)
class TargetScaling:
    """How a property's value splits into what composition says and what is left to learn.

    baseline : [p], element_reference : [p, n_z], both in property units.
    spread : [p], standard deviation of what is left.
    unit_scale : [p], what one unit of the network's read-out is worth.
    """

    baseline: np.ndarray
    element_reference: np.ndarray
    spread: np.ndarray
    unit_scale: np.ndarray


def fit_scaling(
    property_ids: tuple[str, ...], counts: np.ndarray, targets: np.ndarray, additive: bool
) -> TargetScaling:
    """Fit on training structures only: counts [n, n_z] atoms of each element, targets [n, p].

    Extensive properties: least squares of baseline + sum over atoms of an element's reference.
    Intensive ones: the mean. The additive head multiplies an extensive read-out by the number of
    atoms, so its unit is the spread divided by the mean size.
    """
    n, n_z = counts.shape
    p = len(property_ids)
    baseline, reference, scale = np.zeros(p), np.zeros((p, n_z)), np.ones(p)
    spread = np.ones(p)
    present = np.flatnonzero(counts.any(axis=0))
    design = np.concatenate([np.ones((n, 1)), counts[:, present]], axis=1)  # [n, 1 + elements]
    mean_size = counts.sum(axis=1).mean()
    for k, property_id in enumerate(property_ids):
        extensive = get_property(property_id).extensive
        if extensive:
            solution = np.linalg.lstsq(design, targets[:, k], rcond=None)[0]
            baseline[k], reference[k, present] = solution[0], solution[1:]
        else:
            baseline[k] = targets[:, k].mean()
        rest = targets[:, k] - baseline[k] - counts @ reference[k]
        spread[k] = max(rest.std(), 1e-12)
        scale[k] = spread[k] / mean_size if extensive and additive else spread[k]
    return TargetScaling(baseline, reference, spread, scale)
