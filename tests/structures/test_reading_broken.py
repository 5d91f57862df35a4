"""Every way in which a file is broken, and what the message says."""

import numpy as np
import pytest
from readings import POSCAR, WATER, error_of, told

from gamnet.errors import ReadError
from gamnet.structures.reading import iter_structures, read
from gamnet.structures.structure import Failure, Structure

# --- xyz dialects --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        WATER.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + WATER,
        WATER.decode().encode("utf-16"),
        WATER + b"\n \n\n",
        b"\n" + WATER,
        WATER.rstrip(),
        WATER.replace(b"water", b"caf\xe9"),
        WATER.replace(b"water", b""),
        WATER.replace(b"water", b"pbc=nonsense free text = 3"),
        WATER.replace(b"O ", b"8 ").replace(b"H ", b"1 "),
        WATER.replace(b"O ", b"o ").replace(b"H ", b"h "),
        WATER.replace(b"O ", b"O1 ").replace(b"H ", b"H12 "),
        WATER.replace(b"0.96", b"9.6E-1 0.1 -0.2 label"),
        b"3\nProperties=id:I:1:pos:R:3:Z:I:1\n1 0 0 0 8\n2 0 0 0.96 1\n3 0.93 0 -0.24 1\n",
    ],
)
def test_xyz_dialects(text):
    (structure,) = read(text, name="w.xyz")
    (oracle,) = read(WATER, name="w.xyz")
    np.testing.assert_array_equal(structure.numbers, oracle.numbers)
    np.testing.assert_array_equal(structure.positions, oracle.positions)
    assert not structure.periodic and structure.info.notes == ()


def test_deuterium_is_hydrogen_with_a_warning():
    (structure,) = read(WATER.replace(b"H 0 ", b"D 0 "), name="w.xyz")
    assert structure.formula == "H2O"
    assert structure.info.isotopes == ("2H",) and "Isotopes (2H)" in told(structure)[0]


@pytest.mark.parametrize("name", ["three_records.sdf", "two_models.pdb"])
def test_deuterium_in_molecule_files(data, name):
    text = (data / name).read_text()
    text = (
        text.replace(" H  ", " D  ") if name.endswith("sdf") else text.replace(" H  \n", " D  \n")
    )
    structure = read(text.encode(), name=name)[0]
    assert structure.formula == "C2H6O"
    assert any("Isotopes" in sentence for sentence in told(structure))


def test_qm9_raw_file(data):
    text = (data / "dsgdb9nsd_000001.xyz").read_bytes()
    first, second = read(text + text, name="raw.xyz")
    assert first.formula == "CH4" and first.info.title == "gdb 1"
    assert first.info.smiles == "C"
    assert first.positions[2, 2] == pytest.approx(2.765748e-4)
    np.testing.assert_array_equal(first.positions, second.positions)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"O 0", b"Zz 0", "Line 3: Unknown element 'Zz'. Use element symbols"),
        (b"O 0", b"X 0", "Line 3: 'X' is a dummy atom, not an element. Remove"),
        (b"O 0", b"0 0", "Line 3: Unknown element '0'"),
        (b"O 0", b"119 0", "Line 3: Unknown element '119'"),
        (b"O 0", b"<img> 0", "Line 3: Unknown element '<img>'"),
        (b"0.96", b"nan", "Atom 1 has a coordinate that is NaN or infinite (0, 0, nan)"),
        (b"0.96", b"-inf", "Atom 1 has a coordinate that is NaN or infinite"),
        (b"0.96", b"1e400", "Atom 1 has a coordinate that is NaN or infinite"),
        (b"0.96", b"0,96", "Line 4: '0,96' is not a number"),
        (b"0.96", b"0_96", "Line 4: '0_96' is not a number"),
        (b"0.96", b"0.001", "Atoms 0 and 1 are at one place (0.001 A apart)"),
        (b"0.96", b"", "Line 4: expected a symbol and three coordinates, found 'H 0 0'"),
        (b"3\n", b"4\n", "Line 1 announces 4 atoms, but 3 follow. Correct the number"),
        (b"3\n", b"2\n", "Line 1 announces 2 atoms, but more text follows them in line 5"),
        (b"3\nwater\n", b"3\n", "Line 1 announces 3 atoms, but 2 follow"),
        (b"3\n", b"-3\n", "Line 1: expected the number of atoms, found '-3'"),
        (b"3\n", b"3.0\n", "Line 1: expected the number of atoms, found '3.0'"),
        (WATER, b"0\nnothing\n", "The structure has no atoms"),
        (WATER, b"3\n", "Line 1 announces 3 atoms, but the file ends there"),
        (WATER, WATER[:25], "Line 1 announces 3 atoms, but 2 follow"),
        (b"water", b'Lattice="1 2 3"', "The comment line is not valid extended xyz"),
        (b"water", b'Properties=pos:R:3', "The comment line's Properties have no elements"),
        (b"water", b'Properties=species:S:1', "The comment line's Properties have no positions"),
        (b"water", b'Lattice="9 0 0 0 9 0 0 0 9" pbc=maybe', "pbc is 'maybe'"),
        (b"water", b'Lattice="9 0 0 9 0 0 0 0 9"', "The cell vectors are parallel"),
        (b"water", b'Properties=species:S:1:pos:R:3 pbc="T T T"', "periodic but has no lattice"),
    ],
)  # fmt: skip
def test_bad_xyz(old, new, message):
    assert old in WATER
    text = error_of(WATER.replace(old, new, 1), name="w.xyz")
    assert message in text
    assert text.startswith("'w.xyz': ")


