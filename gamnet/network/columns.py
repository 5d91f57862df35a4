"""From the columns of the GA heads to those of the properties: where differences come from."""

import torch
from torch import Tensor, nn

from gamnet.properties import Property


class PropertyColumns(nn.Module):
    """Columns of q heads -> columns of p properties, differences included.

    A property with a head takes its column. A difference takes the first term's minus the second
    term's: of values, contributions and baselines, so that it is exact; of GA scores the mean of
    the two, which sums to 1 as well.
    """

    first: Tensor
    second: Tensor
    difference: Tensor

    def __init__(self, properties: tuple[Property, ...]) -> None:
        super().__init__()
        heads = [prop.id for prop in properties if not prop.terms]
        head = {property_id: column for column, property_id in enumerate(heads)}
        terms = [prop.terms or (prop.id, prop.id) for prop in properties]
        self.plain = not any(prop.terms for prop in properties)
        self.register_buffer("first", torch.tensor([head[a] for a, _ in terms]), persistent=False)
        self.register_buffer("second", torch.tensor([head[b] for _, b in terms]), persistent=False)
        difference = torch.tensor([bool(prop.terms) for prop in properties])
        self.register_buffer("difference", difference, persistent=False)

    def signed(self, heads: Tensor) -> Tensor:
        """Values, contributions or baselines: [..., q] -> [..., p]."""
        if self.plain:
            return heads
        first, second = heads[..., self.first], heads[..., self.second]  # [..., p]
        return torch.where(self.difference, first - second, first)

    def mean(self, heads: Tensor, dim: int = -1) -> Tensor:
        """GA scores or representations, q along `dim` -> p: the mean of a difference's terms."""
        if self.plain:
            return heads
        first, second = heads.index_select(dim, self.first), heads.index_select(dim, self.second)
        return (first + second) / 2
