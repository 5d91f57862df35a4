"""Inputs made to take all time or memory: bounded work, and a message that says why.

Each is read by a process of its own whose memory and CPU time are limited, so that what is not
bounded ends the process and fails the test.
"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from readings import WATER, error_of

import gamnet
from gamnet.structures import reading
from gamnet.structures.reading import iter_structures, read
from gamnet.structures.structure import Failure, Structure

ROOT = Path(gamnet.__file__).parents[1]
# Address space as the libraries map it, and CPU time with their imports.
LIMITS = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
import json
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure
path = sys.argv[1]
source = open(path).read() if path.endswith("smiles") else path
said = [i.error if isinstance(i, Failure) else i.formula for i in iter_structures(source)]
json.dump(said[:3], sys.stdout)
"""


def read_within_limits(path: Path) -> list[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", LIMITS, str(path)],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-500:]
    return json.loads(result.stdout)


CIF_HEAD = (
    "data_x\n_cell_length_a 90\n_cell_length_b 90\n_cell_length_c 90\n"
    "_space_group_name_H-M_alt 'P 1'\n"
)
ATOM_LOOP = "loop_\n_atom_site_label\n" + "".join(f"_atom_site_fract_{x}\n" for x in "xyz")
GRID = "".join(
    f"C {x / 28:.5f} {y / 28:.5f} {z / 28:.5f}\n"
    for x in range(28) for y in range(28) for z in range(28)
)  # fmt: skip

BOMBS: dict[str, tuple[str, str]] = {
    "columns.xyz": (
        "1\nProperties=species:S:1:pos:R:3:f:R:100000000\nH 0 0 0\n",
        "The comment line's Properties describe 100000004 columns, but line 3 has 4",
    ),
    "atoms.xyz": ("10000000\nx\nH 0 0 0\n", "Line 1 announces 10000000 atoms. Up to 2,000,000"),
    "newlines.cif": ("x" + "\n" * 200_000 + "y", "The cif has no data block with atoms"),
    "blanks.cif": ("\n" * 200_000 + "x", "The file begins with 65,536 blanks"),
    "newlines": ("x" + "\n" * 60_000 + "y", "The format is not recognised"),
    "newlines.sdf": ("x" + "\n" * 200_000 + "y", "The record has no 'M  END' line"),
    "brackets.sdf": (
        "x\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n> " + "<" * 200_000 + "\n",
        "has no atoms",
    ),
    "quote.cif": (CIF_HEAD + "_title '" + "a" * 400_000 + "\n" + ATOM_LOOP, "unterminated"),
    "grid.cif": (CIF_HEAD + ATOM_LOOP + GRID, "C21952"),
    "images.cif": (
        CIF_HEAD.replace("P 1", "F m -3 m") + ATOM_LOOP + GRID,
        "21952 sites times 192 symmetry operators are 4,214,784 atoms",
    ),
    "operators.cif": (
        f"{CIF_HEAD}loop_\n_symmetry_equiv_pos_as_xyz\n{'x,y,z ' * 20_000}\n{ATOM_LOOP}C 0 0 0",
        "The cif lists 20000 symmetry operators",
    ),
    "text.cif": (CIF_HEAD + ";\n" + "data_a\n" * 50_000, "cannot be read"),
    "deep.json": ('{"a":' * 988 + "1" + "}" * 988, "JSON"),
    "deeper.json": ('{"a":' * 100_000, "is not valid JSON"),
    "digits.json": ("[" + "9" * 1_000_000 + "]", "is not valid JSON"),
    "line.xyz": ("1\n" + "a" * 3_000_000 + "\nH 0 0 0\n", "A line is longer than 1,000,000"),
    "line.smi": ("C" * 3_000_000, "A line is longer than 1,000,000"),
    "comment.xyz": ("1\nProperties=species:S:1:pos:R:3 " + "a=" * 400_000 + "\nH 0 0 0\n", ""),
    "quote.xyz": ('1\nLattice="' + "1 " * 400_000 + "\nH 0 0 0\n", ""),
    "chain.smi": ("C" * 20_000 + "\n" + "C" * 100_000, "has 20,000 characters: too many"),
    "chain.smiles": ("smiles:" + "C" * 3_000, "9002 atoms with its hydrogens: too many"),
    "alkyne.smiles": ("smiles:" + "C#C" * 30, "No 3D geometry was found"),
    "rings.smiles": ("smiles:" + "C12CC1CC2" * 300, "too many"),
    "counts.vasp": (
        "Fe\n1.0\n3 0 0\n0 3 0\n0 0 3\nFe\n10000000\nDirect\n0 0 0\n",
        "The counts announce 10000000 atoms, but 1 follow",
    ),
    "configurations.xdatcar": ("H configuration=\n" * 30_000, ""),
    "models.pdb": ("MODEL\nENDMDL\n" * 100_000, "The model has no atoms"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_or_read_within_limits(tmp_path: Path, name: str) -> None:
    text, said = BOMBS[name]
    path = tmp_path / name
    path.write_text(text)
    answers = read_within_limits(path)
    assert answers and said in answers[0]


@pytest.mark.slow
def test_the_largest_molecule_without_a_geometry_ends(tmp_path: Path) -> None:
    (tmp_path / "alkyne.smi").write_text("C#C" * 90)
    assert "No 3D geometry was found" in read_within_limits(tmp_path / "alkyne.smi")[0]


def test_a_file_that_is_read_whole_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MAX_TEXT", 1_000)
    assert "The file has more than 1,000 characters" in error_of(b"[" * 1_001, name="x.json")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("x.sdf", b"abc\n"),
        ("x.mol2", b"@<TRIPOS>ATOM\n"),
        ("x.pdb", b"ATOM      1\n"),
        ("XDATCAR", b"abc\n"),
        ("x.cif", b"data_\n_cell_a 1\n;"),
        ("x.xyz", b"abc\n"),
    ],
)
def test_a_structure_without_an_end_has_a_largest_size(
    name: str, line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MAX_TEXT", 2_000)
    monkeypatch.setattr(reading._BoundedText, "_left", 2_000)
    read_bytes = []

    class Counted(io.BytesIO):
        def read1(self, size: int = -1) -> bytes:
            chunk = super().read1(size)
            read_bytes.append(len(chunk))
            return chunk

    items = list(iter_structures(Counted(line * 500_000), name=name))
    assert all(isinstance(item, Failure) for item in items) and len(items) < 5
    assert any("A structure has more than 2,000 characters" in item.error for item in items)
    assert sum(read_bytes) < 100_000


def test_many_structures_may_have_more_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MAX_TEXT", 2_000)
    monkeypatch.setattr(reading._BoundedText, "_left", 2_000)
    assert len(read(WATER * 1_000, name="x.xyz")) == 1_000


def test_an_endless_pipe_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        n_read = 0

        def read(self, size: int) -> bytes:
            self.n_read += size
            return WATER * (size // len(WATER))

    monkeypatch.setattr(reading, "_MAX_PIPE", 5 * 2**20)
    endless = Endless()
    assert "came through the pipe" in error_of(endless)
    assert endless.n_read <= 7 * 2**20


def test_a_pipe_without_a_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PIPE_SECONDS", 0.1)
    pipe = tmp_path / "pipe.xyz"
    os.mkfifo(pipe)
    assert "Nobody wrote into the pipe within 0.1 s" in error_of(pipe)


def test_devices_sockets_and_links(tmp_path: Path) -> None:
    assert "This is a device or a socket, not a file" in error_of("/dev/zero")
    link = tmp_path / "link.xyz"
    link.symlink_to("/dev/zero")
    assert "This is a device" in error_of(link)
    loop = tmp_path / "loop.xyz"
    loop.symlink_to(loop)
    assert "The file cannot be opened" in error_of(loop)
    (tmp_path / "water.xyz").write_bytes(WATER)
    good = tmp_path / "good.xyz"
    good.symlink_to(tmp_path / "water.xyz")
    assert read(good)[0].formula == "H2O"


def test_a_million_frames_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = iter_structures(b"1\n\nH 0 0 0\n" * 1_000_000, name="x.xyz")
    assert all(isinstance(next(frames), Structure) for _ in range(100))
    frames.close()


def test_a_long_line_stops_a_file_and_says_where_it_begins() -> None:
    good, bad = iter_structures(WATER + b"1\n" + b"abc " * 300_000, name="x.xyz")
    assert isinstance(good, Structure) and isinstance(bad, Failure)
    assert "A line is longer than 1,000,000 characters: 'abc abc" in bad.error
