"""Segment sums and softmax against torch's own on each segment."""

import torch

from gamnet.network.segment import segment_softmax, segment_sum, weighted_softmax

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


def test_weights_of_one_leave_the_softmax_bit_for_bit() -> None:
    energies = torch.randn(6, 2, generator=torch.Generator().manual_seed(1))
    plain = segment_softmax(energies, SEGMENT, 4)
    assert torch.equal(weighted_softmax(energies, torch.ones(6), SEGMENT, 4), plain)


def test_weighted_softmax_equals_its_formula() -> None:
    energies = torch.randn(6, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    weight = torch.tensor([0.5, 0.25, 1.0, 0.9, 0.8, 0.0], dtype=torch.float64)
    found = weighted_softmax(energies, weight, SEGMENT, 4)
    # Of the weights' sums 0.75, 0, 1 and 1.7 only the first leaves a segment less than whole.
    for k, whole in ((0, 0.84375), (2, 1.0), (3, 1.0)):
        rows = SEGMENT == k
        counted = weight[rows, None] * energies[rows].exp()
        torch.testing.assert_close(found[rows], whole * counted / counted.sum(0))


def test_the_last_row_of_a_segment_leaves_smoothly() -> None:
    weight = torch.tensor([0.0, 1e-40, 1e-9, 1e-3])
    alone = weighted_softmax(torch.full((4, 1), 80.0), weight, torch.arange(4), 4)
    torch.testing.assert_close(alone[:, 0], torch.tensor([0, 0, 3e-18, 3e-6]), rtol=1e-3, atol=0.0)


def test_weighted_softmax_has_the_right_gradient() -> None:
    energies = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([0.5, 0.25, 1.0, 0.9, 0.8, 0.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda e: weighted_softmax(e, weight, SEGMENT, 4), energies)


def test_sum() -> None:
    values = torch.arange(12.0).view(6, 2)
    torch.testing.assert_close(
        segment_sum(values, SEGMENT, 4), torch.tensor([[2.0, 4], [0, 0], [4, 5], [24, 27]])
    )
