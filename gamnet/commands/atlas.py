"""`gamnet atlas`: every molecule and atom of a data set, as the network sees them."""

from pathlib import Path
from typing import Annotated

import typer

from gamnet.commands.console import say, settle_process
from gamnet.extras import require


def atlas(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A shipped model, e.g. qm9, or a model file.", show_default=False
        ),
    ],
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=2, help="Only N random molecules.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder to write. Default: in GAMNET_HOME.", show_default=False
        ),
    ] = None,
) -> None:
    """Build the tables and maps that the page Explore shows, of all of the model's data set.

    What is finished is kept under GAMNET_HOME: call again to go on after a stop. A sample (--limit)
    is the same each time.

    \b
    Examples:
      gamnet atlas qm9
      gamnet atlas qm9 --limit 8000 -o pretrained/qm9/atlas
    """
    require("umap", "atlas")
    from gamnet.atlas.build import build_atlas
    from gamnet.atlas.tables import home_folder
    from gamnet.prediction.shipped import load_one

    folder = output or home_folder(model)
    settle_process()
    built = build_atlas(load_one(model), folder, limit, say=say)
    info = built.info
    say(
        f"wrote {folder}: {info.n_molecules:,} of {info.n_total:,} structures of {info.title}, "
        f"{len(built.environments):,} environments of {info.n_atoms:,} atoms, "
        f"{info.n_mapped:,} of them on the map"
    )
