"""Reading: each format against ASE, pymatgen or RDKit, and every way in which a file is broken."""

import gzip
import io
import json
import os
import pickle
import random
import subprocess
import sys
import threading
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from pymatgen.core import Lattice
from pymatgen.core import Molecule as PymatgenMolecule
from pymatgen.core import Structure as PymatgenStructure
from rdkit import Chem
from rdkit.Chem import AllChem

import gamnet
from gamnet.errors import GAMNetError, ReadError, StructureError, UnknownDatasetError
from gamnet.readers.molecules import drawn_smiles
from gamnet.reading import iter_structures, read
from gamnet.structures import Failure, Structure, make_structure

WATER = b"3\nwater\nO 0 0 0\nH 0 0 0.96\nH 0.93 0 -0.24\n"


def assert_same(structure: Structure, atoms: Atoms, atol: float = 1e-6) -> None:
    np.testing.assert_array_equal(structure.numbers, atoms.numbers)
    np.testing.assert_allclose(structure.positions, atoms.positions, atol=atol)
    assert structure.pbc == tuple(atoms.pbc)
    if atoms.pbc.all():
        np.testing.assert_allclose(structure.lattice, atoms.cell.array, atol=atol)


def error_of(source, **options) -> str:
    with pytest.raises((ReadError, StructureError)) as caught:
        read(source, **options)
    return str(caught.value)


# --- against the libraries -----------------------------------------------------------------------


def test_xyz(data):
    (structure,) = read(data / "thymine.xyz")
    assert_same(structure, ase.io.read(data / "thymine.xyz"))
    assert structure.formula == "C5H6N2O2"
    assert structure.source == str(data / "thymine.xyz") and structure.frame == 0
    assert structure.info == {"title": "thymine, QM9 Index 29238", "warnings": ()}


@pytest.mark.parametrize("name", ["slab_md.extxyz", "slab_md.traj"])
def test_trajectories_keep_frames_cell_and_fields(data, name):
    structures = read(data / name)
    for frame, (structure, atoms) in enumerate(
        zip(structures, ase.io.read(data / name, ":"), strict=True)
    ):
        assert_same(structure, atoms)
        np.testing.assert_allclose(structure.lattice, atoms.cell.array)
        assert structure.frame == frame
        assert structure.info["data"]["label"] == f"step {frame}"
        assert structure.info["data"]["temperature"] == 300 + 100 * frame


@pytest.mark.parametrize("file_format", ["extxyz", "xyz", "vasp", "cif", "proteindatabank", "traj"])
def test_round_trip_through_ase(tmp_path, file_format):
    rng = np.random.default_rng(1)
    if file_format in ("vasp", "cif"):
        atoms = bulk("ZnS", "zincblende", a=5.41).repeat((2, 1, 1))
        atoms.positions += rng.normal(size=atoms.positions.shape) * 0.05
        atoms = atoms[np.argsort(atoms.numbers, kind="stable")]
    else:
        atoms = molecule("C6H6")
        atoms.positions += rng.normal(size=atoms.positions.shape) * 0.05
    suffix = {"proteindatabank": "pdb"}.get(file_format, file_format)
    path = tmp_path / f"x.{suffix}"
    ase.io.write(path, atoms, format=file_format)
    (structure,) = read(path)
    if file_format == "cif":  # the orientation of the cell is not part of a cif
        np.testing.assert_allclose(
            np.sort(pair_distances(structure)), np.sort(pair_distances(atoms)), atol=1e-3
        )
        assert sorted(structure.numbers) == sorted(atoms.numbers)
    else:
        assert_same(structure, atoms, atol=1e-3 if suffix == "pdb" else 1e-6)


def pair_distances(structure) -> np.ndarray:
    cell = structure.lattice if isinstance(structure, Structure) else structure.cell.array
    atoms = Atoms(numbers=structure.numbers, positions=structure.positions, cell=cell, pbc=True)
    return atoms.get_all_distances(mic=True)[np.triu_indices(len(atoms), 1)]


def test_poscar_with_selective_dynamics_and_velocities(data):
    (structure,) = read(data / "POSCAR")
    assert_same(structure, ase.io.read(data / "POSCAR", format="vasp"))
    assert structure.symbols == ("Fe", "Co")
    assert structure.info["title"] == "bcc Fe with one Co, displaced"


