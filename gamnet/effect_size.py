"""How far one group's mean lies from another's: Cohen's d with its confidence interval."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Moments:
    """Summaries of g groups.  n, mean : [g].  squares : [g], sum of squared deviations."""

    n: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """[g] sample standard deviation, NaN for fewer than two values."""
        return np.sqrt(_divided(self.squares, self.n - 1))

    def take(self, groups: np.ndarray) -> "Moments":
        """Summaries of these groups, [k]."""
        return Moments(self.n[groups], self.mean[groups], self.squares[groups])


def moments(values: np.ndarray, group: np.ndarray, n_groups: int) -> Moments:
    """Summaries of `values` [n] by `group` [n], 0 to n_groups - 1, in two passes."""
    values = np.asarray(values, dtype=np.float64)
    n = np.bincount(group, minlength=n_groups)  # [g]
    mean = _divided(np.bincount(group, values, n_groups), n)
    squares = np.bincount(group, (values - mean[group]) ** 2, n_groups)
    return Moments(n, mean, squares)


def merged(parts: Moments, into: np.ndarray, n_groups: int) -> Moments:
    """Summaries of larger groups, of which part k belongs to group into[k] (Chan et al., 1979)."""
    n = np.bincount(into, parts.n, n_groups)
    mean = _divided(np.bincount(into, parts.n * parts.mean, n_groups), n)
    between = parts.n * (parts.mean - mean[into]) ** 2
    return Moments(n, mean, np.bincount(into, parts.squares + between, n_groups))


def rest(whole: Moments, part: Moments) -> Moments:
    """Summaries of what is left of each group when `part` is taken out of `whole`."""
    n = whole.n - part.n
    mean = _divided(whole.n * whole.mean - part.n * part.mean, n)
    between = _divided(part.n * n, whole.n) * (part.mean - mean) ** 2
    squares = np.clip(whole.squares - part.squares - np.nan_to_num(between), 0, None)
    return Moments(n, mean, squares)


def cohens_d(first: Moments, second: Moments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """d [g] with the ends of its 95 % confidence interval; NaN where it is not defined.

    d = (m1 - m2) / s, s^2 = (SS1 + SS2) / (n1 + n2 - 2);
    var d = (n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2))   (Hedges and Olkin, 1985).
    Values are taken as independent. Undefined for groups of fewer than two, or without spread.
    """
    n1, n2 = first.n.astype(float), second.n.astype(float)
    pooled = np.sqrt(_divided(first.squares + second.squares, n1 + n2 - 2))
    d = _divided(first.mean - second.mean, pooled)
    d = np.where((n1 < 2) | (n2 < 2), np.nan, d)
    error = np.sqrt(_divided(n1 + n2, n1 * n2) + _divided(d**2, 2 * (n1 + n2)))
    reach = norm.ppf((1 + CONFIDENCE) / 2) * error
    return d, d - reach, d + reach


def _divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0)
