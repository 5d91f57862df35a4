"""Sums and softmax over segments: runs of rows that belong to one atom or one structure."""

import torch
from torch import Tensor

from gamnet.graphs.rule import smoothstep

_MIN_WEIGHT = 1e-30  # keeps the logarithm of a weight finite


def segment_sum(values: Tensor, segment: Tensor, n_segments: int) -> Tensor:
    """Sum rows of equal segment: values [n, ...], segment [n] -> [n_segments, ...]."""
    out = values.new_zeros((n_segments, *values.shape[1:]))
    return out.index_add(0, segment, values)


def segment_softmax(energies: Tensor, segment: Tensor, n_segments: int) -> Tensor:
    """Softmax among the rows of equal segment, column by column: [n, k] -> [n, k].

    p_i = exp(e_i - m) / sum_j exp(e_j - m), m the largest e of the segment: no overflow, and an
    empty segment is harmless.
    """
    index = segment.unsqueeze(1).expand_as(energies)  # [n, k]
    # The shift cancels, so its gradient is zero and need not be followed.
    largest = energies.detach().new_full((n_segments, energies.shape[1]), -torch.inf)
    largest = largest.scatter_reduce(0, index, energies.detach(), "amax")  # [n_segments, k]
    weight = torch.exp(energies - largest[segment])  # [n, k]
    return weight / segment_sum(weight, segment, n_segments)[segment]


def weighted_softmax(energies: Tensor, weight: Tensor, segment: Tensor, n_segments: int) -> Tensor:
    """Softmax in which rows count by their weight: energies [n, k], weight [n] 0 to 1 -> [n, k].

    p_i = s w_i exp(e_i) / sum_j w_j exp(e_j) with s = smoothstep(sum_j w_j): a row that comes or
    goes changes nothing at that moment, the last one of a segment included. Weights of 1 leave the
    plain softmax.
    """
    present = smoothstep(segment_sum(weight, segment, n_segments))  # [n_segments]
    counted = energies + weight.clamp(min=_MIN_WEIGHT).log().unsqueeze(1)  # [n, k]
    shares = segment_softmax(counted, segment, n_segments)
    return shares * present.index_select(0, segment).unsqueeze(1)