def test_xdatcar(data):
    structures = read(data / "XDATCAR")
    oracle = ase.io.read(data / "XDATCAR", ":", format="vasp-xdatcar")
    for structure, atoms in zip(structures, oracle, strict=True):
        assert_same(structure, atoms)
    assert [s.frame for s in structures] == [0, 1, 2]


def test_xdatcar_with_a_cell_per_frame(data):
    text = (data / "XDATCAR").read_text()
    start = text.index("Direct configuration")
    header, rest = text[:start], text[start:]
    blocks = ["Direct configuration" + part for part in rest.split("Direct configuration")[1:]]
    wider = header.replace("5.640000", "6.640000")
    structures = read((header + blocks[0] + wider + blocks[1]).encode(), name="XDATCAR")
    assert [round(s.lattice[0, 0], 2) for s in structures] == [5.64, 6.64]
    assert [s.n_atoms for s in structures] == [8, 8]


def test_cif_applies_symmetry(data):
    (structure,) = read(data / "nacl_symmetry.cif")
    oracle = PymatgenStructure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    assert structure.formula == "Cl4Na4"
    ours = PymatgenStructure(
        structure.lattice, structure.numbers, structure.positions, coords_are_cartesian=True
    )
    assert ours.matches(oracle, scale=False, primitive_cell=False)
    assert structure.info["warnings"] == ()


def test_cif_with_several_blocks_skips_those_without_atoms(data):
    first, second = read(data / "two_blocks.cif")
    assert (first.formula, second.formula) == ("OTi", "Cl4Na4")
    assert (first.info["title"], second.info["title"]) == ("first", "second")
    assert (first.frame, second.frame) == (0, 1)


def test_cif_that_does_not_add_up_to_its_formula_warns(data):
    text = (data / "nacl_symmetry.cif").read_text()
    wrong = text.replace("'Na4 Cl4'", "'Na4 Cl4 H8'")
    assert wrong != text
    (structure,) = read(wrong.encode(), name="x.cif")
    assert any("formula" in sentence for sentence in structure.info["warnings"])


def test_pymatgen_json(data):
    (structure,) = read(data / "structure.json")
    oracle = PymatgenStructure.from_dict(json.loads((data / "structure.json").read_text()))
    np.testing.assert_allclose(structure.positions, oracle.cart_coords)
    np.testing.assert_allclose(structure.lattice, oracle.lattice.matrix)
    assert structure.numbers.tolist() == list(oracle.atomic_numbers)
    crystal, water = read(data / "mixed_list.json")
    assert crystal.periodic and water.formula == "H2O" and water.lattice is None


def test_pymatgen_slab_and_charge():
    lattice = Lattice(np.diag([3.0, 3.0, 20.0]), pbc=(True, True, False))
    slab = PymatgenStructure(lattice, ["C"], [[0, 0, 0]])
    ion = PymatgenMolecule(["N", "H", "H"], [[0, 0, 0], [0, 0, 1], [0, 1, 0]], charge=-1)
    text = json.dumps([slab.as_dict(), {"structure": ion.as_dict()}])
    first, second = read(text.encode(), name="x.json")
    assert first.pbc == (True, True, False)
    assert second.info["charge"] == -1


def test_sdf_records(data):
    structures = read(data / "three_records.sdf")
    supplier = Chem.SDMolSupplier(str(data / "three_records.sdf"), removeHs=False)
    for structure, mol in zip(structures, supplier, strict=True):
        np.testing.assert_allclose(structure.positions, mol.GetConformer().GetPositions())
        assert list(structure.symbols) == [atom.GetSymbol() for atom in mol.GetAtoms()]
        assert structure.info["title"] == mol.GetProp("_Name")
        assert structure.info["data"] == {"ID": mol.GetProp("ID")}
    assert [s.info["charge"] for s in structures] == [0, 0, -1]
    assert structures[0].info["warnings"] == ()
    assert "charge -1" in structures[2].info["warnings"][0]


