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


def clustered_variance(
    values: np.ndarray, group: np.ndarray, into: np.ndarray, cluster: np.ndarray
) -> np.ndarray:
    """Variance [g] of each group's mean minus that of the rest of its larger group `into` [g].

    values, group, cluster : [n]. Values of one cluster, as of the atoms of a molecule, may depend
    on each other (Liang and Zeger, 1986): C / (C - 1) sum_c (sum_{k in c} u_k)^2 with
    u_k = (x_k - m1) / n1 in the group and -(x_k - m2) / n2 in the rest, and C the clusters in which
    the group occurs; NaN for fewer than two.
    """
    # Wide, because pairs are numbered by a product.
    group, into, cluster = (np.asarray(codes, np.int64) for codes in (group, into, cluster))
    n_groups, n_into, n_clusters = len(into), int(into.max()) + 1, int(cluster.max()) + 1
    # Around the larger group's mean, so that the sums of squares below do not cancel.
    values = np.asarray(values, dtype=np.float64)
    values = values - moments(values, into[group], n_into).mean[into[group]]
    own = moments(values, group, n_groups)
    other = rest(merged(own, into, n_into).take(into), own)
    # Count and sum of every larger group in every cluster where it occurs.
    outer, of_outer = np.unique(into[group] * n_clusters + cluster, return_inverse=True)
    n_outer, sum_outer = np.bincount(of_outer), np.bincount(of_outer, values)
    within = outer // n_clusters
    # Count and sum of every group in every cluster where it occurs.
    inner, first, of_inner = np.unique(
        group * n_clusters + cluster, return_index=True, return_inverse=True
    )
    n_inner, sum_inner = np.bincount(of_inner), np.bincount(of_inner, values)
    g, around = inner // n_clusters, of_outer[first]
    n_around, sum_around = n_outer[around], sum_outer[around]

    absent = sum_around - other.mean[g] * n_around  # -n2 sum u of the cluster without the group
    left = (sum_around - sum_inner) - other.mean[g] * (n_around - n_inner)
    present = _divided(sum_inner - own.mean[g] * n_inner, own.n[g]) - _divided(left, other.n[g])
    squares, products, counts = (
        np.bincount(within, weights, n_into)[into]
        for weights in (sum_outer**2, sum_outer * n_outer, n_outer**2)
    )
    everywhere = squares - 2 * other.mean * products + other.mean**2 * counts  # [g]
    elsewhere = _divided(everywhere - np.bincount(g, absent**2, n_groups), other.n**2)
    n_with = np.bincount(g, minlength=n_groups)
    total = np.clip(elsewhere, 0, None) + np.bincount(g, present**2, n_groups)
    return np.where(n_with > 1, total * _divided(n_with, n_with - 1), np.nan)


def cohens_d(
    first: Moments, second: Moments, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """d [g] with the ends of its 95 % confidence interval; NaN where it is not defined.

    d = (m1 - m2) / s, s^2 = (SS1 + SS2) / (n1 + n2 - 2);
    var d = var(m1 - m2) / s^2 + d^2 / (2 (n1 + n2))   (Hedges and Olkin, 1985).
    variance : [g], of m1 - m2. Undefined for groups of fewer than two, or without spread.
    """
    n1, n2 = first.n.astype(float), second.n.astype(float)
    pooled = np.sqrt(_divided(first.squares + second.squares, n1 + n2 - 2))
    d = _divided(first.mean - second.mean, pooled)
    d = np.where((n1 < 2) | (n2 < 2) | np.isnan(variance), np.nan, d)
    error = np.sqrt(_divided(variance, pooled**2) + _divided(d**2, 2 * (n1 + n2)))
    reach = norm.ppf((1 + CONFIDENCE) / 2) * error
    return d, d - reach, d + reach


def _divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0)
