"""`gamnet app`: the dashboard, from any folder."""

import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from gamnet.assets import FETCH_COMMAND, LIBRARIES
from gamnet.commands.console import say
from gamnet.extras import require

# In a checkout the dashboard lies beside the package; installed, it is a package of its own. Its
# settings (this machine only, no tracebacks, no telemetry) lie beside the script.
_BESIDE = Path(__file__).parents[2] / "app"


def script() -> Path:
    """What Streamlit runs."""
    folder = _BESIDE if _BESIDE.is_dir() else Path(str(files("gamnet_dashboard")))
    return folder / "streamlit_app.py"


def app(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, help="Port to serve at. Default: 8501.", show_default=False
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            help="Where to listen; 0.0.0.0 lets other machines in. Default: this machine only.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the dashboard; stop it with Ctrl-C. It has no login (needs the extra 'app').

    \b
    Examples:
      gamnet app
      gamnet app --port 8502
    """
    require("streamlit", "app")
    if not all(library.is_there() for library in LIBRARIES):
        say(f"the browser's libraries are missing; {FETCH_COMMAND} fetches them")
    given = {"--server.port": port, "--server.address": address}
    options = [f"{name}={value}" for name, value in given.items() if value is not None]
    sys.stderr.flush()
    # In place of this process: what stops it stops the server. -P: no module of the folder that
    # one happens to be in is taken for one of Streamlit's.
    start = [sys.executable, "-P", "-m", "streamlit", "run"]
    os.execv(sys.executable, [*start, str(script()), *options])
