"""Libraries cut into pieces: the Batch page's reading is the oracle, and memory stays bounded."""

import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from batches import items

from gamnet.errors import ReadError
from gamnet.screening.items import Item, open_part, read_source
from gamnet.screening.library import pieces

TABLES = {
    "a.csv": "SMILES,name\nCCO,ethanol\nC1CC,bad\n\n,empty\n\"C\",\"two\nlines\"\nN,a,b,c\nO\n",
    "b.csv": "id;smiles\r\n1;CCO\r\n2;CC\r\n3;C\r\n",
    "c.smi": "# a comment\nCCO ethanol\nCC\n\nC methane, the first\nN\n",
    "d.tsv": "name\tstructure\nx\tCCO\ny\tCC\nz\tC#N\nz\tO\n",
    "f.csv": "sep=;\n# made by hand\nname;SMILES\na;CCO\nb;CC\n",
    "e.txt": "CCO\nCC\nC\nN\n",
}  # fmt: skip


def said(items: list) -> list[tuple]:
    told = []
    for item in items:
        error = getattr(item.structure, "error", None)
        formula = None if error else item.structure.formula
        told.append((item.id, item.text, item.structure.frame, formula, error))
    return told


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("size", [2, 100])
def test_tables_are_read_as_the_batch_page_reads_them(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / name
    path.write_bytes(TABLES[name].encode())
    cut = list(pieces(path, size))
    assert [piece.place for piece in cut] == list(range(len(cut)))
    assert all(len(piece.members) == size for piece in cut[:-1]) and cut[-1].fraction == 1
    found = said([item for piece in cut for item in piece.items()])
    expected = items(open_part(path.read_bytes(), str(path)))
    assert [row[:2] for row in found] == [(item.id, item.text) for item in expected]
    # And as `gamnet predict` calls them.
    frames = [Item("", "", structure) for structure in read_source(str(path))]
    assert [row[2:] for row in found] == [row[2:] for row in said(frames)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("SMILES,name\nCCO,Äthanol\nCC,é\n".encode(encoding))
    (piece,) = pieces(path)
    assert [member.id for member in piece.members] == ["Äthanol", "é"]


@pytest.mark.parametrize("name", ["three_records.sdf", "slab_md.extxyz", "thymine.xyz"])
def test_files_are_read_as_the_batch_page_reads_them(data: Path, name: str) -> None:
    path = data / name
    found = [item for piece in pieces(path, 2) for item in piece.items()]
    expected = items(open_part(path.read_bytes(), name))
    assert [row[:4] for row in said(found)] == [row[:4] for row in said(expected)]
    for item, other in zip(found, expected, strict=True):
        assert (item.structure.positions == other.structure.positions).all()


def test_parquet(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.5, 2.5, 3], "name": ["a", None, "c"], "smiles": ["C", "N", None]})
    table.to_parquet(tmp_path / "a.parquet")
    cut = list(pieces(tmp_path / "a.parquet", 2))
    members = [(member.id, member.text) for piece in cut for member in piece.members]
    assert members == [("a", "C"), ("", "N"), ("c", "")]
    assert cut[0].fraction == pytest.approx(2 / 3)


def test_what_a_piece_holds_is_told_apart(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "a.smi"
    held = set()
    for text in ("CCO\nCC\n", "CCO\nCN\n", "CCO a\nCC\n"):
        path.write_text(text)
        held.add(tuple(next(pieces(path)).holds()))
    assert len(held) == 3
    text = (data / "thymine.xyz").read_text()
    path = tmp_path / "a.xyz"
    for line in (text, text.replace("0.1", "0.2", 1)):
        path.write_text(line)
        held.add(tuple(next(pieces(path)).holds()))
    assert len(held) == 5


def test_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    n = 200_000
    with path.open("w") as file:
        file.write("id,smiles\n")
        file.writelines(f"m{k},CCCCCCCCCCCC\n" for k in range(n))
    tracemalloc.start()
    count = fractions = 0
    for piece in pieces(path):
        count += len(piece.members)
        fractions = max(fractions, piece.fraction)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All rows at once take ten times as much.
    assert count == n and fractions == 1 and peak < 6 * 2**20


def test_what_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        next(pieces(tmp_path / "absent.csv"))
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ReadError, match="No column holds SMILES"):
        next(pieces(tmp_path / "a.csv"))
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(ReadError, match="not a parquet file"):
        next(pieces(tmp_path / "a.parquet"))
