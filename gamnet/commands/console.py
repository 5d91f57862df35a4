"""What the commands share: messages, JSON and tables."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

import typer

from gamnet.text import one_line

if TYPE_CHECKING:
    from gamnet.prediction.auto import AutoModel
    from gamnet.prediction.model import Model


def say(message: str) -> None:
    """Write one line about the run to standard error; standard output is for results."""
    typer.echo(f"gamnet: {one_line(message)}", err=True)


def settle_process() -> None:
    """Set a command's process up for speed, with the threads that the environment asks for."""
    import torch

    from gamnet.network.acceleration import settle

    settle(torch.get_num_threads())


def open_model(name: str) -> "Model | AutoModel":
    """The model that a command asks for, in a process set up for it."""
    from gamnet.prediction.auto import load

    settle_process()
    return load(name)


def print_json(result: object) -> None:
    """Write a result to standard output as strict JSON."""
    print(json.dumps(result, allow_nan=False, ensure_ascii=False))


def print_table(
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    left: int = 1,
    caption: str = "",
    file: TextIO | None = None,
) -> None:
    """Write a table whose first `left` columns are text; in a file it is as wide as it needs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    file = file or sys.stdout
    table = Table(box=None, pad_edge=False)
    for n, name in enumerate(columns):
        table.add_column(Text(name), justify="left" if n < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    console = Console(file=file, width=None if file.isatty() else 10_000, highlight=False)
    console.print(table)
    if caption:  # of the table itself it would be wrapped to its width
        console.print(Text(caption))