def test_one_bad_frame_does_not_stop_the_others():
    unreadable = WATER.replace(b"0.96", b"oops")
    short = WATER.replace(b"3\n", b"4\n", 1)
    long = WATER.replace(b"3\n", b"2\n", 1)
    clash = WATER.replace(b"0.96", b"0.01")
    text = WATER + unreadable + WATER + short + WATER + long + WATER + clash + WATER
    items = list(iter_structures(text, name="w.xyz"))
    assert [type(item) for item in items] == [Structure, Failure] * 4 + [Structure]
    assert [item.frame for item in items] == list(range(9))
    assert items[1].error.startswith("'w.xyz', frame 1: Line 9: 'oops' is not a number")
    assert items[1].source == "w.xyz"
    with pytest.raises(ReadError, match="frame 1: Line 9"):
        read(text, name="w.xyz")


# --- other broken files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nFe\n2", "\n2", "The elements are not named"),
        ("\nFe\n", "\nQq\n", "Unknown element 'Qq'"),
        ("\n2\n", "\n3\n", "The counts announce 3 atoms, but 2 follow"),
        ("\n2\n", "\n1\n", "The counts announce 1 atoms, but more coordinates follow them"),
        ("\n2\n", "\n99999999999\n", "announce 99999999999 atoms, but 2 follow"),
        ("\n2\n", "\n2 2\n", "There are 1 element symbols but 2 counts"),
        ("\n2\n", "\ntwo\n", "Expected the number of atoms per element, found 'two'"),
        ("0 3 0", "0 x 0", "The coordinates cannot be read (could not convert"),
        ("0 3 0", "6 0 0", "The cell vectors are parallel"),
        ("1.0", "0.0", "A cell vector is 0 A long"),
        ("0.5 0.5 0.5", "1.0 2.0 -1.0", "Atoms 0 and 1 are at one place"),
        ("0.5 0.5 0.5", "0.5 nan 0.5", "NaN or infinite"),
        (POSCAR, POSCAR[:30], "At least 8 lines are needed"),
    ],
)
def test_bad_poscar(old, new, message):
    text = POSCAR.replace(old, new, 1)
    if old == "\nFe\n2":
        text = text.replace("Fe", "some iron", 1)
    assert message in error_of(text.encode(), name="POSCAR")


def test_vasp_4_takes_its_symbols_from_the_comment():
    text = POSCAR.replace("\nFe\n2", "\n2", 1)
    (structure,) = read(text.encode(), name="POSCAR")
    assert structure.formula == "Fe2"


def test_a_bad_xdatcar_frame_does_not_stop_the_others(data):
    lines = (data / "XDATCAR").read_text().splitlines(keepends=True)
    second = [k for k, line in enumerate(lines) if "configuration=" in line][1]
    for damaged in (
        lines[: second + 3] + lines[second + 4 :],
        lines[: second + 3] + lines[second + 2 :],
        [*lines[: second + 3], "0.1 0.2 x\n", *lines[second + 4 :]],
    ):
        items = list(iter_structures("".join(damaged).encode(), name="XDATCAR"))
        assert [type(item) for item in items] == [Structure, Failure, Structure]


