"""Files for the browser: our scripts, and the libraries that `python -m gamnet.assets` fetches."""

from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).parent
FETCH_COMMAND = "python -m gamnet.assets"


@dataclass(frozen=True)
class Library:
    """A script from npm that is fetched at set-up, with its licence beside it.

    package : name and version, as npm takes them.  member : where the script lies in the package.
    sha256 : of the script this version was tested with.  path : where the script is put.
    """

    package: str
    member: str
    sha256: str
    path: Path

    def is_right(self) -> bool:
        """Whether the very script that was tested lies in its place."""
        from hashlib import sha256

        return self.is_there() and sha256(self.path.read_bytes()).hexdigest() == self.sha256

    def is_there(self) -> bool:
        """Whether the script has been fetched; without it the browser has nothing to load."""
        return self.path.is_file()


VIEWER_LIBRARY = Library(
    "3dmol@2.5.5",
    "build/3Dmol.es6-min.js",
    "95513f6494717cc82fb2ba4d264f29b7ef189a31d4ece36a38d1f9666bf6d427",
    ASSETS / "3dmol" / "3Dmol.es6-min.js",
)
EDITOR_LIBRARY = Library(
    "openchemlib@9.25.0",
    "dist/openchemlib.js",
    "7c76547bdb940652ce5eb412e305e110065a9b641ebe0ae975509ed573940f5d",
    ASSETS / "openchemlib" / "openchemlib.js",
)
# The part of plotly.js that draws points with WebGL: a third of the whole.
CHART_LIBRARY = Library(
    "plotly.js-gl2d-dist-min@3.7.0",
    "plotly-gl2d.min.js",
    "d396c0d59e2844a167dc4aca8469fe1653060cb105f4d7cbd47b3c7788b1e750",
    ASSETS / "plotly" / "plotly-gl2d.min.js",
)
LIBRARIES = (VIEWER_LIBRARY, EDITOR_LIBRARY, CHART_LIBRARY)


def has_library() -> bool:
    """Whether 3Dmol.js has been fetched; without it nothing can be drawn offline."""
    return VIEWER_LIBRARY.is_there()


def has_editor() -> bool:
    """Whether OpenChemLib has been fetched; without it nobody can draw a molecule."""
    return EDITOR_LIBRARY.is_there()


def has_chart_library() -> bool:
    """Whether plotly.js has been fetched; without it no cloud of points can be drawn."""
    return CHART_LIBRARY.is_there()
