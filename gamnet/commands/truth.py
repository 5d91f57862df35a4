"""`gamnet truth`: the real frontier orbitals of a data set's molecules, atom by atom."""

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
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset", help="Of closed-shell molecules. Default: qm9.", show_default=False
        ),
    ] = None,
    split: Annotated[Split, typer.Option("--split", help="Part of it.")] = Split.TEST,
    count: Annotated[int, typer.Option("--count", min=1, help="Molecules, at random.")] = 400,
    quality: Annotated[
        Quality,
        typer.Option(help="accurate: 6-31G*; coarse: 6-31G, in half the time."),
    ] = Quality.ACCURATE,
    processes: Annotated[int, typer.Option("--processes", min=1, help="At a time.")] = 1,
) -> None:
    """Compute B3LYP HOMO and LUMO populations of molecules (needs the extra 'orbitals').

    A sample is fixed by its split, and a larger one extends a smaller one. What is finished is kept
    under GAMNET_HOME: call again to go on.

    \b
    Example:
      gamnet truth --split test --count 400 -o truth-test.npz
    """
    require("pyscf", "orbitals")
    from gamnet.datasets import DATASETS, get_dataset
    from gamnet.datasets.source import ClosedShellMolecules
    from gamnet.explanation.orbitals import ACCURATE, COARSE
    from gamnet.explanation.truth import make_truth

    able = [name for name, known in DATASETS.items() if isinstance(known, ClosedShellMolecules)]
    source = get_dataset(dataset or able[0])
    level = ACCURATE if quality == Quality.ACCURATE else COARSE
    made = make_truth(output, source, split.value, count, level, processes)
    say(f"wrote {output}: {len(made.index)} of {count} molecules")
