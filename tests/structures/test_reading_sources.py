"""Where structures come from: names, formats and streams; resources, noise, safety."""

import gzip
import io
import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from readings import POSCAR, WATER, error_of

import gamnet
from gamnet.errors import GAMNetError
from gamnet.structures.reading import iter_structures, read
from gamnet.structures.structure import Failure, Structure


@pytest.mark.parametrize(
    "name",
    [
        "thymine.xyz", "slab_md.extxyz", "slab_md.traj", "POSCAR", "XDATCAR", "nacl_symmetry.cif",
        "structure.json", "mixed_list.json", "three_records.sdf", "alanine_2d.mol",
        "ethanol_v3000.mol", "methanol.mol2", "two_models.pdb", "dsgdb9nsd_000001.xyz",
    ],
)  # fmt: skip
def test_content_is_recognised_without_and_against_the_name(data, name):
    content = (data / name).read_bytes()
    expected = read(data / name)
    for other in ("", "noname", "wrong.cif" if not name.endswith("cif") else "wrong.xyz"):
        structures = read(content, name=other or None)
        assert len(structures) == len(expected)
        for ours, theirs in zip(structures, expected, strict=True):
            np.testing.assert_array_equal(ours.positions, theirs.positions)
        says_so = any("it was read as" in w for w in structures[0].info.notes)
        assert says_so == other.startswith("wrong")


@pytest.mark.parametrize("name", ["POSCAR_start", "CONTCAR", "x.vasp", "poscar.1", "dir/POSCAR-2"])
def test_vasp_names(name):
    assert read(POSCAR.encode(), name=name)[0].formula == "Fe2"


def test_format_by_hand():
    for name in ("xyz", ".XYZ", "extxyz"):
        assert read(WATER, format=name)[0].formula == "H2O"
    assert "Unknown format 'docx'. Supported: xyz, extxyz, cif" in error_of(WATER, format="docx")
    assert "expected the number of atoms" in error_of(b"data_x\n", format="xyz")


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "w.xyz", "'w.xyz': The file is empty"),
        (b" \n\t\n", "w.xyz", "The file is empty"),
        (b"\xef\xbb\xbf", "w.xyz", "The file is empty"),
        (bytes(range(256)) * 8, "w.xyz", "The file is not text"),
        (WATER.decode().encode("utf-16-le"), "w.xyz", "an encoding other than UTF-8"),
        (gzip.compress(WATER), "w.xyz.gz", "The file is gzip-compressed. Unpack"),
        (b"PK\x03\x04" + bytes(50), "w.zip", "The file is a zip archive"),
        (pickle.dumps({"atoms": 1}), "w.pckl", "The file is not text"),
        (b"%PDF-1.7\n", "w.pdf", "The file is a PDF document"),
        (b"hello world\n", "w.txt", "The format is not recognised. Supported: xyz, extxyz"),
        (b"hello world\n", None, "'data': The format is not recognised"),
        (b"hello\n", "w.traj", "This is not a readable ASE trajectory"),
    ],
)
def test_unreadable_content(content, name, message):
    assert message in error_of(content, name=name)
    (failure,) = iter_structures(content, name=name)
    assert isinstance(failure, Failure) and message in failure.error


def test_paths_that_cannot_be_opened(tmp_path):
    assert "There is no such file. Check the path; a SMILES" in error_of("CCO")
    assert "This is a folder, not a file" in error_of(tmp_path)
    assert "The file cannot be opened" in error_of("a\0b")
    assert "The file cannot be opened" in error_of("x" * 5000)
    assert "Cannot read from a int" in error_of(3)
    (failure,) = iter_structures(tmp_path / "absent.xyz")
    assert failure.source == str(tmp_path / "absent.xyz") and "no such file" in failure.error


def test_a_disk_that_fails_in_the_middle():
    class Failing(io.BytesIO):
        def read1(self, size: int = -1) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read1(size)

    items = list(iter_structures(Failing(WATER * 1000), name="w.xyz"))
    assert isinstance(items[0], Structure) and isinstance(items[-1], Failure)
    assert "Reading failed ([Errno 5] Input/output error)" in items[-1].error


def test_sources_of_all_kinds(tmp_path, monkeypatch):
    path = tmp_path / "w.xyz"
    path.write_bytes(WATER)
    with path.open("rb") as binary, path.open() as text:
        stream = io.BytesIO(WATER)
        stream.name = "upload.xyz"
        sources = [path, str(path), WATER, bytearray(WATER), binary, text, stream, io.StringIO("")]
        sources[-1] = io.StringIO(WATER.decode())
        names = []
        for source in sources:
            (structure,) = read(source)
            assert structure.formula == "H2O"
            names.append(structure.source)
        assert not binary.closed and not stream.closed
        # A second reading starts at the beginning again, as a page's rerun needs.
        assert len(read(stream)) == 1
    assert names == [str(path)] * 2 + ["data"] * 2 + [str(path)] * 2 + ["upload.xyz", "data"]
    assert read(path, name="shown.xyz")[0].source == "shown.xyz"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WATER)))
    assert read("-")[0].source == "stdin"


