"""`gamnet prepare`: build a data set's graphs once."""

from typing import Annotated

import typer


def prepare(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="E.g. qm9.", show_default=False)
    ],
) -> None:
    """Read a data set and store its graphs under GAMNET_HOME, ready for training and search.

    \b
    Example:
      gamnet prepare qm9
    """
    from gamnet.datasets import DATASETS
    from gamnet.errors import UnknownDatasetError

    if dataset not in DATASETS:
        raise UnknownDatasetError(
            f"Unknown data set '{dataset}'", f"Available: {', '.join(DATASETS)}"
        )
    DATASETS[dataset].prepare(progress=True)
