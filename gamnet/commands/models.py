"""`gamnet models`: what is shipped, and what was measured of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from gamnet.commands.console import print_json, print_table

if TYPE_CHECKING:
    from gamnet.prediction.entry import Entry, MapAgreement


def models(
    json: Annotated[bool, typer.Option("--json", help="Write JSON instead of tables.")] = False,
) -> None:
    """List the shipped models with their test errors and, where measured, their faithfulness.

    Faithfulness: agreement of the per-atom maps with the real orbitals of test molecules, as
    printed by gamnet faithfulness.
    """
    from gamnet.prediction.shipped import available

    entries = available()
    if json:
        print_json(entries)
        return
    for name, entry in entries.items():
        _model(name, entry)


def _model(name: str, entry: "Entry") -> None:
    from ase.data import chemical_symbols

    from gamnet.datasets import published
    from gamnet.prediction.shipped import entry_agreement

    test = entry["test"]
    elements = " ".join(chemical_symbols[int(z)] for z in entry["domain"]["elements"])
    print(
        f"{name}: data set {entry['dataset']}, elements {elements}, "
        f"{entry['n_parameters']:,} parameters\n"
        f"Mean absolute error on {test['n']:,} structures of the {test['split']} split"
    )
    paper, papers = published(entry["dataset"])
    rows = []
    for pid, mae in test["mae"].items():
        theirs = [f"{errors[pid]:g}" if pid in errors else "-" for errors in papers.values()]
        rows.append([pid, f"{mae['value']:.3g}", *theirs, mae["unit"]])
    print_table(["property", "MAE", *papers, "unit"], rows)
    print(f"{', '.join(papers)}: {paper}, one network per property\n" if papers else "")
    truth = entry.get("faithfulness", {}).get("truth")
    if truth is None:
        print("Agreement of the maps with the real orbitals: not measured\n")
        return
    print(f"Agreement of the maps with the real orbitals (pretrained/{name}/{truth})")
    print_agreement(entry_agreement(entry))
    print()


def print_agreement(measured: "Mapping[str, Mapping[str, MapAgreement]]") -> None:
    """A table of what `gamnet.explanation.faithfulness.faithfulness` returns."""
    from gamnet.explanation.verdicts import MAP_NAMES

    rows = [
        (
            pid,
            MAP_NAMES[map_name],
            f"{found['pearson']:.3f}",
            f"{found['spearman']:.3f}",
            f"{found['top1']:.1%}",
            f"{found['n']}",
        )
        for pid, maps in measured.items()
        for map_name, found in maps.items()
    ]
    columns = ["property", "map", "Pearson", "Spearman", "top-1 atom", "molecules"]
    print_table(columns, rows, left=2)
