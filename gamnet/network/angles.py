"""Angles between the directions of neighbours, as rotation-invariant edge features.

Every atom sums what its edges send in their directions (moments of order 1 and 2, as in the
directional message passing of Schuett et al., PaiNN, ICML 2021), and an edge reads the moments at
both of its ends. That costs one more tensor per edge, and never a list of triplets.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from gamnet.network.segment import segment_sum

ORDER_SIZES = (3, 5)  # real spherical harmonics of order 1 and 2
N_HARMONICS = sum(ORDER_SIZES)


def harmonics(direction: Tensor) -> Tensor:
    """Real spherical harmonics Y of orders 1 and 2: unit vectors [e, 3] -> [e, 8].

    Scaled so that within an order l the scalar product of two of them is the Legendre polynomial
    P_l of the angle between: Y(a) . Y(b) = cos(theta), and (3 cos(theta)^2 - 1) / 2.
    """
    x, y, z = direction.unbind(1)
    second = (
        sqrt(3) * x * y,
        sqrt(3) * y * z,
        sqrt(3) * x * z,
        sqrt(3) / 2 * (x * x - y * y),
        z * z - (x * x + y * y) / 2,
    )
    return torch.stack((x, y, z, *second), dim=1)


class AngularFeatures(nn.Module):
    """What an edge i-j learns of the angles at its two ends and of the torsion between them.

    Moments M_i = sum_k w_ik (W g_ik) Y_ik, w how much a neighbour counts; then, order by order, the
    products M_i . Y_ij, which is sum_k w_ik (W g_ik) P_l(cos theta_jik), M_j . Y_ij and M_i . M_j,
    mixed by a linear map that starts at zero: an untrained one changes nothing.
    """

    def __init__(self, dim: int, n_channels: int) -> None:
        super().__init__()
        self.n_channels = n_channels
        self.weight = nn.Linear(dim, n_channels)
        self.mix = nn.Linear(3 * len(ORDER_SIZES) * n_channels, dim, bias=False)
        nn.init.zeros_(self.mix.weight)

    def moments(self, g: Tensor, y: Tensor, counts: Tensor, i: Tensor, n: int) -> Tensor:
        """Features g [e, d], harmonics y [e, 8] and weights [e] of centres i [e] -> M [n, 8 m]."""
        along = y * counts.unsqueeze(1)  # [e, 8]
        sent = along.unsqueeze(2) * self.weight(g).unsqueeze(1)  # [e, 8, m]
        return segment_sum(sent.flatten(1), i, n)  # [e, 8 m] -> [n, 8 m]

    def forward(self, moments: Tensor, y: Tensor, i: Tensor, j: Tensor) -> Tensor:
        """Moments [n, 8 m] and harmonics y [e, 8] -> what is added to each edge [e, d]."""
        shape = (-1, N_HARMONICS, self.n_channels)
        centre = moments.index_select(0, i).view(shape)  # [e, 8, m]
        neighbor = moments.index_select(0, j).view(shape)  # [e, 8, m]
        y = y.unsqueeze(2)  # [e, 8, 1]
        parts = [
            part.sum(1)  # [e, m]
            for product in (centre * y, neighbor * y, centre * neighbor)
            for part in torch.split(product, list(ORDER_SIZES), dim=1)
        ]
        return self.mix(torch.cat(parts, dim=1))  # [e, 6 m] -> [e, d]
