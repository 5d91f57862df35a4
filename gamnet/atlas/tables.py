"""The atlas: what the network makes of every molecule and atom of a data set, as tables.

Four parquet files in one folder, written by `gamnet atlas`; the Explore page shows them.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gamnet.errors import GAMNetError
from gamnet.home import gamnet_home
from gamnet.prediction.shipped import available, folder
from gamnet.properties import Property

FORMAT = "gamnet-atlas-2"
GA, CONTRIBUTION = "ga", "contribution"
# Files of an atlas; all carry the same description.
_TABLES = ("molecules", "atoms", "environments", "statistics")
_KEY = b"gamnet"
REMEDY = "Run: gamnet atlas MODEL"


class AtlasError(GAMNetError):
    """An atlas is missing, damaged, or belongs to other weights."""


@dataclass(frozen=True)
class AtlasInfo:
    """What an atlas says of itself.

    dataset, title : name of the data set, and what it is called in print.
    model, sha256 : name and weights of the model whose numbers it holds.
    properties : records of what it predicts.  elements : symbols, by atomic number.
    bonded : whether the data set has SMILES: only then there are rings and functional groups.
    n_molecules of n_total : structures of the data set that are in it.
    n_atoms : atoms of these molecules, all of which count in the statistics but for those of
        `n_unmatched` molecules, whose geometry and SMILES do not agree on the bonds.
    n_mapped : atoms in the table of atoms, a sample with as even a share of elements as there is.
    additive : whether the model gives contributions.
    symmetric : whether structures have space groups: only then atoms have site symmetries.
    """

    dataset: str
    title: str
    model: str
    sha256: str
    properties: tuple[Property, ...]
    elements: tuple[str, ...]
    bonded: bool
    additive: bool
    n_molecules: int
    n_total: int
    n_atoms: int
    n_mapped: int
    n_unmatched: int
    seed: int
    symmetric: bool = False

    @property
    def property_ids(self) -> tuple[str, ...]:
        return tuple(prop.id for prop in self.properties)

    @property
    def complete(self) -> bool:
        return self.n_molecules == self.n_total

    @property
    def quantities(self) -> tuple[str, ...]:
        """What there is per atom and property."""
        return (GA, CONTRIBUTION) if self.additive else (GA,)


@dataclass(frozen=True, eq=False)
class Atlas:
    """The tables of an atlas; do not change them.

    molecules : per structure id, formula, split, n_atoms, n_heavy, n_SYMBOL of each element, map_x,
        map_y, and per property target_ (the data set's own), predicted_ and error_ (predicted minus
        target), in the property's unit; with bonds smiles, n_rings, n_aromatic (rings);
        with symmetry space_group (number) and system.
    atoms : per atom of the sample id (its structure's), i (atom), element, environment (row of
        `environments`, -1 if unknown), map_x, map_y, and per property ga_ (GA score x n_atoms, 1 =
        average) and contribution_ (property's unit).
    environments : element, neighbours, ring, group, n_atoms, n_molecules, example_id and
        example_i (up to six atoms of different molecules, from small ones to large).
    statistics : environment, property, quantity (GA or CONTRIBUTION), mean, deviation, and Cohen's
        d against the other atoms of the same element, with the interval low to high.
    """

    info: AtlasInfo
    molecules: pd.DataFrame
    atoms: pd.DataFrame
    environments: pd.DataFrame
    statistics: pd.DataFrame


def home_folder(model: str) -> Path:
    """Where `gamnet atlas` writes: by the name of a shipped model, or of a model file."""
    return gamnet_home() / "atlas" / Path(model).stem


def shipped_folder(model: str) -> Path:
    """The ready-made atlas of a shipped model."""
    return folder(model) / "atlas"


def check_replaceable(folder: Path) -> None:
    """Raise AtlasError for a path that holds anything but an atlas: it would be lost."""
    if not folder.exists():
        return
    ours = {f"{name}.parquet" for name in _TABLES}
    if not folder.is_dir() or {path.name for path in folder.iterdir()} - ours:
        raise AtlasError(
            f"'{folder}' exists and holds something else than an atlas",
            "Name a new folder, or one that an atlas is in",
        )


def write_atlas(atlas: Atlas, folder: Path) -> None:
    """Write the tables into a folder that exists."""
    about = json.dumps({"format": FORMAT, **asdict(atlas.info)}).encode()
    for name in _TABLES:
        frame = getattr(atlas, name)
        frame = frame[[column for column in frame if not column.startswith("error_")]]
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.replace_schema_metadata({**table.schema.metadata, _KEY: about})
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def read_info(folder: Path) -> AtlasInfo:
    """The description of an atlas, without its numbers; raises AtlasError as `read_atlas`."""
    found = {name: _about(folder / f"{name}.parquet") for name in _TABLES}
    if len(set(found.values())) > 1:
        raise AtlasError(f"The tables in '{folder}' are of different atlases", REMEDY)
    try:
        raw = json.loads(found["molecules"])
        if raw.pop("format") != FORMAT:
            raise AtlasError(f"The atlas in '{folder}' has another format", REMEDY)
        raw["properties"] = tuple(Property(**record) for record in raw["properties"])
        raw["elements"] = tuple(raw["elements"])
        return AtlasInfo(**raw)
    except (ValueError, KeyError, TypeError) as error:
        raise AtlasError(f"The atlas in '{folder}' is damaged ({error})", REMEDY) from error


def read_atlas(folder: Path) -> Atlas:
    """Read an atlas; raises AtlasError if a table is missing, damaged, or of another atlas."""
    info = read_info(folder)
    try:
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
    except (OSError, pa.ArrowException) as error:
        raise AtlasError(f"The atlas in '{folder}' is damaged ({error})", REMEDY) from error
    molecules = tables["molecules"]
    for pid in info.property_ids:
        molecules[f"error_{pid}"] = molecules[f"predicted_{pid}"] - molecules[f"target_{pid}"]
    return Atlas(info, **tables)


def locate(model: str, sha256: str) -> tuple[Path | None, list[str]]:
    """The folder of the atlas that belongs to a model's weights, and why others cannot be shown.

    The one in GAMNET_HOME comes before the one that is shipped.
    """
    problems = []
    shipped = [shipped_folder(model)] if model in available() else []
    for place in (home_folder(model), *shipped):
        if not place.is_dir():
            continue
        try:
            info = read_info(place)
        except AtlasError as error:
            problems.append(str(error))
            continue
        if info.sha256 == sha256:
            return place, problems
        problems.append(
            f"The atlas in '{place}' was made with other weights (SHA-256 {info.sha256[:12]}…, "
            f"the model's is {sha256[:12]}…)."
        )
    return None, problems


def _about(path: Path) -> bytes:
    if not path.is_file():
        raise AtlasError(f"No atlas: '{path}' is missing", REMEDY)
    try:
        return (pq.read_schema(path).metadata or {}).get(_KEY, b"")
    except (OSError, pa.ArrowException) as error:
        raise AtlasError(f"'{path}' is damaged ({error})", REMEDY) from error
