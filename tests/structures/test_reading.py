"""Reading against ASE, pymatgen and RDKit; SMILES and QM9; names, sources, formats."""

import json

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
from readings import assert_same, error_of, told

import gamnet
from gamnet.errors import ReadError, UnknownDatasetError
from gamnet.structures.facts import ETKDG_MMFF, StructureInfo
from gamnet.structures.formats.molecules import drawn_smiles
from gamnet.structures.reading import SCHEMES, iter_structures, read
from gamnet.structures.structure import Failure, Structure, make_structure


def test_xyz(data):
    (structure,) = read(data / "thymine.xyz")
    assert_same(structure, ase.io.read(data / "thymine.xyz"))
    assert structure.formula == "C5H6N2O2"
    assert structure.source == str(data / "thymine.xyz") and structure.frame == 0
    assert structure.info == StructureInfo(title="thymine, QM9 Index 29238")


@pytest.mark.parametrize("name", ["slab_md.extxyz", "slab_md.traj"])
def test_trajectories_keep_frames_cell_and_fields(data, name):
    structures = read(data / name)
    for frame, (structure, atoms) in enumerate(
        zip(structures, ase.io.read(data / name, ":"), strict=True)
    ):
        assert_same(structure, atoms)
        np.testing.assert_allclose(structure.lattice, atoms.cell.array)
        assert structure.frame == frame
        assert structure.info.data["label"] == f"step {frame}"
        assert structure.info.data["temperature"] == 300 + 100 * frame


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
    assert structure.info.title == "bcc Fe with one Co, displaced"


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
    assert structure.info.notes == ()


def test_cif_with_several_blocks_skips_those_without_atoms(data):
    first, second = read(data / "two_blocks.cif")
    assert (first.formula, second.formula) == ("OTi", "Cl4Na4")
    assert (first.info.title, second.info.title) == ("first", "second")
    assert (first.frame, second.frame) == (0, 1)


def test_cif_that_does_not_add_up_to_its_formula_warns(data):
    text = (data / "nacl_symmetry.cif").read_text()
    wrong = text.replace("'Na4 Cl4'", "'Na4 Cl4 H8'")
    assert wrong != text
    (structure,) = read(wrong.encode(), name="x.cif")
    assert any("formula" in sentence for sentence in structure.info.notes)


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
    assert second.info.charge == -1 and second.info.unpaired == 0
    oxygen = PymatgenMolecule(["O", "O"], [[0, 0, 0], [0, 0, 1.2]], spin_multiplicity=3)
    (triplet,) = read(json.dumps(oxygen.as_dict()).encode(), name="x.json")
    assert triplet.info.unpaired == 2
    iron = PymatgenStructure(Lattice.cubic(3), ["Fe3+"], [[0.5, 0.25, 0]])
    iron.add_spin_by_element({"Fe": 5})
    (spin,) = read(json.dumps(iron.as_dict()).encode(), name="x.json")
    assert spin.symbols == ("Fe",)
    np.testing.assert_allclose(spin.positions, iron.cart_coords)


def test_sdf_records(data):
    structures = read(data / "three_records.sdf")
    supplier = Chem.SDMolSupplier(str(data / "three_records.sdf"), removeHs=False)
    for structure, mol in zip(structures, supplier, strict=True):
        np.testing.assert_allclose(structure.positions, mol.GetConformer().GetPositions())
        assert list(structure.symbols) == [atom.GetSymbol() for atom in mol.GetAtoms()]
        assert structure.info.title == mol.GetProp("_Name")
        assert structure.info.data == {"ID": mol.GetProp("ID")}
    assert [s.info.charge for s in structures] == [0, 0, -1]
    assert structures[0].info.notes == ()
    assert "charge -1" in told(structures[2])[0]


def test_v3000_and_mol2_and_pdb(data):
    assert read(data / "ethanol_v3000.mol")[0].formula == "C2H6O"
    (methanol,) = read(data / "methanol.mol2")
    assert methanol.formula == "CH4O" and methanol.info.title == "methanol"
    np.testing.assert_allclose(methanol.positions[1], [-0.0467, -0.7580, 0.0])
    structures = read(data / "two_models.pdb")
    assert [s.frame for s in structures] == [0, 1]
    for structure, atoms in zip(structures, ase.io.read(data / "two_models.pdb", ":"), strict=True):
        assert_same(structure, atoms)


