"""Dataset, what every data set module gives to training and evaluation."""

from dataclasses import dataclass

import numpy as np

from gamnet.errors import UnknownDatasetError
from gamnet.graphs.store import GraphStore, ragged_index

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Graphs with their targets and their split.

    ids : [n], the data set's own identifiers.
    property_ids : p names.  targets : [n, p], in each property's unit.
    split : [n] uint8, position in SPLITS.
    charges : [sum of n_atoms] e, Mulliken charge of every atom, graphs end to end, if known.
    """

    name: str
    ids: np.ndarray
    property_ids: tuple[str, ...]
    targets: np.ndarray
    split: np.ndarray
    graphs: GraphStore
    charges: np.ndarray | None = None

    def charges_of(self, chosen: np.ndarray) -> np.ndarray:
        """Charges of the atoms of the chosen structures, end to end: [n_atoms] e."""
        return self.charges[ragged_index(self.graphs.atom_offset, chosen)[0]]

    def positions(self, split: str) -> np.ndarray:
        """Positions of a split's members, in the data set's order."""
        if split not in SPLITS:
            raise UnknownDatasetError(f"Unknown split '{split}'", f"Use: {', '.join(SPLITS)}")
        return np.flatnonzero(self.split == SPLITS.index(split))
