"""`gamnet prepare`: build a data set's graphs once."""

from typing import Annotated

import typer


def prepare(
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET", help="E.g. qm9, or a YAML file that describes your own.",
            show_default=False,
        ),
    ],
) -> None:  # fmt: skip
    """Read a data set and store its graphs under GAMNET_HOME, ready for training and search.

    \b
    Examples:
      gamnet prepare qm9
      gamnet prepare clusters.yaml
    """
    from gamnet.commands.console import say
    from gamnet.datasets import get_dataset

    source = get_dataset(dataset)
    prepared = source.prepare()
    say(f"{source.title} is prepared: {len(prepared.graphs):,} structures, as '{source.name}'")
