"""Sizes and variants of the network."""

from dataclasses import asdict, dataclass
from typing import Literal

from gamnet.errors import ConfigError
from gamnet.properties import Property, check_terms

_LARGEST = 4096  # of any size: beyond it a file is damaged, not ambitious
_SIZES = ("embedding_dim", "dim", "n_heads", "n_layers", "head_dim", "n_rbf")


@dataclass(frozen=True)
class GAMNetConfig:
    """Sizes and variant of a network; stored in the header of its checkpoint.

    properties : what is predicted, in this order; one GA head each but for differences, which are
        made of the heads of their terms.
    variant : "base" filters neighbours by distance; "plus" also updates edge features.
    head : "paper" reads the attended mean of keys through a nonlinear layer; "additive" reads
        every atom through it and adds the attended local values, so that contributions exist.
    ga_energy : "sum" over the other atoms as in the paper, or "scaled", their mean / sqrt(d).
    ga_norm : L2-normalise the energies of a structure before the softmax (paper, base).
    n_angular : moments of directions per atom, by which edges see angles (plus); 0 as in the paper.
    charges : the atoms' representations also tell their charges, an aid in training.
    max_distance : end of the radial basis, A; the neighbour rule's cutoff lies within.
    max_atomic_number : of the embedding table.
    """

    properties: tuple[Property, ...]
    variant: Literal["base", "plus"] = "plus"
    head: Literal["paper", "additive"] = "additive"
    ga_energy: Literal["sum", "scaled"] = "scaled"
    ga_norm: bool = False
    max_atomic_number: int = 9
    embedding_dim: int = 64
    dim: int = 128
    n_heads: int = 8
    n_layers: int = 7
    head_dim: int = 128
    n_rbf: int = 20
    n_angular: int = 0
    charges: bool = False
    max_distance: float = 4.0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("variant", ("base", "plus")),
            ("head", ("paper", "additive")),
            ("ga_energy", ("sum", "scaled")),
        ):
            if getattr(self, name) not in allowed:
                raise ConfigError(
                    f"Model setting {name} is '{getattr(self, name)}'",
                    f"Use one of: {', '.join(allowed)}",
                )
        for name in (*_SIZES, "max_atomic_number"):
            if not 1 <= getattr(self, name) <= _LARGEST:
                raise ConfigError(
                    f"Model setting {name} is {getattr(self, name)}", f"Use 1 to {_LARGEST}"
                )
        if self.dim % self.n_heads:
            raise ConfigError(
                f"dim {self.dim} is not divisible by n_heads {self.n_heads}",
                "Choose a multiple",
            )
        if self.n_angular and self.variant != "plus":
            raise ConfigError(
                f"n_angular is {self.n_angular}, but variant {self.variant} has no edge features",
                "Use variant plus, or leave n_angular at 0",
            )
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

    @property
    def property_ids(self) -> tuple[str, ...]:
        return tuple(prop.id for prop in self.properties)

    @property
    def heads(self) -> tuple[Property, ...]:
        """The properties that have a GA head of their own: all but the differences."""
        return tuple(prop for prop in self.properties if prop.scaling != "difference")

    def to_dict(self) -> dict[str, object]:
        """The settings as plain values, for a file's header."""
        return {**asdict(self), "properties": [prop.to_dict() for prop in self.properties]}

    @classmethod
    def from_dict(cls, raw: dict[str, object]) -> "GAMNetConfig":
        """The settings of a file's header; raises KeyError, TypeError or ConfigError."""
        properties = tuple(Property(**record) for record in raw["properties"])
        return cls(**{**raw, "properties": properties})
