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


def test_a_data_set_is_a_module_with_its_entries(
    gamnet_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gamnet import datasets
    from gamnet.datasets.source import DataSource
    from gamnet.datasets.unpacked import Entry, Unpacked
    from gamnet.graphs.rule import MOLECULE_RULE
    from gamnet.properties import Property
    from gamnet.structures import reading
    from gamnet.structures.structure import make_structure

    class Diatomics(Unpacked):
        name, title, description = "diatomics", "Diatomics", "H2 at three distances"
        citation, licence = "made up", "MIT"
        properties = (
            Property("r", "r", "Distance", "A", "pm", 100.0, "intensive", "Between the atoms"),
        )
        rule, periodic, available = MOLECULE_RULE, False, True

        def fingerprint(self) -> str:
            return "0" * 64

        def entries(self) -> Iterator[Entry]:
            for k, split in enumerate(("train", "validation", "test")):
                r = 0.7 + 0.1 * k
                structure = make_structure([1, 1], [[0, 0, 0], [0, 0, r]])
                yield Entry(f"h2-{k}", structure, {"r": r}, split)

    source = Diatomics()
    assert isinstance(source, DataSource)
    for registry in (datasets.DATASETS, reading.SCHEMES):
        monkeypatch.setitem(registry, "diatomics", None)  # so that it is forgotten at the end
    datasets.register(source)
    (structure,) = gamnet.read("diatomics:h2-2")
    assert structure.formula == "H2" and structure.positions[1, 2] == pytest.approx(0.9)
    prepared = source.prepare(processes=1, progress=False)
    assert prepared.targets[:, 0].tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert prepared.graphs.n_edges_of.tolist() == [2, 2, 2]
    assert source.search("", {"r": (0.75, 1.0)}).index.tolist() == ["h2-1", "h2-2"]
    found = datasets.entry_of(structure)
    assert found is not None and found[1]["r"] == pytest.approx(0.9)


def test_a_property_is_a_record_and_nothing_else() -> None:
    """It travels with the network's settings; a value's unit and its error's unit come from it."""
    from gamnet.network.config import GAMNetConfig
    from gamnet.properties import Property

    hardness = Property(
        "eta", "η", "Hardness", "eV", "meV", 1000.0, "difference",
        "Resistance to a change of the number of electrons", "B3LYP", "mine", ("lumo", "homo"),
    )  # fmt: skip
    levels = [
        Property(pid, pid, pid, "eV", "meV", 1000.0, "intensive", "a level")
        for pid in ("homo", "lumo")
    ]
    config = GAMNetConfig((*levels, hardness))
    assert GAMNetConfig.from_dict(config.to_dict()).properties[-1] == hardness
    assert [prop.id for prop in config.heads] == ["homo", "lumo"]


def test_a_page_is_a_folder_and_a_line_in_the_navigation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.testing.v1 import AppTest

    from gamnet_app import navigation

    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "page.py").write_text("import streamlit as st\nst.header('Hello page')\n")
    for name in ("icon.svg", "style.css"):
        (tmp_path / name).symlink_to(navigation.FOLDER / name)
    monkeypatch.setattr(navigation, "FOLDER", tmp_path)
    monkeypatch.setattr(navigation, "PAGES", {"hello": ("Hello", ":material/waving_hand:")})

    def script() -> None:
        from gamnet_app import navigation

        navigation.show()

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [header.value for header in app.header] == ["Hello page"]
