"""What every network is: its settings, its output, and the module itself.

Shapes: n = atoms of the batch, e = directed edges, s = structures, d = width, h = heads of local
attention, q = GA heads, p = properties.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from gamnet.errors import ConfigError
from gamnet.graphs.graph import GraphBatch
from gamnet.network.columns import PropertyColumns
from gamnet.network.segment import segment_sum
from gamnet.network.units import TargetScaling
from gamnet.properties import Property, check_terms

LARGEST = 4096  # of any size: beyond it a file is damaged, not ambitious


@dataclass(frozen=True)
class NetworkConfig:
    """What the settings of every network hold; stored in the header of its checkpoint.

    properties : what is predicted, in this order; one GA head each but for differences, which are
        made of the heads of their terms.
    max_atomic_number : of the embedding table.
    max_distance : up to which distances are told apart, A; neighbours beyond it have less than
        their full weight.
    charges : the atoms' representations also tell their charges, an aid in training.
    """

    # The name by which files and configurations ask for the network.
    network: ClassVar[str]

    properties: tuple[Property, ...]
    max_atomic_number: int = 9
    max_distance: float = 4.0
    charges: bool = False

    def __post_init__(self) -> None:
        self.check_sizes("max_atomic_number")
        if not 0 < self.max_distance < float("inf"):
            raise ConfigError(
                f"Model setting max_distance is {self.max_distance}", "Use a finite value above 0"
            )
        object.__setattr__(self, "properties", tuple(self.properties))
        if not all(isinstance(prop, Property) for prop in self.properties):
            raise ConfigError("A property is no record", "Give a gamnet Property for each")
        if not self.heads:
            raise ConfigError("The model has no property", "Name at least one")
        check_terms(self.properties)

    def check_sizes(self, *names: str) -> None:
        """Raise ConfigError for a size that is not in 1 to LARGEST."""
        for name in names:
            if not 1 <= getattr(self, name) <= LARGEST:
                raise ConfigError(
                    f"Model setting {name} is {getattr(self, name)}", f"Use 1 to {LARGEST}"
                )

    @property
    def property_ids(self) -> tuple[str, ...]:
        return tuple(prop.id for prop in self.properties)

    @property
    def heads(self) -> tuple[Property, ...]:
        """The properties that have a GA head of their own: all but the differences."""
        return tuple(prop for prop in self.properties if prop.scaling != "difference")

    @property
    def additive(self) -> bool:
        """Whether values are sums over atoms, so that there are contributions."""
        return True

    @property
    def attention_shape(self) -> tuple[int, int]:
        """Layers and heads of attention to neighbours; (0, 0) for a network without."""
        return 0, 0

    @property
    def summary(self) -> str:
        """The network in a few words, for a model's card."""
        return self.network

    def begins_from(self, trained: Self) -> bool:
        """Whether a run with these settings can begin with weights of `trained`."""
        return trained == self

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, for a file's header."""
        return {**asdict(self), "properties": [prop.to_dict() for prop in self.properties]}

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Self:
        """The settings of a file's header; raises KeyError, TypeError or ConfigError."""
        properties = tuple(Property(**record) for record in raw["properties"])
        return cls(**{**raw, "properties": properties})


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """What one local-attention layer did.

    attention : [e, h], softmax over the neighbours j of each centre i, by their weights.
    geometry : [e, d], filter or edge features used.  context, atoms : [n, d].
    """

    attention: Tensor
    geometry: Tensor
    context: Tensor
    atoms: Tensor


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """Predictions of a batch, in property units.

    values : [s, p].  ga_scores : [n, p], sum 1 per structure.
    contributions : [n, p], baseline + sum = value; None for a network that is not additive.
    atoms : [n, d], local-structure representation (after_Lc).
    structures : [s, p, d], attended mean of the keys, one representation per property.
    charges : [n] standardised Mulliken charge, if the network tells them.
    layers : one LayerOutput per layer, if asked for.
    """

    values: Tensor
    ga_scores: Tensor
    contributions: Tensor | None
    atoms: Tensor
    structures: Tensor
    charges: Tensor | None
    layers: tuple[LayerOutput, ...]


class Network(nn.Module, ABC):
    """Structures -> properties, GA scores and contributions, in the properties' own units.

    Units enter through three buffers fitted on training data: `scale` [q], `baseline` [q] and
    `element_reference` [q, max_atomic_number + 1], all in property units.
    """

    scale: Tensor
    baseline: Tensor
    element_reference: Tensor
    extensive: Tensor
    per_atom: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        q = len(config.heads)
        self.columns = PropertyColumns(config.properties)
        self.register_buffer("scale", torch.ones(q))
        self.register_buffer("baseline", torch.zeros(q))
        self.register_buffer("element_reference", torch.zeros(q, config.max_atomic_number + 1))
        for scaling in ("extensive", "per_atom"):
            scales = torch.tensor([prop.scaling == scaling for prop in config.heads])
            self.register_buffer(scaling, scales, persistent=False)

    @abstractmethod
    def forward(self, batch: GraphBatch, keep_layers: bool = False) -> NetworkOutput:
        """The predictions of a batch; `keep_layers` keeps what each layer of attention did."""

    @property
    def baselines(self) -> Tensor:
        """Baselines of all properties, [p], in property units."""
        return self.columns.signed(self.baseline)

    def set_units(self, scaling: TargetScaling) -> None:
        """Take the units that were fitted on training data."""
        self.scale.copy_(torch.from_numpy(scaling.unit_scale))
        self.baseline.copy_(torch.from_numpy(scaling.baseline))
        self.element_reference.copy_(torch.from_numpy(scaling.element_reference))

    def in_units(self, score: Tensor, local: Tensor, batch: GraphBatch) -> tuple[Tensor, Tensor]:
        """GA scores s and local values f, [n, q] each -> values [s, p], contributions [n, p].

        value = baseline + sum_i c_i with c_i = scale * s_i f_i (* n_atoms if extensive) +
        reference[Z_i] (/ n_atoms if per atom); differences are made of their terms.
        """
        size = batch.n_atoms_of.to(local.dtype).index_select(0, batch.structure).unsqueeze(1)
        weight = torch.where(self.extensive, size, 1.0) * self.scale  # [n, q]
        shares = weight * score * local + self.references(batch)  # [n, q]
        values = segment_sum(shares, batch.structure, batch.n_structures)  # [s, q]
        return self.columns.signed(values + self.baseline), self.columns.signed(shares)

    def references(self, batch: GraphBatch) -> Tensor:
        """What composition alone says, atom by atom, [n, q]; shared out for properties per atom."""
        reference = self.element_reference.T[batch.numbers]  # [n, q]
        size = batch.n_atoms_of.to(reference.dtype).index_select(0, batch.structure).unsqueeze(1)
        return torch.where(self.per_atom, reference / size, reference)  # [n, q]

    def of_trunk(self, name: str) -> bool:
        """Whether a weight is of what all properties share, and may begin from another data set."""
        return False

    def of_heads(self, name: str) -> bool:
        """Whether the rows of a weight belong to the GA heads, so many to each in their order."""
        return name in ("scale", "baseline", "element_reference")

    def of_elements(self, name: str) -> bool:
        """Whether the rows of a weight are atomic numbers."""
        return False

    def square_weights(self) -> list[nn.Parameter]:
        """Weights made of square matrices of one width, which Muon may train."""
        return []

    def repeated(self) -> Sequence[nn.Module]:
        """Parts that run once per layer, worth compiling."""
        return ()
