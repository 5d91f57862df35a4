"""Units of the network: baselines, per-element references and scales, fitted on training data."""

from dataclasses import dataclass

import numpy as np

from gamnet.errors import ConfigError
from gamnet.properties import Property


@dataclass(frozen=True, eq=False)
class TargetScaling:
    """How a property's value splits into what composition says and what is left to learn.

    baseline : [q], element_reference : [q, n_z], both in property units, of the q heads.
    spread : [p], standard deviation of what is left, of all properties.
    unit_scale : [q], what one unit of a head's read-out is worth.
    """

    baseline: np.ndarray
    element_reference: np.ndarray
    spread: np.ndarray
    unit_scale: np.ndarray


def fit_scaling(
    properties: tuple[Property, ...], counts: np.ndarray, targets: np.ndarray, additive: bool
) -> TargetScaling:
    """Fit on training structures only: counts [n, n_z] atoms of each element, targets [n, p].

    Extensive properties: least squares of baseline + sum over atoms of an element's reference; of
    properties per atom the same of the shares of the elements. Intensive ones: the mean. The
    additive head multiplies an extensive read-out by the number of atoms, so its unit is the spread
    divided by the mean size. Targets that are not known (NaN) are left out.
    Raises ConfigError for a property of which nothing is known.
    """
    n_z = counts.shape[1]
    size = counts.sum(axis=1)  # [n]
    heads = [prop for prop in properties if prop.scaling != "difference"]
    column = {prop.id: k for k, prop in enumerate(heads)}
    baseline, reference = np.zeros(len(heads)), np.zeros((len(heads), n_z))
    scale, spread = np.ones(len(heads)), np.ones(len(properties))
    # Differences last: they follow from their terms.
    order = sorted(range(len(properties)), key=lambda k: properties[k].scaling == "difference")
    for k in order:
        prop = properties[k]
        known = np.isfinite(targets[:, k])
        if not known.any():
            raise ConfigError(
                f"No training structure has the property '{prop.id}'", "Leave it out, or add data"
            )
        y, parts = targets[known, k], counts[known]
        if prop.scaling == "difference":
            first, second = (baseline[column[term]] for term in prop.terms)
            spread[k] = max((y - (first - second)).std(), 1e-12)
            continue
        head = column[prop.id]
        if prop.scaling == "per_atom":
            parts = parts / size[known, None]
        if prop.scaling == "intensive":
            baseline[head] = y.mean()
        else:
            present = np.flatnonzero(parts.any(axis=0))
            # The shares sum to 1: with a constant beside them the fit would not be unique.
            constant = np.ones((len(y), int(prop.extensive)))
            design = np.concatenate([constant, parts[:, present]], axis=1)
            solution = np.linalg.lstsq(design, y, rcond=None)[0]
            baseline[head] = solution[0] if prop.extensive else 0.0
            reference[head, present] = solution[constant.shape[1] :]
        spread[k] = max((y - baseline[head] - parts @ reference[head]).std(), 1e-12)
        divided = prop.extensive and additive
        scale[head] = spread[k] / size[known].mean() if divided else spread[k]
    return TargetScaling(baseline, reference, spread, scale)
