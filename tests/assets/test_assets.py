"""The scripts from npm: pinned, checked when they are fetched, and part of an installation."""

import hashlib
import re
import tarfile
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from gamnet.assets import ASSETS, LIBRARIES, Library
from gamnet.assets import __main__ as fetching

SCRIPT = b"export const drawn = true;\n"


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.package)
def test_a_library_is_pinned_and_fetched_not_committed(library: Library, checkout: Path) -> None:
    assert re.fullmatch(r"[a-z0-9.-]+@\d+\.\d+\.\d+", library.package)
    assert re.fullmatch(r"[0-9a-f]{64}", library.sha256)
    assert library.is_right(), "not the file of this version: run make install"
    assert "Copyright" in (library.path.parent / "LICENSE").read_text()
    folder = library.path.parent.relative_to(ASSETS).as_posix()
    assert f"gamnet/assets/{folder}/" in (checkout / ".gitignore").read_text().splitlines()
    setup = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert f"{folder}/*" in setup["package-data"]["gamnet.assets"]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """One library that is not there yet, and an npm that brings SCRIPT whatever it is asked for."""
    packed = tmp_path / "package"
    (packed / "dist").mkdir(parents=True)
    (packed / "dist" / "drawn.js").write_bytes(SCRIPT)
    (packed / "LICENSE").write_text("Copyright nobody")
    with tarfile.open(tmp_path / "drawn-1.0.0.tgz", "w:gz") as archive:
        archive.add(packed, "package")
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\ncp '{tmp_path}/drawn-1.0.0.tgz' .\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    sha256 = hashlib.sha256(SCRIPT).hexdigest()
    return Library("drawn@1.0.0", "dist/drawn.js", sha256, tmp_path / "drawn" / "drawn.js")


def test_it_is_fetched_with_its_licence_once(
    library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(fetching, "LIBRARIES", (library,))
    assert fetching.main() == 0 and library.is_right()
    assert (library.path.parent / "LICENSE").read_text() == "Copyright nobody"
    assert "written" in capsys.readouterr().out
    assert fetching.main() == 0
    assert "up to date" in capsys.readouterr().out
    library.path.write_text("damaged")
    assert fetching.main() == 0 and library.is_right()


def test_another_file_than_the_tested_one_is_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(fetching, "LIBRARIES", (replace(library, sha256="0" * 64),))
    assert fetching.main() == 1
    assert not library.path.exists()
    assert "drawn@1.0.0 is not the file" in capsys.readouterr().err
