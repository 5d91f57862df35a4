"""Frames of fullerenes, from a file of the authors' form written here."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

from gamnet.datasets.fullerenes import MARGIN, VARIABLE, Fullerenes
from gamnet.datasets.source import DataSource
from gamnet.errors import UnknownDatasetError

N = 300


def lines_of(n: int, seed: int = 0) -> str:
    """Frames of C60 whose HOMO tells their place in time."""
    rng = np.random.default_rng(seed)
    cage = molecule("C60")
    text = []
    for k in range(n):
        positions = cage.positions + rng.normal(0, 0.02, (60, 3))
        rows = [f"C\t{x}\t{y}\t{z}" for x, y, z in positions.tolist()]
        text.append("\n".join(["60", f"{-5 - k / n}\t-4.0\t{-62208 + k}", *rows, ""]))
    return "\n".join(text) + "\n"


@pytest.fixture
def folder(tmp_path: Path, gamnet_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "frames").mkdir()
    with gzip.open(tmp_path / "frames" / "C60.xyz.gz", "wt") as file:
        file.write(lines_of(N))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "frames"))
    return tmp_path / "frames"


@pytest.mark.usefixtures("folder")
def test_frames_are_read_in_the_order_of_time() -> None:
    source = Fullerenes(by_time=False)
    assert isinstance(source, DataSource) and source.available and not source.periodic
    table = source.table()
    assert len(table) == N and table["formula"].unique().tolist() == ["C60"]
    row = table.loc["C60-0030"]
    assert row["homo"] == pytest.approx(-5.1) and row["e_def"] == 30
    assert row["gap"] == pytest.approx(1.1)
    structure = source.structure("C60-0030")
    assert structure.n_atoms == 60 and structure.source == "fullerene_md_random:C60-0030"
    assert Counter(table["split"]) == {"train": 240, "validation": 30, "test": 30}


@pytest.mark.usefixtures("folder")
def test_held_out_blocks_keep_away_from_training_in_time() -> None:
    table = Fullerenes().table()
    assert Counter(table["split"]) == {"train": 210, "validation": 10, "test": 20}
    time = np.array([int(id.split("-")[1]) for id in table.index])
    train = time[table["split"] == "train"]
    for split in ("validation", "test"):
        held = time[table["split"] == split]
        assert np.abs(held[:, None] - train).min() == MARGIN + 1
    # Ten blocks of 30 frames; the fourth and the ninth are for the test.
    assert time[table["split"] == "test"].tolist() == [*range(100, 110), *range(250, 260)]


def test_a_single_file_may_be_named_and_two_splits_do_not_meet(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(folder / "C60.xyz.gz"))
    assert Fullerenes().files == (folder / "C60.xyz.gz",)
    assert Fullerenes().fingerprint() != Fullerenes(by_time=False).fingerprint()


def test_what_is_missing_or_damaged_is_told(folder: Path, tmp_path: Path) -> None:
    text = lines_of(2)
    for name, broken, words in (
        ("short", text[: len(text) // 2 + 500], "Frame 1 of .*short.xyz' is not as expected"),
        ("values", text.replace("-4.0", "", 1), "Frame 0 .*2 values"),
        ("element", text.replace("C\t", "Qq\t", 1), "Frame 0 .*Qq"),
    ):
        (folder / "C60.xyz.gz").unlink(missing_ok=True)
        path = folder / f"{name}.xyz"
        path.write_text(broken)
        with pytest.raises(UnknownDatasetError, match=words):
            list(Fullerenes().entries())
        path.unlink()
    with pytest.raises(UnknownDatasetError, match="not here.*Zenodo record 8435481.*C70"):
        Fullerenes().table()
