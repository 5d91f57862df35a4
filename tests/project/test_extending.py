"""The recipes of docs/extending.md, followed to the letter, and the map of docs/architecture.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

import gamnet
from gamnet.errors import ReadError
from gamnet.structures.formats import FORMATS, Format
from gamnet.structures.formats.xyz import read_xyz


def test_a_file_format_is_a_reader_and_a_line_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_upside_down(stream: TextIO) -> Iterator[object]:
        lines = stream.read().splitlines()
        if lines[0] != "upside down":
            raise ReadError(f"The file begins with '{lines[0]}'", "Write 'upside down'")
        import io

        yield from read_xyz(io.StringIO("\n".join(reversed(lines[1:])) + "\n"))

    entry = Format(
        "upside", read_upside_down, lambda text, lines: lines[:1] == ["upside down"], (".pu",)
    )
    monkeypatch.setitem(FORMATS, "upside", entry)
    path = tmp_path / "water.pu"
    path.write_text("upside down\nH 0 0 0.96\nO 0 0 0\nH 0.93 0 -0.24\nwater\n3\n")
    assert [structure.formula for structure in gamnet.read(path)] == ["H2O"]


def test_every_room_is_on_the_map(checkout: Path) -> None:
    text = (checkout / "docs" / "architecture.md").read_text()
    for path in (checkout / "gamnet").iterdir():
        if path.is_dir() and (path / "__init__.py").is_file():
            assert f"`{path.name}/`" in text, path.name
        elif path.suffix == ".py" and not path.stem.startswith("__"):
            assert f"`{path.stem}`" in text, path.name


def test_every_page_is_in_the_navigation(checkout: Path) -> None:
    from gamnet_app.navigation import FOLDER, PAGES

    assert {path.parent.name for path in FOLDER.glob("*/page.py")} == set(PAGES)
