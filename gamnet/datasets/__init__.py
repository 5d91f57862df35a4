"""The data sets by name, and the way to read a structure of one: `NAME:ID`."""

from collections.abc import Mapping

from gamnet.datasets.qm9 import QM9
from gamnet.datasets.source import DataSource, Published
from gamnet.errors import UnknownDatasetError
from gamnet.structures.reading import SCHEMES, iter_structures, read

__all__ = ["DATASETS", "get_dataset", "iter_structures", "published", "read", "register"]

DATASETS: dict[str, DataSource] = {}


def register(source: DataSource) -> None:
    """List a data set, and let `gamnet.read` find its structures."""
    DATASETS[source.name] = source
    SCHEMES[source.name] = source.structure


def get_dataset(name: str) -> DataSource:
    """The data set of this name; raises UnknownDatasetError, naming those that there are."""
    if name not in DATASETS:
        raise UnknownDatasetError(f"Unknown data set '{name}'", f"Available: {', '.join(DATASETS)}")
    return DATASETS[name]


def published(name: str) -> tuple[str, Mapping[str, Mapping[str, float]]]:
    """The paper and its errors on a data set, as in `Published`; "" and none without."""
    source = DATASETS.get(name)
    return (source.paper, source.published) if isinstance(source, Published) else ("", {})


register(QM9())
