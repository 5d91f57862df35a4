"""Files for the browser: our own, and the libraries once `python -m gamnet.assets` fetched them."""

from pathlib import Path

ASSETS = Path(__file__).parent
VIEWER_JS = ASSETS / "viewer.js"
LIBRARY_JS = ASSETS / "3dmol" / "3Dmol.es6-min.js"
CHART_JS = ASSETS / "plotly" / "plotly-gl2d.min.js"
FETCH_COMMAND = "python -m gamnet.assets"


def has_library() -> bool:
    """Whether 3Dmol.js has been fetched; without it nothing can be drawn offline."""
    return LIBRARY_JS.is_file()


def has_chart_library() -> bool:
    """Whether plotly.js has been fetched; without it no cloud of points can be drawn."""
    return CHART_JS.is_file()
