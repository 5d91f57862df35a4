"""`gamnet convert`: a published model file into ours."""

from pathlib import Path
from typing import Annotated

import typer

from gamnet.commands.console import say
from gamnet.extras import require


def convert(
    weights: Annotated[
        Path, typer.Argument(metavar="MODEL.h5", help="Keras HDF5 file.", show_default=False)
    ],
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="Its settings, YAML or JSON.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="NAME.safetensors to write.", show_default=False)
    ],
    property_id: Annotated[
        str | None,
        typer.Option(
            "--property",
            help="What it predicts. Default: the target that CONFIG names, else homo.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Turn a model of the paper's own code into one that every command and page can load.

    \b
    Example:
      gamnet convert homo.h5 homo.yaml --property homo -o homo.safetensors
      gamnet predict thymine.xyz --model homo.safetensors
    """
    require("h5py", "train")
    from gamnet.network.paper.convert import convert_file

    chosen, guessed = convert_file(weights, config, output, property_id)
    if guessed:
        say(f"'{config}' names no property; taking {chosen}. Say another with --property")
    say(f"wrote {output} ({chosen})")
