"""What the columns of an atlas are called, and in which unit they are shown."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ase.data import atomic_names, atomic_numbers

from gamnet.atlas.tables import AtlasInfo


@dataclass(frozen=True)
class Column:
    """A column of the table of molecules that can be an axis, a colour or a filter.

    unit : shown unit, "" for a count or a map.  factor : shown units per stored unit.
    kind : "number", "count", "map" or "category".
    signed : zero is the middle, e.g. an error.
    property_id, origin : of which property, and "predicted", "reference" (the data set's own) or
        "error"; else "".
    """

    id: str
    name: str
    unit: str = ""
    factor: float = 1.0
    kind: str = "number"
    signed: bool = False
    property_id: str = ""
    origin: str = ""

    def values(self, frame: pd.DataFrame) -> np.ndarray:
        """[n] the column in the shown unit, float32; for a category its texts."""
        if self.kind == "category":
            return frame[self.id].astype(str).to_numpy()
        return (frame[self.id].to_numpy() * self.factor).astype(np.float32)


def molecule_columns(info: AtlasInfo) -> dict[str, Column]:
    """Column id -> Column, in the order in which a menu lists them."""
    columns = [
        Column("map_x", "Map of structures, axis 1", kind="map"),
        Column("map_y", "Map of structures, axis 2", kind="map"),
    ]
    origins = (("predicted", "predicted"), ("target", "reference"), ("error", "error"))
    for prefix, origin in origins:
        error = origin == "error"
        columns += [
            Column(
                f"{prefix}_{p.id}", f"{p.name}, {origin}", p.display_unit if error else p.unit,
                p.display_factor if error else 1.0, signed=error, property_id=p.id, origin=origin,
            )
            for p in info.properties
        ]  # fmt: skip
    columns += [
        Column("n_heavy", "Heavy atoms", kind="count"),
        Column("n_atoms", "Atoms", kind="count"),
        *(
            Column(f"n_{s}", f"{atomic_names[atomic_numbers[s]]} atoms", kind="count")
            for s in info.elements
        ),
    ]
    if info.bonded:
        columns += [
            Column("n_rings", "Rings", kind="count"),
            Column("n_aromatic", "Aromatic rings", kind="count"),
        ]
    if info.symmetric:
        columns += [
            Column("space_group", "Space group, number", kind="count"),
            Column("system", "Crystal system", kind="category"),
        ]
    columns.append(Column("split", "Split of the data", kind="category"))
    return {column.id: column for column in columns}
