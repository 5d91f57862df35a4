"""What the commands share: messages, JSON and tables."""

import json
import sys
from collections.abc import Iterable
from typing import TextIO

import typer

from gamnet.text import one_line


def say(message: str) -> None:
    """Write one line about the run to standard error; standard output is for results."""
    typer.echo(f"gamnet: {one_line(message)}", err=True)


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
    table = Table(box=None, pad_edge=False, caption=Text(caption), caption_justify="left")
    for n, name in enumerate(columns):
        table.add_column(Text(name), justify="left" if n < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    Console(file=file, width=None if file.isatty() else 10_000, highlight=False).print(table)
