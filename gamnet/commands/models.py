"""`gamnet models`: what is shipped."""

from typing import Annotated

import typer

from gamnet.commands.console import print_json, print_table


def models(
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
) -> None:
    """List the shipped models with their properties and test errors."""
    from gamnet.pretrained import available

    entries = available()
    if json:
        print_json(entries)
        return
    print_table(["name"], [[name] for name in entries])
