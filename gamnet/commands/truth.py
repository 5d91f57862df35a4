"""`gamnet truth`: the real frontier orbitals of QM9 molecules, atom by atom."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gamnet.commands.console import say
from gamnet.commands.evaluate import Split
from gamnet.extras import require


class Quality(StrEnum):
    """Levels of theory."""

    ACCURATE = "accurate"
    COARSE = "coarse"


def truth(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Truth file (npz) to write.", show_default=False)
    ],
    split: Annotated[Split, typer.Option("--split", help="Part of QM9.")] = Split.TEST,
    count: Annotated[int, typer.Option("--count", min=1, help="Molecules, at random.")] = 400,
    quality: Annotated[
        Quality,
        typer.Option(help="accurate: 6-31G*; coarse: 6-31G, in half the time."),
    ] = Quality.ACCURATE,
    processes: Annotated[int, typer.Option("--processes", min=1, help="At a time.")] = 1,
) -> None:
    """Compute B3LYP HOMO and LUMO populations of QM9 molecules (needs the extra 'orbitals').

    A sample is fixed by its split, and a larger one extends a smaller one. What is finished is kept
    under GAMNET_HOME: call again to go on.

    \b
    Example:
      gamnet truth --split test --count 400 -o truth-test.npz
    """
    require("pyscf", "orbitals")
    from gamnet.explanation.orbitals import ACCURATE, COARSE
    from gamnet.explanation.truth import make_truth

    level = ACCURATE if quality == Quality.ACCURATE else COARSE
    made = make_truth(output, split.value, count, level, processes)
    say(f"wrote {output}: {len(made.index)} of {count} molecules")
