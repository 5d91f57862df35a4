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
from gamnet.prediction.shipped import FOLDER

FORMAT = "gamnet-atlas-1"
GA, CONTRIBUTION = "ga", "contribution"
# Files of an atlas; all carry the same description.
_TABLES = ("molecules", "atoms", "environments", "statistics")
_KEY = b"gamnet"


class AtlasError(GAMNetError):
    """An atlas is missing, damaged, or belongs to other weights."""


@dataclass(frozen=True)
class AtlasInfo:
    """What an atlas says of itself.

    model, sha256 : name and weights of the model whose numbers it holds.
    n_molecules of n_total : molecules of the data set that are in it.
    n_atoms : atoms of these molecules, all of which count in the statistics but for those of
        `n_unmatched` molecules, whose geometry and SMILES do not agree on the bonds.
    n_mapped : atoms in the table of atoms, a sample with as even a share of elements as there is.
    additive : whether the model gives contributions.
    """

    dataset: str
    model: str
    sha256: str
    property_ids: tuple[str, ...]
    additive: bool
    n_molecules: int
    n_total: int
    n_atoms: int
    n_mapped: int
    n_unmatched: int
    seed: int

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

    molecules : per molecule index (QM9 Index), smiles, formula, split, n_atoms, n_heavy,
        n_H ... n_F, n_rings, n_aromatic (rings), map_x, map_y, and per property dft_, predicted_
        and error_ (predicted minus DFT), in the property's unit.
    atoms : per atom of the sample index, i (atom), element, environment (row of `environments`,
        -1 if unknown), map_x, map_y, and per property ga_ (GA score x n_atoms, 1 = average) and
        contribution_ (property's unit).
    environments : element, neighbours, ring, group, n_atoms, n_molecules, example_index and
        example_i (up to six atoms of different molecules, from small ones to large).
    statistics : environment, property, quantity (GA or CONTRIBUTION), mean, deviation, and Cohen's
        d against the other atoms of the same element, with the interval low to high.
    """

    info: AtlasInfo
    molecules: pd.DataFrame
    atoms: pd.DataFrame
    environments: pd.DataFrame
    statistics: pd.DataFrame


def home_folder(dataset: str) -> Path:
    """Where `gamnet atlas` writes."""
    return gamnet_home() / "atlas" / dataset


def shipped_folder() -> Path:
    """The ready-made atlas."""
    return FOLDER / "atlas"


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
        raise AtlasError(f"The tables in '{folder}' are of different atlases", _remedy())
    try:
        raw = json.loads(found["molecules"])
        if raw.pop("format") != FORMAT:
            raise AtlasError(f"The atlas in '{folder}' has another format", _remedy())
        raw["property_ids"] = tuple(raw["property_ids"])
        return AtlasInfo(**raw)
    except (ValueError, KeyError, TypeError) as error:
        raise AtlasError(f"The atlas in '{folder}' is damaged ({error})", _remedy()) from error


def read_atlas(folder: Path) -> Atlas:
    """Read an atlas; raises AtlasError if a table is missing, damaged, or of another atlas."""
    info = read_info(folder)
    try:
        tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
    except (OSError, pa.ArrowException) as error:
        raise AtlasError(f"The atlas in '{folder}' is damaged ({error})", _remedy()) from error
    molecules = tables["molecules"]
    for pid in info.property_ids:
        molecules[f"error_{pid}"] = molecules[f"predicted_{pid}"] - molecules[f"dft_{pid}"]
    return Atlas(info, **tables)


def locate(dataset: str, sha256: str) -> tuple[Path | None, list[str]]:
    """The folder of the atlas that belongs to these weights, and why others cannot be shown.

    The one in GAMNET_HOME comes before the one that is shipped.
    """
    problems = []
    for folder in (home_folder(dataset), shipped_folder()):
        if not folder.is_dir():
            continue
        try:
            info = read_info(folder)
        except AtlasError as error:
            problems.append(str(error))
            continue
        if (info.dataset, info.sha256) == (dataset, sha256):
            return folder, problems
        problems.append(
            f"The atlas in '{folder}' was made with other weights (SHA-256 {info.sha256[:12]}…, "
            f"the model's is {sha256[:12]}…)."
        )
    return None, problems


def _about(path: Path) -> bytes:
    if not path.is_file():
        raise AtlasError(f"No atlas: '{path}' is missing", _remedy())
    try:
        return (pq.read_schema(path).metadata or {}).get(_KEY, b"")
    except (OSError, pa.ArrowException) as error:
        raise AtlasError(f"'{path}' is damaged ({error})", _remedy()) from error


def _remedy() -> str:
    return "Run: gamnet atlas qm9"
