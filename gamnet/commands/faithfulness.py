"""`gamnet faithfulness`: does the attention show where the orbital is?"""

from pathlib import Path
from typing import Annotated

import typer

from gamnet.commands.console import print_json, settle_process
from gamnet.commands.models import print_agreement


def faithfulness(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A shipped model, or a checkpoint file.", show_default=False
        ),
    ],
    truth: Annotated[
        Path,
        typer.Option("--truth", help="Truth file (npz), see gamnet truth.", show_default=False),
    ],
    property_id: Annotated[
        str | None,
        typer.Option("--property", help="E.g. homo. Default: all in the file.", show_default=False),
    ] = None,
    occlusion: Annotated[
        bool,
        typer.Option("--occlusion", help="Also the change when an atom is removed (slower)."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
) -> None:
    """Compare per-atom maps with true orbital populations, over the heavy atoms of each molecule.

    Means over molecules of the Pearson and Spearman correlation, and how often the highest atom is
    the right one. Element means are what a map reaches that knows only each atom's element.

    \b
    Example:
      gamnet faithfulness qm9 --truth truth.npz --property homo
    """
    from gamnet.explanation.faithfulness import faithfulness as measure

    wanted = None if property_id is None else [property_id]
    settle_process()
    result = measure(name, truth, wanted, occlusion)
    if json:
        print_json(result)
        return
    print_agreement(result)
