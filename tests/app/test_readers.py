"""What visitors send is read elsewhere: who sends a file that hangs stops nobody else."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sandboxed
from apptest import healthy, page, texts, upload

from gamnet.confined import DEFAULT
from gamnet.structures import guarded
from gamnet_app.shared import readers


@pytest.fixture(autouse=True)
def waiting_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "_structures", sandboxed.structures_once_there)


def test_a_file_that_hangs_stops_no_other_visitor(tmp_path: Path, data: Path) -> None:
    free, found = tmp_path / "free", []
    waits = threading.Thread(
        target=lambda: found.extend(readers.structures(bytes(free), "hangs.xyz"))
    )
    waits.start()
    app = upload(healthy(page().run()), "thymine.xyz", (data / "thymine.xyz").read_bytes())
    assert app.subheader[0].value == "C₅H₆N₂O₂" and waits.is_alive()
    free.touch()
    waits.join()
    assert [structure.formula for structure in found] == ["H2"]


def test_the_page_says_what_was_too_much_and_does_not_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "LIMITS", replace(DEFAULT, patience=1))
    app = upload(healthy(page().run()), "hangs.xyz", bytes(tmp_path / "never"))
    assert "'hangs.xyz' was not read within 1 s: the reader was stopped" in texts(app)
    monkeypatch.setattr(readers, "structures", None)
    assert "was not read within 1 s" in texts(healthy(app.run()))


def test_an_empty_file_is_not_one_of_the_server() -> None:
    app = upload(healthy(page().run()), "/etc/hostname", b"")
    assert "The file is empty" in texts(app)
