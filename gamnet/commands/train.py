"""`gamnet train`: fit a model as a configuration file says."""

from pathlib import Path
from typing import Annotated

import typer

from gamnet.extras import require


def train(
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="E.g. configs/qm9.yaml.", show_default=False),
    ],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder of the run. Default: runs/NAME under GAMNET_HOME.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Train a model on all properties of a data set at once.

    The run's folder holds the checkpoint, a log with the validation errors, and at the end the
    model file, which `gamnet predict --model` takes.

    \b
    Examples:
      gamnet train configs/qm9.yaml
      gamnet train configs/qm9.yaml --resume
      torchrun --nproc-per-node 4 -m gamnet train configs/qm9.yaml
    """
    require("lightning", "train")
    from gamnet.network.acceleration import settle
    from gamnet.training.config import load_config
    from gamnet.training.launch import is_first
    from gamnet.training.run import train as fit

    settle(load_config(config).threads)
    folder = fit(config, resume=resume, output=output)
    if is_first():
        print(folder)
