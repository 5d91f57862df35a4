"""Sums and softmax over segments: runs of rows that belong to one atom or one structure."""

import torch
from torch import Tensor


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
