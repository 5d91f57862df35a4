"""TrainingDomain: what the training data of a model held, measured and stored with its weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TrainingDomain:
    """What a model has seen.

    elements : atomic number -> training structures that hold it.
    sizes : number of atoms -> training structures of that size.
    heavy : number of atoms other than hydrogen -> training structures.
    directions : number of periodic directions, 0 of a molecule and 3 of a crystal -> structures.
    charges, unpaired : total charge (e), number of unpaired electrons -> training structures.
    """

    elements: dict[int, int]
    sizes: dict[int, int]
    heavy: dict[int, int]
    directions: dict[int, int]
    charges: dict[int, int]
    unpaired: dict[int, int]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Atomic numbers, rising."""
        return tuple(sorted(self.elements))

    @property
    def periodic(self) -> bool:
        """Crystals, else molecules."""
        return any(count > 0 for count in self.directions)

    @property
    def max_atoms(self) -> int:
        """Size of the largest structure; 0 where nothing is known of the sizes."""
        return max(self.sizes, default=0)

    def to_dict(self) -> dict[str, object]:
        """As plain values, for a file's header; numbers become text, as keys of JSON are."""
        counts = ("elements", "sizes", "heavy", "directions", "charges", "unpaired")
        return {
            name: {str(key): n for key, n in sorted(getattr(self, name).items())} for name in counts
        }

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "TrainingDomain":
        """What `to_dict` wrote; raises KeyError, TypeError or ValueError for anything else."""

        def counted(name: str) -> dict[int, int]:
            return {int(key): int(n) for key, n in dict(raw[name]).items()}

        return cls(
            elements=counted("elements"),
            sizes=counted("sizes"),
            heavy=counted("heavy"),
            directions=counted("directions"),
            charges=counted("charges"),
            unpaired=counted("unpaired"),
        )


def measured_domain(
    numbers: np.ndarray,
    n_atoms: np.ndarray,
    directions: np.ndarray,
    charge: np.ndarray | None = None,
    unpaired: np.ndarray | None = None,
) -> TrainingDomain:
    """Count what m structures hold.

    numbers : [sum of n_atoms], structures end to end.  n_atoms, directions : [m].
    charge, unpaired : [m]; None for neutral structures and for closed shells.
    """
    structure = np.repeat(np.arange(len(n_atoms)), n_atoms)  # [sum of n_atoms]
    present = np.unique(np.column_stack([numbers, structure]), axis=0)[:, 0]
    zeros = np.zeros(len(n_atoms), np.int64)

    def counted(values: np.ndarray) -> dict[int, int]:
        found, n = np.unique(values, return_counts=True)
        return dict(zip(found.astype(int).tolist(), n.tolist(), strict=True))

    return TrainingDomain(
        elements=counted(present),
        sizes=counted(n_atoms),
        heavy=counted(np.bincount(structure[numbers > 1], minlength=len(n_atoms))),
        directions=counted(directions),
        charges=counted(zeros if charge is None else charge),
        unpaired=counted(zeros if unpaired is None else unpaired),
    )
