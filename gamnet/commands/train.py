"""`gamnet train`: fit a model as a configuration file says."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="E.g. configs/qm9.yaml.", show_default=False),
    ],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")
    ] = False,
) -> None:
    """Train a model on all properties of a data set at once.

    \b
    Examples:
      gamnet train configs/qm9.yaml
      gamnet train configs/qm9.yaml --resume
    """
    from gamnet.train import train as fit

    fit(config, resume=resume)