def test_v3000_and_mol2_and_pdb(data):
    assert read(data / "ethanol_v3000.mol")[0].formula == "C2H6O"
    (methanol,) = read(data / "methanol.mol2")
    assert methanol.formula == "CH4O" and methanol.info["title"] == "methanol"
    np.testing.assert_allclose(methanol.positions[1], [-0.0467, -0.7580, 0.0])
    structures = read(data / "two_models.pdb")
    assert [s.frame for s in structures] == [0, 1]
    for structure, atoms in zip(structures, ase.io.read(data / "two_models.pdb", ":"), strict=True):
        assert_same(structure, atoms)


def test_a_drawing_is_embedded_and_says_so(data):
    (structure,) = read(data / "alanine_2d.mol")
    assert structure.formula == "C3H7NO2"
    assert np.ptp(structure.positions, axis=0).min() > 0.5
    assert structure.info["warnings"][0] == "The file is a 2D drawing without 3D coordinates."
    # The wedge of the drawing is L-alanine, and stays so.
    mol = Chem.RWMol(Chem.AddHs(Chem.MolFromMolFile(str(data / "alanine_2d.mol"))))
    conformer = Chem.Conformer(structure.n_atoms)
    conformer.SetPositions(structure.positions.copy())
    mol.AddConformer(conformer)
    Chem.AssignStereochemistryFrom3D(mol)
    assert Chem.FindMolChiralCenters(mol) == [(1, "S")]


@pytest.mark.parametrize(
    "smiles",
    ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "F/C=C/F", "F/C=C\\F", "c1ccncc1", "[H][H]", "[CH3]",
     "C[NH3+]", "Cc1c[nH]c(=O)[nH]c1=O", "CO.CC"],
)  # fmt: skip
def test_a_drawing_has_the_smiles_of_what_was_drawn(smiles):
    mol = Chem.MolFromSmiles(smiles)
    AllChem.Compute2DCoords(mol)
    assert drawn_smiles(Chem.MolToMolBlock(mol)) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize(
    "smiles, message",
    [
        ("", "The drawing is empty. Draw at least one atom"),
        ("C(C)(C)(C)(C)C", "not a possible molecule .*valence.*Correct its bonds or charges"),
        ("*C", "The drawing has a dummy atom 'R'"),
    ],
)
def test_an_impossible_drawing_is_refused(smiles, message):
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    AllChem.Compute2DCoords(mol)
    with pytest.raises(ReadError, match=message):
        drawn_smiles(Chem.MolToMolBlock(mol, kekulize=False))
    with pytest.raises(ReadError, match="not a possible molecule"):
        drawn_smiles("<script>")


def test_missing_hydrogens_are_reported(data):
    (structure,) = read(data / "ethanol_no_h.mol")
    assert structure.formula == "C2O"
    assert structure.info["warnings"][0].startswith("6 hydrogen atoms have no coordinates")
    pdb = (data / "two_models.pdb").read_text().splitlines(keepends=True)
    heavy = "".join(line for line in pdb if line[76:78].strip() != "H")
    assert "no hydrogen atoms" in read(heavy.encode(), name="x.pdb")[0].info["warnings"][0]


def test_pdb_cell_and_crystal_symmetry(data):
    atoms = "".join((data / "two_models.pdb").read_text().splitlines(keepends=True)[1:10])
    cell = "CRYST1   10.000   11.000   12.000  90.00  90.00 100.00 {}\n"
    (p1,) = read((cell.format("P 1") + atoms).encode(), name="x.pdb")
    np.testing.assert_allclose(
        ase.geometry.cell_to_cellpar(p1.lattice), [10, 11, 12, 90, 90, 100], atol=1e-6
    )
    (other,) = read((cell.format("P 21 21 21") + atoms).encode(), name="x.pdb")
    assert other.lattice is None and "P 21 21 21" in other.info["warnings"][0]
    nmr = "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1\n"
    (single,) = read((nmr + atoms).encode(), name="x.pdb")
    assert single.lattice is None and single.info["warnings"] == ()