def test_a_pipe_that_cannot_seek(tmp_path):
    program = "from gamnet.structures.reading import read; print([s.formula for s in read('-')])"
    result = subprocess.run(
        [sys.executable, "-c", program],
        input=WATER + WATER, capture_output=True, check=True, cwd=Path(gamnet.__file__).parents[1],
    )  # fmt: skip
    assert result.stdout.decode().strip() == "['H2O', 'H2O']"
    assert result.stderr == b""


# --- resources, noise, safety --------------------------------------------------------------------


@pytest.mark.parametrize(("frame", "name"), [(WATER, "w.xyz"), (b"CC\n", "w.smi")])
def test_frames_are_read_when_asked_for(frame, name):
    n_frames = 400_000 // len(frame)
    stream = io.BytesIO(frame * n_frames)
    frames = iter_structures(stream, name=name)
    assert next(frames).frame == 0
    assert stream.tell() < 50_000
    frames.close()
    assert not stream.closed


def test_frames_are_not_kept_in_memory(tmp_path):
    import tracemalloc

    path = tmp_path / "long.extxyz"
    path.write_bytes(WATER * 5_000)
    tracemalloc.start()
    assert sum(1 for _ in iter_structures(path)) == 5_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000  # keeping them all takes four times as much


def test_heavy_libraries_are_imported_when_needed(data):
    program = (
        "import sys, gamnet.structures.reading as r\n"
        f"r.read({str(data / 'thymine.xyz')!r}); r.read({str(data / 'slab_md.extxyz')!r})\n"
        "print([m for m in ('rdkit', 'pymatgen', 'torch', 'pandas') if m in sys.modules])"
    )
    root = Path(gamnet.__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert result.stdout.strip() == "[]"


def test_libraries_are_kept_quiet(data, capfd, recwarn):
    for source in ("smiles:C1CC", "smiles:[U]", "smiles:[H+]"):
        list(iter_structures(source))
    for path in sorted(filter(Path.is_file, data.iterdir())):
        text = path.read_bytes()
        list(iter_structures(text, name=path.name))
        list(iter_structures(text[: len(text) // 2], name=path.name))
    assert capfd.readouterr() == ("", "")
    assert list(recwarn) == []


def test_nothing_is_unpickled_or_imported_by_name(data, monkeypatch, tmp_path):
    def forbidden(*_args, **_kwargs):
        raise AssertionError("unpickling")

    monkeypatch.setattr(pickle, "loads", forbidden)
    monkeypatch.setattr(pickle, "load", forbidden)
    monkeypatch.setattr(pickle, "Unpickler", forbidden)
    for path in sorted(filter(Path.is_file, data.iterdir())):
        list(iter_structures(path))
    marker = tmp_path / "created"
    evil = json.loads((data / "structure.json").read_text())
    call = {"@module": "pathlib", "@class": "Path", "@callable": "touch", "args": [str(marker)]}
    evil["sites"][0]["properties"] = {"magmom": call}
    evil["properties"] = {"x": call}
    from monty.json import MontyDecoder

    monkeypatch.setattr(MontyDecoder, "process_decoded", forbidden)
    assert read(json.dumps(evil).encode(), name="x.json")[0].formula == "OTi"
    assert "holds no pymatgen structure" in error_of(json.dumps(call).encode(), name="x.json")


def test_numbers_of_a_long_file_name_do_not_fill_the_message():
    assert len(error_of(b"hello", name="x" * 10_000)) < 500


def _corrupt(rng: random.Random, content: bytes) -> bytes:
    kind = rng.randrange(6)
    if kind == 0:
        return content[: rng.randrange(len(content))]
    if kind == 1:
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 5)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        return bytes(damaged)
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    if kind == 2:
        del lines[k]
    elif kind == 3:
        lines.insert(k, rng.choice(lines))
    elif kind == 4:
        other = rng.randrange(len(lines))
        lines[k], lines[other] = lines[other], lines[k]
    else:
        words = lines[k].split(b" ")
        odd = [b"nan", b"-1", b"99999999999", b"1e400", b"", b"Q", b"\xff\xfe", b"'", b"0"]
        words[rng.randrange(len(words))] = rng.choice(odd)
        lines[k] = b" ".join(words)
    return b"\n".join(lines)


def test_damaged_files_give_our_errors_only(data):
    for path in sorted(filter(Path.is_file, data.glob("[!R]*"))):
        rng, content, outcomes = random.Random(path.name), path.read_bytes(), set()
        for _ in range(12):
            damaged = _corrupt(rng, content)
            items = list(iter_structures(damaged, name=path.name))
            assert items and all(isinstance(item, (Structure, Failure)) for item in items)
            outcomes |= {type(item) for item in items}
            for item in items:
                if isinstance(item, Structure):
                    assert np.isfinite(item.positions).all() and item.n_atoms > 0
            try:
                read(damaged, name=path.name)
            except GAMNetError as error:
                assert "Traceback" not in str(error) and "\n" not in str(error)
        assert Failure in outcomes
