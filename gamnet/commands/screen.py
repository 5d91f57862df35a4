"""`gamnet screen`: a library of any size, on all cores or on a cluster."""

from pathlib import Path
from typing import Annotated

import typer

from gamnet.commands.console import say
from gamnet.errors import ConfigError
from gamnet.extras import require


def screen(
    library: Annotated[
        Path,
        typer.Argument(
            metavar="LIBRARY",
            help="SMILES or ids (smi, csv, tsv, parquet), or structures (sdf, xyz, extxyz, ...).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Parquet file to write.", show_default=False),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="auto, a shipped model, or a model file.")
    ] = "auto",
    maps: Annotated[
        bool, typer.Option("--maps", help="Keep GA scores and contributions of every atom.")
    ] = False,
    condition: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="CONDITION",
            help="Write only these rows, e.g. 'gap<3 and domain==\"in-domain\"'.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, help="Write only N rows, the best first.", show_default=False),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="What --top goes by.", show_default=False),
    ] = None,
    ascending: Annotated[
        bool, typer.Option("--ascending", help="The smallest are the best.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Of a Dask cluster, e.g. tcp://node1:8786.", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes on this machine. Default: all cores.", show_default=False
        ),
    ] = None,
) -> None:
    """Predict a library of any size, in parallel (needs the extra 'dask').

    What is finished is kept under GAMNET_HOME: call again to go on after a stop. A structure that
    fails keeps its row, with the reason, and the exit status is 1.

    \b
    Examples:
      gamnet screen library.smi -o results.parquet
      gamnet screen library.csv -o best.parquet --top 100 --by gap --ascending
      gamnet screen library.sdf -o small.parquet --filter 'gap<3 and domain=="in-domain"'
      gamnet screen library.smi -o results.parquet --scheduler tcp://node1:8786
    """
    require("distributed", "dask")
    from gamnet.screening.dask import cluster
    from gamnet.screening.screen import check_files, columns_of
    from gamnet.screening.screen import screen as run_screen
    from gamnet.screening.selection import Filter, Selection, Top

    if (top is None) != (by is None):
        raise ConfigError("--top and --by belong together", "Give both: --top 100 --by gap")
    if scheduler is not None and workers is not None:
        raise ConfigError("--workers is for this machine alone", "Leave it out, or --scheduler")
    # What is wrong with the command is said before a cluster is started.
    check_files(library, output)
    chosen = Selection(
        None if condition is None else Filter(condition, columns_of(model, maps)),
        None if top is None or by is None else Top(top, by, ascending),
    )
    if chosen.top is not None:
        chosen.top.check(columns_of(model, maps))
    with cluster(scheduler, workers) as run:
        done = run_screen(library, output, run, model, maps, chosen)
    failed = f", {done.n_failed:,} failed" if done.n_failed else ""
    say(f"wrote {output}: {done.n_written:,} of {done.n:,} structures{failed}")
    if done.kept is not None:
        say(f"all results are kept in {done.kept}: another selection is made at once")
    if done.n_failed:
        raise typer.Exit(1)