def test_pdb_alternate_locations_take_the_first(data):
    line = (data / "two_models.pdb").read_text().splitlines()[1]
    first, second = (line[:16] + mark + line[17:] for mark in "AB")
    text = f"{first}\n{second.replace('1.168', '1.300')}\nEND\n"
    (structure,) = read(text.encode(), name="x.pdb")
    assert structure.n_atoms == 1
    assert any("1 atoms at alternate locations" in w for w in structure.info["warnings"])


# --- SMILES and QM9 ------------------------------------------------------------------------------


def test_smiles_gives_all_hydrogens_and_the_same_geometry_every_time():
    (first,), (again,) = read("smiles:CCO"), read("smiles:CCO")
    assert first.formula == "C2H6O" and first.source == "smiles:CCO"
    assert first.symbols[:3] == ("C", "C", "O")
    np.testing.assert_array_equal(first.positions, again.positions)
    assert first.info["geometry"] == "ETKDG + MMFF94"
    assert "not by DFT" in first.info["warnings"][0] and "0.2 eV" in first.info["warnings"][0]
    bonds = np.linalg.norm(first.positions[[0, 1]] - first.positions[[1, 2]], axis=1)
    np.testing.assert_allclose(bonds, [1.52, 1.42], atol=0.03)


@pytest.mark.parametrize(
    ("smiles", "sentence"),
    [
        ("[NH4+]", "charge +1"),
        ("[CH3]", "unpaired electrons"),
        ("[2H]C", "Isotopes"),
        ("CC(F)Cl", "1 stereocentre is left open"),
        ("CC(F)C(Cl)Br", "2 stereocentres are left open"),
        ("F[Pt](F)(F)F", "No force field"),
        ("[H][H]", "ETKDG + UFF"),
    ],
)
def test_smiles_warnings(smiles, sentence):
    (structure,) = read(f"smiles:{smiles}")
    assert any(sentence in warning for warning in structure.info["warnings"])


@pytest.mark.parametrize(
    ("smiles", "message"),
    [
        ("", "The SMILES is empty"),
        ("C1CC", "is not a valid SMILES (unclosed ring"),
        ("c1cccc1", "is not a valid SMILES (Can't kekulize"),
        ("C(C)(C)(C)(C)C", "is not a valid SMILES (Explicit valence"),
        ("hello", "is not a valid SMILES (syntax error"),
        ("C\u00e9", "is not a valid SMILES"),
        ("<b>C</b>", "is not a valid SMILES"),
        ("*C", "has a dummy atom '*' (atom 0)"),
        ("[Na+].[Cl-]", "has 2 separate fragments"),
        ("CCO.O", "Give one molecule, such as CCO, or a file with coordinates"),
        ("C1C[C@H]2C[C@H]1CC2", "No 3D geometry was found"),
        ("C" * 100, "302 atoms with its hydrogens: too many"),
    ],
)
def test_bad_smiles(smiles, message):
    text = error_of(f"smiles:{smiles}")
    assert message in text and text.startswith("'smiles:")


def test_smiles_file():
    items = list(iter_structures(b"CCO ethanol\n\nC1CC\nC\n", name="x.smi"))
    assert [type(item) for item in items] == [Structure, Failure, Structure]
    assert items[0].info["title"] == "ethanol" and items[2].frame == 2


def test_qm9(monkeypatch):
    import gamnet.datasets.qm9 as qm9

    def structure(index: int) -> Structure:
        if index != 1:
            raise UnknownDatasetError(f"QM9 has no molecule {index}")
        return make_structure([8], [[0, 0, 0]], source="qm9:1")

    monkeypatch.setattr(qm9, "structure", structure)
    assert read("qm9:1")[0].source == "qm9:1"
    assert "is not a QM9 Index" in error_of("qm9:abc")
    assert "is not a QM9 Index" in error_of("qm9:-1")
    with pytest.raises(UnknownDatasetError, match="QM9 has no molecule 2"):
        read("qm9:2")
    (failure,) = iter_structures("qm9:2")
    assert failure == Failure("qm9:2", 0, "QM9 has no molecule 2.")


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
    assert not structure.periodic and structure.info["warnings"] == ()


def test_deuterium_is_hydrogen_with_a_warning():
    (structure,) = read(WATER.replace(b"H 0 ", b"D 0 "), name="w.xyz")
    assert structure.formula == "H2O"
    assert "treated as ordinary hydrogen" in structure.info["warnings"][0]


