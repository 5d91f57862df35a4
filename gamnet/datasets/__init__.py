"""The data sets by name, and the way to read a structure of one: `NAME:ID`."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from gamnet.datasets.described import SUFFIXES, home_file, read_description
from gamnet.datasets.fullerenes import Fullerenes
from gamnet.datasets.materials_project import MaterialsProject
from gamnet.datasets.organic import Organic
from gamnet.datasets.qm9 import QM9
from gamnet.datasets.source import DataSource, Published
from gamnet.errors import ConfigError, UnknownDatasetError
from gamnet.structures.reading import SCHEMES, iter_structures, read
from gamnet.structures.structure import Structure

__all__ = [
    "DATASETS", "entry_of", "get_dataset", "iter_structures", "published", "read", "register",
]  # fmt: skip

DATASETS: dict[str, DataSource] = {}


def register(source: DataSource) -> None:
    """List a data set, and let `gamnet.read` find its structures."""
    DATASETS[source.name] = source
    SCHEMES[source.name] = source.structure


def get_dataset(name: str) -> DataSource:
    """The data set of this name, or that a YAML file describes.

    Raises UnknownDatasetError, naming those that there are, and ConfigError for a description with
    a fault.
    """
    if name.endswith(SUFFIXES):
        source = read_description(Path(name))
        if source.name in _OURS:
            raise ConfigError(
                f"'{name}' describes a data set called '{source.name}', as one of ours is",
                "Rename it",
            )
        register(source)
        return source
    if name not in DATASETS and name == Path(name).name and home_file(name).is_file():
        register(read_description(home_file(name)))
    if name not in DATASETS:
        raise UnknownDatasetError(f"Unknown data set '{name}'", f"Available: {', '.join(DATASETS)}")
    return DATASETS[name]


def entry_of(structure: Structure) -> tuple[DataSource, pd.Series] | None:
    """Data set and row of its table, whose name is the id, of a structure read as `NAME:ID`.

    None for any other structure: a file may claim anything of itself.
    """
    name, id = structure.info.dataset, structure.info.id
    if name not in DATASETS or structure.source != f"{name}:{id}":
        return None
    source = DATASETS[name]
    return source, source.table().loc[id]


def _register_own() -> None:
    """Those that are described in GAMNET_HOME."""
    for path in sorted(home_file("x").parent.glob("*.yaml")):
        try:
            source = read_description(path)
        except ConfigError as error:
            logging.getLogger(__name__).warning("%s", error)
            continue
        if source.name not in _OURS:
            register(source)


def published(name: str) -> tuple[str, Mapping[str, Mapping[str, float]]]:
    """The paper and its errors on a data set, as in `Published`; "" and none without."""
    source = DATASETS.get(name)
    return (source.paper, source.published) if isinstance(source, Published) else ("", {})


register(QM9())
register(Organic())
register(MaterialsProject())
register(Fullerenes())
register(Fullerenes(by_time=False))
_OURS = tuple(DATASETS)
_register_own()
