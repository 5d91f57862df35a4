"""`make bench`: every benchmark is in it, its small sizes run, and the documentation names them."""

import importlib
import io
import json
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.figures import FIGURES, GOLDEN, main
from benchmarks.figures import figures as all_figures

# Programs that measure nothing.
OTHERS = {
    "figures": "runs the others",
    "screenshots": "draws the pages for the documentation",
    "shrink_golden": "makes the golden vectors of the tests",
}
# What starts processes of its own, a browser or a compiler, which takes minutes: --quick by hand.
SLOW = {"speed", "changes to speed", "choices in training", "large structures", "screening",
        "reactions of the pages", "damaged files"}  # fmt: skip


def here(command: list[str]) -> tuple[int, str]:
    """As `figures.run`, in this process, which has imported everything already."""
    _, module, *arguments = command
    status, output = 0, io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output):
        patch.setattr(sys, "argv", [module, *arguments])
        try:
            runpy.run_module(module, run_name="__main__")
        except SystemExit as end:
            status = end.code or 0
    return status, output.getvalue()


def test_every_benchmark_is_covered(checkout: Path) -> None:
    programs = {
        path.stem
        for path in (checkout / "benchmarks").glob("*.py")
        if '__name__ == "__main__"' in path.read_text()
    }
    measured = {figure.module.partition(".")[2] for figure in all_figures(GOLDEN)} - {""}
    assert programs == measured | set(OTHERS)


def test_the_documentation_names_them(checkout: Path) -> None:
    text = (checkout / "docs" / "benchmarks.md").read_text()
    for figure in FIGURES:
        assert f"`{figures.shown(['-m', figure.module, *figure.arguments])}".rstrip() in text or (
            figure.module == "gamnet"
        ), figure.name
        for place in filter(None, figure.quoted.split("; ")):
            file, _, heading = place.partition(", ")
            page = (checkout / file).read_text()
            assert f"# {heading.partition(' (')[0]}" in page, place


@pytest.mark.slow
def test_small_sizes_run_and_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(figures, "run", here)
    chosen = [figure.name for figure in all_figures(GOLDEN) if figure.name not in SLOW]
    assert main(["--quick", "-o", str(tmp_path), *chosen]) == 0, capsys.readouterr().err
    report = json.loads((tmp_path / "figures.json").read_text())
    assert report["quick"] and report["machine"]["cores"] >= 1 and report["machine"]["torch"]
    found = {entry["name"]: entry for entry in report["figures"]}
    assert list(found) == chosen
    assert all(entry["lacking"] or entry["output"] for entry in found.values())
    assert "16 structures of the test split" in found["errors of qm9"]["output"]
    assert "gamnet prepare mp2018" in found["errors of mp2018"]["lacking"]
    page = (tmp_path / "figures.md").read_text()
    assert "worth nothing" in page and "## size of a report" in page
    assert "`python -m benchmarks.increments --train 200 --test 50`" in page


def test_one_that_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(figures, "run", lambda command: (int("speed" in command[1]), "| a |"))
    assert main(["-o", str(tmp_path), "speed", "size of a report"]) == 1
    assert "failed: speed" in capsys.readouterr().err
    page = (tmp_path / "figures.md").read_text()
    assert "exit status 1" in page and "## size of a report" in page


def test_an_unknown_name_is_told(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["sped"])
    assert "unknown: sped; available: reference," in capsys.readouterr().err


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_small_sizes_are_options_that_there_are(
    figure: figures.Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command reads them; what it would do next is not done."""

    class ReadError(Exception):
        pass

    if figure.module == "gamnet":
        pytest.skip("run above")
    module = importlib.import_module(figure.module)
    parse = module.argparse.ArgumentParser.parse_args

    def read(parser, *arguments):
        parse(parser, *arguments)
        raise ReadError

    monkeypatch.setattr(module.argparse.ArgumentParser, "parse_args", read)
    for arguments in (figure.arguments, figure.quick):
        monkeypatch.setattr(sys, "argv", [figure.module, *arguments])
        with pytest.raises(ReadError):
            module.main()