@pytest.mark.parametrize("name", ["three_records.sdf", "two_models.pdb"])
def test_deuterium_in_molecule_files(data, name):
    text = (data / name).read_text()
    text = (
        text.replace(" H  ", " D  ") if name.endswith("sdf") else text.replace(" H  \n", " D  \n")
    )
    structure = read(text.encode(), name=name)[0]
    assert structure.formula == "C2H6O"
    assert any("Isotopes" in sentence for sentence in structure.info["warnings"])


def test_qm9_raw_file(data):
    text = (data / "dsgdb9nsd_000001.xyz").read_bytes()
    first, second = read(text + text, name="raw.xyz")
    assert first.formula == "CH4" and first.info["title"] == "gdb 1"
    assert first.info["smiles"] == "C"
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

POSCAR = "Fe\n1.0\n3 0 0\n0 3 0\n0 0 3\nFe\n2\nDirect\n0 0 0\n0.5 0.5 0.5\n"


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


# --- formats, names, sources ---------------------------------------------------------------------


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
        says_so = any("it was read as" in w for w in structures[0].info["warnings"])
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
    program = "from gamnet.reading import read; print([s.formula for s in read('-')])"
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
        "import sys, gamnet.reading as r\n"
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
    for path in sorted(data.iterdir()):
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
    for path in sorted(data.iterdir()):
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
    for path in sorted(data.glob("[!R]*")):
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


# --- electrons and hydrogens ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["charge=1", "total_charge=1.0"])
def test_extended_xyz_tells_charge_and_multiplicity(key: str) -> None:
    (ion,) = read(f"1\nProperties=species:S:1:pos:R:3 {key}\nLi 0 0 0\n".encode())
    assert ion.info["charge"] == 1 and "charge +1" in ion.info["warnings"][0]
    text = WATER.decode().replace("water", "Properties=species:S:1:pos:R:3 multiplicity=3")
    (triplet,) = read(text.encode())
    assert triplet.info["unpaired"] == 2 and "charge" not in triplet.info
    assert triplet.info["data"] == {"multiplicity": 3}


def test_a_molecule_without_hydrogens_is_asked_about_in_every_format(tmp_path: Path) -> None:
    bare = Atoms("C2", [[0, 0, 0], [0, 0, 1.3]])
    ase.io.write(tmp_path / "bare.xyz", bare)
    ase.io.write(tmp_path / "bare.traj", bare)
    PymatgenMolecule(["C", "C"], bare.positions).to(str(tmp_path / "bare.json"))
    for path in sorted(tmp_path.iterdir()):
        (structure,) = read(path)
        assert any("no hydrogen atoms" in text for text in structure.info["warnings"]), path
    bare.cell, bare.pbc = np.eye(3) * 5, True  # a crystal need not have any
    ase.io.write(tmp_path / "cell.extxyz", bare)
    (crystal,) = read(tmp_path / "cell.extxyz")
    assert crystal.info["warnings"] == ()


def test_frames_converted_from_qm9_without_their_footer_are_all_there() -> None:
    frame = WATER.replace(b"water", b"gdb 3\t799.58 437.9")
    structures = read(frame * 3)
    assert [s.frame for s in structures] == [0, 1, 2]
    assert {s.info["title"] for s in structures} == {"gdb 3"}


@pytest.mark.parametrize("smiles", ["C[C@H](F)C(=O)~[Na]", "F~I"])
def test_bonds_without_an_order_are_refused_in_words(smiles: str) -> None:
    assert "cannot be given a 3D geometry" in error_of(f"smiles:{smiles}")


def test_json_with_ragged_sites_is_refused_in_words() -> None:
    site = {"species": [{"element": "C", "occu": 1}]}
    text = json.dumps({"sites": [site | {"xyz": [0, 0, 0]}, site | {"xyz": [0, 1]}]})
    assert "not a pymatgen structure" in error_of(text.encode(), name="x.json")


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.xyz"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(WATER,))
    writer.start()
    (structure,) = read(pipe)
    writer.join()
    assert structure.formula == "H2O"
