"""`gamnet app`: Streamlit takes its place, with the same settings as `streamlit run app`."""

import os
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gamnet import extras
from gamnet.commands import app as command
from gamnet.commands.main import main


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have taken this process's place."""
    calls: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: calls.append([path, *arguments]))
    return calls


def test_settings_keep_visitors_out_of_the_code(checkout: Path) -> None:
    settings = tomllib.loads((checkout / "app" / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["browser"]["gatherUsageStats"] is False
    assert not (checkout / ".streamlit" / "config.toml").exists(), "settings have one place"


def test_it_runs_the_very_script_whose_settings_lie_beside_it(
    started: list, checkout: Path
) -> None:
    assert CliRunner().invoke(main, ["app"]).exit_code == 0
    script = checkout / "app" / "streamlit_app.py"
    assert started == [
        [sys.executable, sys.executable, "-P", "-m", "streamlit", "run", str(script)]
    ]
    assert (script.parent / ".streamlit" / "config.toml").is_file()


def test_only_what_is_asked_for_differs_from_the_settings(started: list) -> None:
    asked = ["app", "--port", "8502", "--address", "0.0.0.0"]
    assert CliRunner().invoke(main, asked).exit_code == 0
    assert started[0][-2:] == ["--server.port=8502", "--server.address=0.0.0.0"]
    assert CliRunner().invoke(main, ["app", "--port", "70000"]).exit_code == 2


def test_what_is_missing_is_named(started: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        command, "LIBRARIES", [type("Absent", (), {"is_there": lambda self: False})()]
    )
    assert "python -m gamnet.assets" in CliRunner().invoke(main, ["app"]).output
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    done = CliRunner().invoke(main, ["app"])
    assert done.exit_code == 2 and "extra 'app'" in done.output and len(started) == 1
