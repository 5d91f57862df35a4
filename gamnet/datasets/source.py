"""DataSource, the protocol that every data set fulfils, and what some of them can do besides."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from gamnet.errors import UnknownDatasetError
from gamnet.graphs.rule import NeighborRule
from gamnet.properties import Property
from gamnet.structures.structure import Structure

if TYPE_CHECKING:  # torch takes seconds to load, and reading a structure needs none of it
    from gamnet.datasets.dataset import Dataset

NO_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType({})


@runtime_checkable
class DataSource(Protocol):
    """One data set: what it holds, and how to get it.

    name : short and lower-case; `NAME:ID` is the address of a structure for `gamnet.read`.
    title : in print.  description : one sentence.  citation, licence : how to cite, and on what
        terms it may be used.
    properties : records of its targets.  rule : the neighbour rule of its graphs by default.
    periodic : crystals.
    available : whether its files are on this machine; where they are not, `table` says what to do.
    """

    name: str
    title: str
    description: str
    citation: str
    licence: str
    properties: tuple[Property, ...]
    rule: NeighborRule
    periodic: bool

    @property
    def available(self) -> bool: ...

    def table(self) -> pd.DataFrame:
        """One row per structure, indexed by id (text), in the data set's order; never changed.

        Columns: formula, n_atoms, split (a name in SPLITS), one per property in its unit, and what
        else the data set tells (e.g. smiles).
        """
        ...

    def structure(self, id: str) -> Structure:
        """The structure with this id; raises UnknownDatasetError if there is none."""
        ...

    def search(
        self, text: str, ranges: Mapping[str, tuple[float, float]] = NO_RANGES
    ) -> pd.DataFrame:
        """Rows of `table` that a text and ranges of properties or n_atoms describe, best first."""
        ...

    def prepare(
        self, processes: int = 2, progress: bool = True, rule: NeighborRule | None = None
    ) -> "Dataset":
        """Build what is missing in GAMNET_HOME, once, and load the data set.

        rule : of the graphs, the data set's own by default; each rule has graphs of its own.
        """
        ...

    def load(self, rule: NeighborRule | None = None) -> "Dataset":
        """The prepared data set; raises UnknownDatasetError before `prepare` under this rule."""
        ...


@runtime_checkable
class SmilesSearch(Protocol):
    """A data set of molecules that can be asked for a SMILES."""

    def same_constitution(self, smiles: str) -> pd.DataFrame:
        """Rows of `table` with the bonds that a SMILES names, whatever its spelling."""
        ...


@runtime_checkable
class KnownIds(Protocol):
    """A data set whose ids stand in other people's tables.

    id_names : what a column of them is called, in lower-case letters and digits alone.
    """

    id_names: frozenset[str]

    def id_of(self, text: str) -> str | None:
        """The id that a table's cell names, in whichever spelling; None for other text."""
        ...


@runtime_checkable
class ClosedShellMolecules(Protocol):
    """A data set of molecules whose frontier orbitals `gamnet truth` can compute."""

    closed_shell: bool


@runtime_checkable
class Published(Protocol):
    """A data set on which others measured errors, to stand beside ours.

    paper : where they stand.  published : method -> property id -> test MAE in the display unit.
    """

    paper: str
    published: Mapping[str, Mapping[str, float]]


def not_prepared(source: DataSource, rule: NeighborRule) -> UnknownDatasetError:
    """What to raise where a data set has no graphs under a rule."""
    if rule == source.rule:
        return UnknownDatasetError(
            f"{source.title} is not prepared", f"Run: gamnet prepare {source.name}"
        )
    return UnknownDatasetError(
        f"{source.title} is not prepared with the neighbour rule {rule.label}",
        "Training and evaluation with this rule prepare it",
    )


def value_of(source: DataSource, row: pd.Series, prop: Property) -> float | None:
    """A structure's own value of a property, None where the data set has no such one.

    row : of the data set's table. The unit and the level of theory must be the same: a value of
    another level is another property.
    """
    for own in source.properties:
        if (own.id, own.unit, own.level) == (prop.id, prop.unit, prop.level):
            return float(row[own.id])
    return None


def histogram(
    source: DataSource, property_id: str, bins: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Counts [bins] and edges [bins + 1] of a property over the training split.

    The last 0.2 % at both ends together are left out.
    """
    table = source.table()
    values = table.loc[table["split"] == "train", property_id].dropna().to_numpy(float)
    low, high = np.quantile(values, [0.001, 0.999])
    return np.histogram(values, bins, range=(float(low), float(high)))
