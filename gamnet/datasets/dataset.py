"""Dataset, what every data source gives to training and evaluation."""

from dataclasses import dataclass

import numpy as np

from gamnet.datasets.splits import SPLITS
from gamnet.errors import UnknownDatasetError
from gamnet.graphs.store import GraphStore, ragged_index
from gamnet.properties import Property


@dataclass(frozen=True, eq=False)
class Dataset:
    """Graphs with their targets and their split.

    ids : [n] text, the data set's own identifiers.
    properties : p records.  targets : [n, p], in each property's unit; NaN where not known.
    split : [n] uint8, position in SPLITS.
    charges : [sum of n_atoms] e, Mulliken charge of every atom, graphs end to end, if known.
    charge, unpaired, directions : [n] total charge (e), unpaired electrons and number of periodic
        directions; None where all are 0.
    parts : [n] text, the part of the data set that each structure is of, if it has parts.
    """

    name: str
    ids: np.ndarray
    properties: tuple[Property, ...]
    targets: np.ndarray
    split: np.ndarray
    graphs: GraphStore
    charges: np.ndarray | None = None
    charge: np.ndarray | None = None
    unpaired: np.ndarray | None = None
    directions: np.ndarray | None = None
    parts: np.ndarray | None = None

    @property
    def property_ids(self) -> tuple[str, ...]:
        return tuple(prop.id for prop in self.properties)

    def charges_of(self, chosen: np.ndarray) -> np.ndarray:
        """Charges of the atoms of the chosen structures, end to end: [n_atoms] e."""
        if self.charges is None:
            raise UnknownDatasetError(
                f"The data set '{self.name}' has no atomic charges", "Set charge_weight to 0"
            )
        return self.charges[ragged_index(self.graphs.atom_offset, chosen)[0]]

    def directions_of(self, chosen: np.ndarray) -> np.ndarray:
        """Number of periodic directions of the chosen structures, [m]."""
        none = np.zeros(len(chosen), np.int64)
        return none if self.directions is None else self.directions[chosen]

    def positions(self, split: str) -> np.ndarray:
        """Positions of a split's members, in the data set's order."""
        if split not in SPLITS:
            raise UnknownDatasetError(f"Unknown split '{split}'", f"Use: {', '.join(SPLITS)}")
        return np.flatnonzero(self.split == SPLITS.index(split))
