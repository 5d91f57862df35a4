"""`gamnet atlas`: every molecule and atom of a data set, as the network sees them."""

from pathlib import Path
from typing import Annotated

import typer

from gamnet.commands.console import say
from gamnet.extras import require


def atlas(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="qm9.", show_default=False)],
    model: Annotated[
        str, typer.Option("--model", help="A shipped model, or a checkpoint file.")
    ] = "qm9",
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
    """Build the tables and maps that the page Explore shows, of all molecules of the data set.

    What is finished is kept under GAMNET_HOME: call again to go on after a stop. A sample (--limit)
    is the same each time.

    \b
    Examples:
      gamnet atlas qm9
      gamnet atlas qm9 --limit 6000 -o pretrained/atlas
    """
    require("umap", "atlas")
    from gamnet.atlas.build import build_atlas
    from gamnet.atlas.tables import home_folder
    from gamnet.datasets import qm9
    from gamnet.errors import UnknownDatasetError
    from gamnet.prediction.model import load

    if dataset != qm9.NAME:
        raise UnknownDatasetError(f"There is no atlas of '{dataset}'", f"Available: {qm9.NAME}")
    folder = output or home_folder(dataset)
    built = build_atlas(load(model), folder, limit, say=say)
    info = built.info
    say(
        f"wrote {folder}: {info.n_molecules:,} of {info.n_total:,} molecules, "
        f"{len(built.environments):,} environments of {info.n_atoms:,} atoms, "
        f"{info.n_mapped:,} of them on the map"
    )
