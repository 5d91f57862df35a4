"""Segment sums and softmax against torch's own on each segment."""

import torch

from gamnet.network.segment import segment_softmax, segment_sum

SEGMENT = torch.tensor([0, 0, 2, 3, 3, 3])  # segment 1 is empty


def test_softmax_equals_torch_per_segment_even_for_huge_energies() -> None:
    energies = torch.randn(6, 2, generator=torch.Generator().manual_seed(0)) * 1e4
    found = segment_softmax(energies, SEGMENT, 4)
    for k in (0, 2, 3):
        rows = SEGMENT == k
        torch.testing.assert_close(found[rows], torch.softmax(energies[rows], dim=0))


def test_softmax_has_the_right_gradient() -> None:
    energies = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda e: segment_softmax(e, SEGMENT, 4), energies)


def test_sum() -> None:
    values = torch.arange(12.0).view(6, 2)
    torch.testing.assert_close(
        segment_sum(values, SEGMENT, 4), torch.tensor([[2.0, 4], [0, 0], [4, 5], [24, 27]])
    )