def test_bad_cif(data):
    text = error_of(data / "partial_occupancy.cif")
    assert "is partly occupied (Fe:0.5, Co:0.5). Choose one ordered configuration" in text
    good = (data / "two_blocks.cif").read_text()
    broken = good.replace("_cell_length_a", "_cell_length_q", 1)
    failure, structure = iter_structures(broken.encode(), name="x.cif")
    assert isinstance(failure, Failure) and "The cif block 'first' cannot be read" in failure.error
    assert structure.formula == "Cl4Na4"
    site = next(line for line in good.splitlines() if line.strip().startswith("Ti  Ti0"))
    doubled = good.replace(site, site + "\n" + site.replace("Ti0", "Ti9"))
    assert "are at one place (their occupancies" in error_of(doubled.encode(), name="x.cif")
    dummy = good.replace(site, site.replace("Ti  Ti0", "Xx  Xx0"))
    assert "dummy atom or an unknown element" in error_of(dummy.encode(), name="x.cif")
    assert "no data block with atoms" in error_of(good[:200].encode(), name="x.cif")
    mmcif = b"data_1ABC\n_cell.length_a 1\nloop_\n_atom_site.Cartn_x\n1.0\n"
    assert "convert it to pdb" in error_of(mmcif, name="x.cif")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"sites": [', "The file is not valid JSON"),
        ("{}", "This JSON holds no pymatgen structure (found {})"),
        ("[1]", "This JSON holds no pymatgen structure (found 1)"),
        ("[]", "The file holds no structure"),
        ('{"sites": [{}]}', "The JSON is not a pymatgen structure"),
        ('{"sites": []}', "The JSON is not a pymatgen structure|The structure has no atoms"),
        ("[" * 100_000, "The file is not valid JSON"),
        (
            '{"sites": [{"species": [{"element": "C", "occu": 0.5}], "xyz": [0, 0, 0]}]}',
            "is partly occupied",
        ),
        (
            '{"sites": [{"species": [{"element": "C", "occu": 1}], "xyz": [0, 0, NaN]}]}',
            "NaN or infinite",
        ),
        (
            '{"sites": [{"species": [{"element": "Qq", "occu": 1}], "xyz": [0, 0, 0]}]}',
            "The JSON is not a pymatgen structure",
        ),
    ],
)
def test_bad_json(text, message):
    error = error_of(text.encode(), name="x.json")
    assert any(part in error for part in message.split("|"))


def test_bad_mol_records(data):
    good = (data / "ethanol_v3000.mol").read_text()
    assert "no 'M  END' line" in error_of(good[:300].encode(), name="x.mol")
    flat = (data / "ethanol_no_h.mol").read_text()
    assert "Element 'Zz' not found" in error_of(flat.replace(" C ", " Zz ").encode(), name="x.mol")
    assert "has a dummy atom" in error_of(flat.replace(" O ", " * ").encode(), name="x.mol")
    wrong_count = flat.replace("  3  2", "  4  2")
    assert "on line 8" in error_of(wrong_count.encode(), name="x.mol")
    records = (data / "three_records.sdf").read_text().split("$$$$\n")
    records[1] = records[1].replace("M  END", "M  ENX")
    items = list(iter_structures("$$$$\n".join(records).encode(), name="x.sdf"))
    assert [type(item) for item in items] == [Structure, Failure, Structure]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" 6 5", " 7 5", "The mol2 record announces 7 atoms, but 6 follow"),
        ("0.6630", "oops", "An atom line is not 'id name x y z type'"),
        ("C.3", "Qq.3", "The mol2 record cannot be read"),
        ("@<TRIPOS>ATOM", "@<TRIPOS>ATMO", "no atom count or no ATOM section"),
        ("0.6630", "nan", "NaN or infinite"),
    ],
)
def test_bad_mol2(data, old, new, message):
    text = (data / "methanol.mol2").read_text().replace(old, new, 1)
    assert message in error_of(text.encode(), name="x.mol2")


def test_bad_pdb(data):
    text = (data / "two_models.pdb").read_text()
    assert "The last MODEL has no ENDMDL" in error_of(text[:400].encode(), name="x.pdb")
    assert "no three coordinates in columns 31 to 54" in error_of(
        text.replace("1.168", "1.x68", 1).encode(), name="x.pdb"
    )
    assert "The model has no atoms" in error_of(b"MODEL 1\nENDMDL\n", name="x.pdb")
    assert "The file holds no structure" in error_of(b"HEADER    nothing\n", name="x.pdb")


def test_bad_traj(data, tmp_path):
    good = (data / "slab_md.traj").read_bytes()
    assert "not a readable ASE trajectory" in error_of(good[:20], name="x.traj")
    cut = list(iter_structures(good[: len(good) // 2], name="x.traj"))
    assert any(isinstance(item, Failure) for item in cut)
    # The number of images is the fifth 8-byte word: a file must not make us try them all.
    for n_images in (1_000, 2**40):
        path = tmp_path / "x.traj"
        path.write_bytes(good[:32] + n_images.to_bytes(8, "little") + good[40:])
        (failure,) = iter_structures(path)
        assert "not a readable ASE trajectory" in failure.error
