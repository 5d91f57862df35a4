"""`gamnet evaluate`: a shipped model's error, measured now."""

from enum import StrEnum
from typing import Annotated

import typer

from gamnet.commands.console import print_json, print_table, settle_process


class Split(StrEnum):
    """The parts of a data set."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def evaluate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A shipped model, or a checkpoint file.", show_default=False
        ),
    ],
    split: Annotated[Split, typer.Option("--split", help="Part of the data set.")] = Split.TEST,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            help="A random sample of N structures, the same every time; a larger N extends it.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
) -> None:
    """Measure the mean absolute error per property on the model's own data set.

    \b
    Examples:
      gamnet evaluate qm9
      gamnet evaluate qm9 --split validation --limit 1000 --json
    """
    from gamnet.evaluation.evaluate import evaluate as measure

    settle_process()
    result = measure(name, split=split.value, limit=limit)
    if json:
        print_json(result)
        return
    which = "" if limit is None else " (random sample)"
    print(
        f"{name}: mean absolute error on {result['n']} structures of the {result['split']} "
        f"split{which}"
    )
    rows = [(key, f"{mae['value']:.4g}", mae["unit"]) for key, mae in result["mae"].items()]
    print_table(["property", "MAE", "unit"], rows)
