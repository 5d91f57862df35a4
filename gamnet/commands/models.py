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
    rows = [
        [
            name,
            entry["dataset"],
            " ".join(entry["elements"]),
            ", ".join(
                f"{property_id} {mae['value']:.3g} {mae['unit']}"
                for property_id, mae in entry["test"]["mae"].items()
            ),
        ]
        for name, entry in entries.items()
    ]
    print_table(["name", "data set", "elements", "test MAE"], rows, left=4)
