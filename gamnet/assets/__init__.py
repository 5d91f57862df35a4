"""Files for the browser: the 3D viewer, and 3Dmol.js once `python -m gamnet.assets` fetched it."""

from pathlib import Path

ASSETS = Path(__file__).parent
VIEWER_JS = ASSETS / "viewer.js"
LIBRARY_JS = ASSETS / "3dmol" / "3Dmol.es6-min.js"
FETCH_COMMAND = "python -m gamnet.assets"


def has_library() -> bool:
    """Whether 3Dmol.js has been fetched; without it nothing can be drawn offline."""
    return LIBRARY_JS.is_file()
