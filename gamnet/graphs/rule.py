"""NeighborRule: which Voronoi faces make a neighbour, and how much it counts."""

from dataclasses import dataclass, fields
from math import isfinite, pi
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from gamnet.errors import ConfigError
from gamnet.structures.structure import Structure

if TYPE_CHECKING:  # torch takes seconds to load, and a rule needs none of it
    from torch import Tensor

_Reals = TypeVar("_Reals", np.ndarray, "Tensor")


def smoothstep(t: _Reals) -> _Reals:
    """3 t^2 - 2 t^3 between t = 0 and 1, constant beyond; the first derivative is continuous."""
    t = t.clip(0.0, 1.0)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class NeighborRule:
    """Which Voronoi faces make a neighbour; a model is used with the rule of its training.

    cutoff : largest distance, A.  min_angle : smallest solid angle, sr.
    min_ratio : smallest solid angle relative to the largest that i sees.
    fade_angle : sr, the weight of a neighbour rises from 0 at min_angle to 1 here.
    fade_distance : A, width before the cutoff over which the weight falls from 1 to 0.
    Without fading (0) a neighbour counts fully or not at all, as in the paper. With both, what
    follows from the weights is a continuous function of the positions.
    """

    cutoff: float = 4.0
    min_angle: float = 0.4
    min_ratio: float = 0.2
    fade_angle: float = 0.0
    fade_distance: float = 0.0

    def __post_init__(self) -> None:
        limits = {"cutoff": np.inf, "min_angle": 4 * pi, "min_ratio": 1.0}
        for name, limit in limits.items():
            value = getattr(self, name)
            if not 0 <= value <= limit or (name == "cutoff" and not value):
                raise ConfigError(
                    f"The neighbour rule's {name} is {value}",
                    "Use a cutoff above 0, min_angle in 0 to 4 pi, min_ratio in 0 to 1",
                )
        if self.fade_angle and not self.min_angle < self.fade_angle <= 4 * pi:
            raise ConfigError(
                f"The neighbour rule's fade_angle is {self.fade_angle}, its min_angle "
                f"{self.min_angle}",
                "Use a fade_angle above min_angle and up to 4 pi, or 0 for the hard limit",
            )
        if not (0 <= self.fade_distance <= self.cutoff and isfinite(self.fade_distance)):
            raise ConfigError(
                f"The neighbour rule's fade_distance is {self.fade_distance}",
                f"Use 0 for the hard limit, or a width up to the cutoff of {self.cutoff:g} A",
            )
        if self.fades and self.min_ratio:
            raise ConfigError(
                f"The neighbour rule fades, and its min_ratio is {self.min_ratio}",
                "Set min_ratio to 0: it cuts neighbours off that have weight",
            )

    @property
    def fades(self) -> bool:
        """Whether a neighbour may count in part."""
        return bool(self.fade_angle or self.fade_distance)

    @property
    def full_distance(self) -> float:
        """Distance in A up to which a neighbour's weight is that of its face."""
        return self.cutoff - self.fade_distance

    @property
    def label(self) -> str:
        """The rule in a file's name: its numbers, the fades only where there are any."""
        numbers = [float(getattr(self, field.name)) for field in fields(self)]
        return "-".join(repr(x).removesuffix(".0") for x in numbers[: None if self.fades else 3])

    def weight(self, distance: np.ndarray, solid_angle: np.ndarray) -> np.ndarray:
        """How much neighbours count, [n] from 0 to 1; distance [n] A, solid_angle [n] sr.

        smoothstep((solid_angle - min_angle) / (fade_angle - min_angle))
        * smoothstep((cutoff - distance) / fade_distance), and 1 for what does not fade.
        """
        weight = np.ones_like(distance)
        if self.fade_angle:
            rise = self.fade_angle - self.min_angle
            weight = weight * smoothstep((solid_angle - self.min_angle) / rise)
        if self.fade_distance:
            weight = weight * smoothstep((self.cutoff - distance) / self.fade_distance)
        return weight


MOLECULE_RULE = NeighborRule()
CRYSTAL_RULE = NeighborRule(cutoff=6.0)
# Of QM9's faces below 0.1 sr there are two per atom, which would count 4 % at most.
SMOOTH_RULE = NeighborRule(5.0, 0.1, 0.0, fade_angle=0.9, fade_distance=1.0)


def default_rule(structure: Structure) -> NeighborRule:
    """The paper's rule for this kind of structure: 4 A for molecules, 6 A for crystals."""
    return CRYSTAL_RULE if structure.periodic else MOLECULE_RULE
