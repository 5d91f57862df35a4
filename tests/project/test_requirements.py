"""The lock files name every package that an installation brings in, at the version tested."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import audit


def _pinned(path: Path) -> dict[str, str]:
    pins = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            pins |= _pinned(path.parent / line[3:])
        elif line:
            name, version = re.fullmatch(r"([\w.-]+)==([\w.]+)", line).groups()
            assert canonicalize_name(name) not in pins, f"{name} is pinned twice"
            pins[canonicalize_name(name)] = version
    return pins


def _needed(name: str, extras: frozenset[str], seen: dict[tuple, str]) -> dict[tuple, str]:
    """Every distribution that installing `name` brings in on this machine, with its version."""
    key = (canonicalize_name(name), extras)
    if key in seen:
        return seen
    seen[key] = distribution(name).version.split("+")[0]  # 2.13.0+cpu is 2.13.0
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            _needed(requirement.name, frozenset(requirement.extras), seen)
    return seen


@pytest.mark.parametrize(
    "file, extras",
    [
        ("requirements.txt", frozenset({"app", "train", "atlas", "oracles"})),
        ("requirements-dev.txt", frozenset({"dev"})),
    ],
)
def test_lock_is_complete_and_installed(file: str, extras: frozenset, checkout: Path) -> None:
    try:
        needed = {name: version for (name, _), version in _needed("gamnet", extras, {}).items()}
    except PackageNotFoundError as missing:
        pytest.fail(f"not installed: {missing}; run `make test`")
    del needed["gamnet"]
    pins = _pinned(checkout / file)
    assert {name: pins.get(name) for name in needed} == needed
    superfluous = set(pins) - set(needed) - {"setuptools"}
    assert not superfluous, "nothing needs these: remove them from the lock"


def test_every_pin_has_its_hashes(checkout: Path) -> None:
    hashes: dict[str, set[str]] = {}
    pins = {}
    for line in (checkout / "requirements.lock").read_text().splitlines():
        found = re.fullmatch(r"([\w.-]+)==([\w.]+)(?: ; .*)? \\", line)
        if found:
            name = canonicalize_name(found[1])
            pins[name] = found[2]
            continue
        (digest,) = re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
        hashes.setdefault(name, set()).add(digest)
    assert pins == _pinned(checkout / "requirements-dev.txt"), "run `make lock`"
    assert set(hashes) == set(pins)


PACKAGES = [{"name": "one", "version": "1.0", "vulns": []}]
FAULT = {"id": "X-1", "fix_versions": ["1.1"]}


@pytest.mark.parametrize(
    ("found", "status", "says"),
    [
        (PACKAGES, 0, "1 Python packages: nothing is known"),
        ([{**PACKAGES[0], "vulns": [FAULT]}], 1, "one 1.0: X-1; mended in: 1.1"),
        (
            [*PACKAGES, {"name": "two", "skip_reason": "not found"}],
            2,
            "1 of 2 Python packages were",
        ),
    ],
)
def test_an_audit_that_did_not_happen_is_no_success(
    found: list, status: int, says: str, capsys: pytest.CaptureFixture
) -> None:
    assert audit.judged_python(found) == status
    assert says in "".join(capsys.readouterr())


def test_every_package_is_installed(checkout: Path) -> None:
    setup = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = setup["package-dir"]
    found = set()
    for package, folder in folders.items():
        for path in (checkout / folder).rglob("__init__.py"):
            inside = path.parent.relative_to(checkout / folder).parts
            if (package, *inside[:1]) != ("gamnet_dashboard", "gamnet_app"):  # a root of its own
                found.add(".".join([package, *inside]))
    assert found == set(setup["packages"])
