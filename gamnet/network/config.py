"""Sizes and variants of SCANN."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from gamnet.errors import ConfigError
from gamnet.network.interface import NetworkConfig

_SIZES = ("embedding_dim", "dim", "n_heads", "n_layers", "head_dim", "n_rbf")


@dataclass(frozen=True)
class GAMNetConfig(NetworkConfig):
    """Sizes and variant of SCANN, beside what every network has.

    variant : "base" filters neighbours by distance; "plus" also updates edge features.
    head : "paper" reads the attended mean of keys through a nonlinear layer; "additive" reads
        every atom through it and adds the attended local values, so that contributions exist.
    ga_energy : "sum" over the other atoms as in the paper; "scaled", their mean / sqrt(d); or
        "mean", that of all atoms / sqrt(d), which stays when a crystal's cell is repeated.
    ga_norm : L2-normalise the energies of a structure before the softmax (paper, base).
    n_angular : moments of directions per atom, by which edges see angles (plus); 0 as in the paper.
    """

    network: ClassVar[str] = "scann"

    variant: Literal["base", "plus"] = "plus"
    head: Literal["paper", "additive"] = "additive"
    ga_energy: Literal["sum", "scaled", "mean"] = "scaled"
    ga_norm: bool = False
    embedding_dim: int = 64
    dim: int = 128
    n_heads: int = 8
    n_layers: int = 7
    head_dim: int = 128
    n_rbf: int = 20
    n_angular: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("variant", ("base", "plus")),
            ("head", ("paper", "additive")),
            ("ga_energy", ("sum", "scaled", "mean")),
        ):
            if getattr(self, name) not in allowed:
                raise ConfigError(
                    f"Model setting {name} is '{getattr(self, name)}'",
                    f"Use one of: {', '.join(allowed)}",
                )
        self.check_sizes(*_SIZES)
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
        super().__post_init__()

    @property
    def additive(self) -> bool:
        return self.head == "additive"

    @property
    def attention_shape(self) -> tuple[int, int]:
        return self.n_layers, self.n_heads

    @property
    def summary(self) -> str:
        angles = f", edges that see angles by {self.n_angular} moments per atom"
        return (
            f"variant {self.variant}, {self.head} head, {self.n_layers} layers, width {self.dim}"
            f"{angles if self.n_angular else ''}"
        )

    def begins_from(self, trained: NetworkConfig) -> bool:
        """Also from weights without angles or charges: those parts begin untrained."""
        if not isinstance(trained, GAMNetConfig):
            return False
        extended = replace(
            trained,
            n_angular=trained.n_angular or self.n_angular,
            charges=trained.charges or self.charges,
        )
        return extended == self
