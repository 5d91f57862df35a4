"""The `gamnet` command: its sub-commands, and how errors reach the terminal.

Exit status: 0 when all went well, 1 when a structure or file failed, 2 for wrong usage. Results go
to standard output, and progress, warnings and errors to standard error. What is heavy (torch,
RDKit, ...) is imported inside the commands, so that `gamnet --help` answers at once.
"""

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from gamnet import __version__
from gamnet.commands import (
    app,
    atlas,
    convert,
    evaluate,
    faithfulness,
    graph,
    label,
    models,
    predict,
    prepare,
    screen,
    train,
    truth,
)
from gamnet.commands.console import say
from gamnet.errors import (
    CheckpointError,
    GAMNetError,
    OutOfDomainError,
    StorageError,
    StructureError,
    WorkerError,
)

if TYPE_CHECKING:
    # What typer gives its groups; it has no public name.
    from typer._click import Context

FAILED, WRONG_USAGE = 1, 2
# What the input or the disk is to blame for; every other error is a name or value given on the
# command line.
_FAILURES = (StructureError, OutOfDomainError, CheckpointError, StorageError, WorkerError)


class _Commands(TyperGroup):
    """Turns our own errors into one line on standard error and an exit status."""

    def invoke(self, ctx: "Context") -> object:
        # A file name may hold bytes that are no text; showing them must not end in a traceback.
        if sys.stdout is None:  # closed by the caller
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, it is standard output from here on
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except GAMNetError as error:
            say(f"error: {error}")
            failed = isinstance(error, _FAILURES)
            raise typer.Exit(FAILED if failed else WRONG_USAGE) from error
        except BrokenPipeError:  # whoever reads the output has had enough: click ends quietly
            raise
        except OSError as error:
            # A full disk, a folder that cannot be written: the reason and the place say it all.
            place = f": '{error.filename}'" if error.filename else ""
            say(f"error: {error.strerror or error}{place}")
            raise typer.Exit(FAILED) from error


main = typer.Typer(
    cls=_Commands,
    name="gamnet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
main.command()(predict.predict)
main.command()(screen.screen)
main.command()(graph.graph)
main.command()(evaluate.evaluate)
main.command()(train.train)
main.command()(prepare.prepare)
main.command()(models.models)
main.command()(convert.convert)
main.command()(faithfulness.faithfulness)
main.command()(truth.truth)
main.command()(label.label)
main.command()(atlas.atlas)
main.command()(app.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gamnet {__version__}")
        raise typer.Exit


@main.callback()
def gamnet(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Predict a structure's properties and see which local structures they attend to."""