def test_a_drawing_is_embedded_and_says_so(data):
    (structure,) = read(data / "alanine_2d.mol")
    assert structure.formula == "C3H7NO2"
    assert np.ptp(structure.positions, axis=0).min() > 0.5
    assert structure.info.notes[0] == "The file is a 2D drawing without 3D coordinates."
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
    assert told(structure)[0].startswith("6 hydrogen atoms have no coordinates")
    pdb = (data / "two_models.pdb").read_text().splitlines(keepends=True)
    heavy = "".join(line for line in pdb if line[76:78].strip() != "H")
    assert "no hydrogen atoms" in told(read(heavy.encode(), name="x.pdb")[0])[0]


def test_pdb_cell_and_crystal_symmetry(data):
    atoms = "".join((data / "two_models.pdb").read_text().splitlines(keepends=True)[1:10])
    cell = "CRYST1   10.000   11.000   12.000  90.00  90.00 100.00 {}\n"
    (p1,) = read((cell.format("P 1") + atoms).encode(), name="x.pdb")
    np.testing.assert_allclose(
        ase.geometry.cell_to_cellpar(p1.lattice), [10, 11, 12, 90, 90, 100], atol=1e-6
    )
    (other,) = read((cell.format("P 21 21 21") + atoms).encode(), name="x.pdb")
    assert other.lattice is None and "P 21 21 21" in other.info.notes[0]
    nmr = "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1\n"
    (single,) = read((nmr + atoms).encode(), name="x.pdb")
    assert single.lattice is None and single.info.notes == ()


def test_pdb_alternate_locations_take_the_first(data):
    line = (data / "two_models.pdb").read_text().splitlines()[1]
    first, second = (line[:16] + mark + line[17:] for mark in "AB")
    text = f"{first}\n{second.replace('1.168', '1.300')}\nEND\n"
    (structure,) = read(text.encode(), name="x.pdb")
    assert structure.n_atoms == 1
    assert any("1 atoms at alternate locations" in w for w in structure.info.notes)


# --- SMILES and QM9 ------------------------------------------------------------------------------


def test_smiles_gives_all_hydrogens_and_the_same_geometry_every_time():
    (first,), (again,) = read("smiles:CCO"), read("smiles:CCO")
    assert first.formula == "C2H6O" and first.source == "smiles:CCO"
    assert first.symbols[:3] == ("C", "C", "O")
    np.testing.assert_array_equal(first.positions, again.positions)
    assert first.info.geometry == ETKDG_MMFF
    assert "not by DFT" in told(first)[0] and "0.2 eV" in told(first)[0]
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
    assert any(sentence in text for text in told(structure))


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
    # What was typed is named once, and not again as a source.
    assert message in text and "smiles:" not in text.split(". ")[0]


def test_smiles_file():
    items = list(iter_structures(b"CCO ethanol\n\nC1CC\nC\n", name="x.smi"))
    assert [type(item) for item in items] == [Structure, Failure, Structure]
    assert items[0].info.title == "ethanol" and items[2].frame == 2


def test_a_scheme_is_read_by_whom_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def structure(id: str) -> Structure:
        if id != "1":
            raise UnknownDatasetError(f"Toys have no {id}")
        return make_structure([8], [[0, 0, 0]], source="toys:1")

    monkeypatch.setitem(SCHEMES, "toys", structure)
    assert read("toys:1")[0].source == read("Toys:1")[0].source == "toys:1"
    with pytest.raises(UnknownDatasetError, match="Toys have no 2"):
        read("toys:2")
    (failure,) = iter_structures("toys:2")
    assert failure == Failure("toys:2", 0, "Toys have no 2.")


def test_qm9() -> None:
    (thymine,) = gamnet.read("qm9:29238")
    assert thymine.formula == "C5H6N2O2" and thymine.source == "qm9:29238"
    for text in ("abc", "-1"):
        with pytest.raises(ReadError, match="is not a QM9 Index"):
            gamnet.read(f"qm9:{text}")
    with pytest.raises(UnknownDatasetError, match="No molecule 999999 in QM9"):
        gamnet.read("qm9:999999")
