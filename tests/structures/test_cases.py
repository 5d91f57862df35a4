"""Files as programs write them: each gives the right atoms and facts, or is refused in words.

The files of tests/data/cases are written after public reports of what other readers got wrong.
"""

from pathlib import Path

import ase.build
import ase.io
import numpy as np
import pytest
from ase.data.s22 import create_s22_system
from ase.data.s22 import s22 as complexes
from readings import WATER, assert_same, told

from gamnet.structures.bonds import lacks_hydrogens, n_separate
from gamnet.structures.facts import FILE
from gamnet.structures.reading import iter_structures, read
from gamnet.structures.structure import Failure, Structure

# name -> formula of each frame, a piece of a sentence that must be there ("" for none at all).
ATOMS = {
    "01-altloc-b-only.pdb": (["CH6O2"], "2 separate molecules"),
    "01b-altloc-b-and-c.pdb": (["CH6O2"], "6 atoms at alternate locations were left out"),
    "27g-altloc-all-B-ligand-only.pdb": (["CH4O"], ""),
    "07a-serial-hex.pdb": (["H2O"], ""),
    "07b-serial-stars.pdb": (["H2O"], ""),
    "07c-serial-hybrid36.pdb": (["H2O"], ""),
    "07f-resseq-stars.pdb": (["H2O"], ""),
    "07g-resseq-A000.pdb": (["H2O"], ""),
    "07k-H-names.pdb": (["CH4"], ""),
    "07s-model-no-endmdl.pdb": (["H2O", "H2O"], ""),
    "07z11.pdb": (["CCl"], "guessed from the atoms' names (CL1 as Cl)"),
    "07z14.pdb": (["CFe"], "guessed from the atoms' names (FE as Fe)"),
    "09d-gaff-types.mol2": (["H2O"], "atom types are GAFF's"),
    "11a-planar-no-tag.mol": (["H2O"], ""),
    "11d-planar-H2O2.mol": (["H2O2"], ""),
    "12x-dexp.xyz": (["H2O"], ""),
    "13i-comments.vasp": (["O2Si"], ""),
    "13j-dexp.vasp": (["O2Si"], ""),
    "13w-title-wrong-names.vasp": (["MoS2"], "Mo by the title and S by the symbol"),
    "13x-hash-comments.vasp": (["C2"], ""),
}
REFUSED = {
    "09c-water-model.mol2": "its atom types are not SYBYL's ('OW')",
    "15a-lammps-n2.xyz": "LAMMPS's types, not elements",
    "15b-lammps-benzene.xyz": "LAMMPS's types, not elements",
    "15c-lammps-all-1.xyz": "LAMMPS's types, not elements",
    "15d-ovito-extxyz.xyz": "LAMMPS's types, not elements",
}
# name -> formula, charge, unpaired electrons
ELECTRONS = {
    "10b-ethanediammonium.mol2": ("C2H10N2", 2, 0),
    "10c-methylammonium.mol2": ("CH6N", 1, 0),
    "10f-ethanediammonium.mol": ("C2H10N2", 2, 0),
    "10g-ethanediammonium.pdb": ("C2H10N2", 2, 0),
    "10h-glycolate-charges.mol2": ("C2H4O2", -2, 0),
    "12A-dication-plain-comment.xyz": ("C2H10N2", 2, 0),
    "12l-charge-only.xyz": ("H2O", 1, 0),
    "12q-mult-float.xyz": ("H2O", 0, 2),
    "12r-initial-charges.xyz": ("H2O", 1, 0),
    "22a-o2-triplet.json": ("O2", 0, 2),
    "22b-ch2-triplet.json": ("CH2", 0, 2),
    "22g-initial-charges.extxyz": ("CH4O", 1, 0),
    "22i-mult.traj": ("CH4O", 0, 2),
}


@pytest.fixture
def cases(data: Path) -> Path:
    return data / "cases"


@pytest.mark.parametrize("name", ATOMS)
def test_the_right_atoms_are_read(cases: Path, name: str) -> None:
    structures = read(cases / name)
    formulas, sentence = ATOMS[name]
    assert [s.formula for s in structures] == formulas
    for structure in structures:
        said = told(structure)
        assert any(sentence in text for text in said) if sentence else said == (), said
        assert structure.info.geometry == FILE


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused(cases: Path, name: str) -> None:
    (failure,) = iter_structures(cases / name)
    assert isinstance(failure, Failure) and REFUSED[name] in failure.error


@pytest.mark.parametrize("name", ELECTRONS)
def test_charge_and_spin_are_facts_in_every_format(cases: Path, name: str) -> None:
    (structure,) = read(cases / name)
    formula, charge, unpaired = ELECTRONS[name]
    info = structure.info
    assert (structure.formula, info.charge, info.unpaired) == (formula, charge, unpaired)


def test_numbers_in_place_of_symbols_are_told_of() -> None:
    text = "2\n{}\n1 0 0 0\n1 0 0 1.098\n"
    (structure,) = read(text.format("N2").encode(), name="x.xyz")
    assert "taken as atomic numbers (1 as H)" in told(structure)[0]
    explicit = text.format("Properties=Z:I:1:pos:R:3").encode()
    assert told(read(explicit, name="x.xyz")[0]) == ()
    # The step of a simulation does not make symbols, or ids before them, types.
    dump = "2\nTimestep=7 Properties=id:I:1:species:S:1:pos:R:3\n1 N 0 0 0\n2 N 0 0 1.1\n"
    assert read(dump.encode(), name="x.xyz")[0].formula == "N2"


@pytest.mark.parametrize(
    ("comment", "charge", "unpaired"),
    [
        ("charge=-1 mult=2", -1, 1),
        ("Charge: +2, multiplicity = 3", 2, 2),
        ("Properties=species:S:1:pos:R:3 total_charge=-1 spin_multiplicity=2", -1, 1),
        ("Properties=species:S:1:pos:R:3 Charge=1.0 Multiplicity=2.0", 1, 1),
        ("discharge=4, recharge=2", 0, 0),
        ("charge unknown", 0, 0),
        ("charge=0.0", 0, 0),
    ],
)
def test_comments_state_charge_and_multiplicity(comment: str, charge: int, unpaired: int) -> None:
    (structure,) = read(WATER.replace(b"water", comment.encode()), name="w.xyz")
    assert (structure.info.charge, structure.info.unpaired) == (charge, unpaired)
    assert structure.info.notes == ()


def test_a_charge_that_is_no_whole_number_is_told_of() -> None:
    text = WATER.replace(b"water", b"Properties=species:S:1:pos:R:3 charge=0.5")
    assert "'0.5', is no whole number: 0 was taken" in read(text, name="w.xyz")[0].info.notes[0]
    rows = "Properties=species:S:1:pos:R:3:charges:R:1"
    atomic = f"2\n{rows}\nH 0 0 0 0.2\nH 0 0 0.74 0.25\n"
    assert "add up to 0.45" in read(atomic.encode(), name="w.xyz")[0].info.notes[0]


def test_moments_of_a_molecule_are_unpaired_electrons(tmp_path: Path) -> None:
    oxygen = ase.Atoms("O2", [[0, 0, 0], [0, 0, 1.21]], magmoms=[1, 1], charges=[0, 0])
    ase.io.write(tmp_path / "o2.traj", oxygen)
    ase.io.write(
        tmp_path / "o2.extxyz", oxygen, columns=["symbols", "positions", "initial_magmoms"]
    )
    for path in sorted(tmp_path.iterdir()):
        assert read(path)[0].info.unpaired == 2, path
    oxygen.cell, oxygen.pbc = np.eye(3) * 5, True  # iron has moments, and is nothing strange
    ase.io.write(tmp_path / "o2.traj", oxygen)
    assert read(tmp_path / "o2.traj")[0].info.unpaired == 0


# --- pdb -----------------------------------------------------------------------------------------


def pdb_line(serial: int, name: str, x: float, **columns: str) -> str:
    told = {"record": "HETATM", "location": " ", "residue": "LIG", "number": "   1", "element": ""}
    told |= columns
    return (
        f"{told['record']:6}{serial:5} {name:4}{told['location']}{told['residue']:3} A"
        f"{told['number']} {3 * ' '}{x:8.3f}{0:8.3f}{0:8.3f}  1.00  0.00          "
        f"{told['element']:>2}\n"
    )


def formulas(text: str) -> list[str]:
    return [
        s.formula if isinstance(s, Structure) else s.error
        for s in iter_structures(text.encode(), name="x.pdb")
    ]


def test_atoms_before_a_model_and_models_without_ends_are_kept() -> None:
    carbon, oxygen = (pdb_line(1, f" {e}1 ", 0, element=e) for e in "CO")
    assert formulas(carbon + "MODEL        1\n" + oxygen + "ENDMDL\n") == ["C", "O"]
    assert formulas("MODEL        1\n" + carbon + "MODEL        2\n" + oxygen + "END\n") == [
        "C",
        "O",
    ]
    assert formulas("MODEL        1\n" + carbon + "ENDMDL\n" + oxygen) == ["C", "O"]


def test_locations_are_chosen_residue_by_residue() -> None:
    rows = [
        pdb_line(1, " C1 ", 0, element="C", location="A"),
        pdb_line(2, " C1 ", 0.4, element="C", location="B"),
        pdb_line(3, " N1 ", 5, element="N", location="B", number="   2"),
        pdb_line(4, " N1 ", 5.4, element="N", location="C", number="   2"),
        pdb_line(5, " O1 ", 10, element="O", number="   3"),
    ]
    (structure,) = read("".join(rows).encode(), name="x.pdb")
    assert structure.positions[:, 0].tolist() == [0, 5, 10]
    # Whole conformers one after the other, as some programs write them, are the same residues.
    (sorted_,) = read("".join(rows[k] for k in (0, 4, 1, 2, 3)).encode(), name="x.pdb")
    assert sorted(sorted_.positions[:, 0]) == [0, 5, 10]


def test_a_shifted_line_is_no_alternate_location() -> None:
    line = pdb_line(1, " C1 ", 0, element="C")
    text = line + line.replace(" A   1", " A   2").replace("  0.000", "  9.000", 1)
    assert formulas(text) == ["C2"]
    shifted = text.replace("HETATM    1", "HETATM   1", 1)
    assert "shifted against its columns" in formulas(shifted)[0]


@pytest.mark.parametrize(
    ("name", "residue", "symbol", "guessed"),
    [
        (" CA ", "GLY", "C", False),
        ("CA  ", " CA", "Ca", True),
        ("CA  ", "GLY", "C", False),
        (" CL1", "LIG", "Cl", True),
        ("BR1 ", "LIG", "Br", True),
        ("ZN  ", " ZN", "Zn", True),
        ("HG11", "VAL", "H", False),
        ("HO5'", "LIG", "H", False),
        ("1HB ", "ALA", "H", False),
        (" N1 ", "LIG", "N", False),
        ("NA  ", " NA", "Na", True),
        (" NA ", "HEM", "N", True),
        (" D1 ", "DOD", "H", False),
    ],
)
def test_elements_come_from_the_names_where_the_file_has_none(
    name: str, residue: str, symbol: str, guessed: bool
) -> None:
    (structure,) = read(pdb_line(1, name, 0, residue=residue).encode(), name="x.pdb")
    assert structure.symbols == (symbol,)
    assert any("guessed" in note for note in structure.info.notes) is guessed


# --- mol, sdf, mol2 ------------------------------------------------------------------------------


def test_records_of_sdf_are_not_lost(data: Path) -> None:
    text = (data / "three_records.sdf").read_text()
    whole = [s.formula for s in read(text.encode(), name="x.sdf")]
    indented = read(text.replace("$$$$", "  $$$$").encode(), name="x.sdf")
    assert [s.formula for s in indented] == whole
    first, *rest = iter_structures(text.replace("$$$$\n", "", 1).encode(), name="x.sdf")
    assert "2 molecules: the line '$$$$' between them is missing" in first.error
    assert [s.formula for s in rest] == whole[2:]


def test_molecules_of_mol2_are_not_lost(data: Path) -> None:
    one = (data / "methanol.mol2").read_text()
    assert [s.formula for s in read((one + one).encode(), name="x.mol2")] == ["CH4O"] * 2
    for bad in ("@<TRIPOS>MOLECUL", "<TRIPOS>MOLECULE", "@TRIPOS>MOLECULE", "@<TRIPOS>MOLECULES"):
        broken = one.replace("@<TRIPOS>MOLECULE", bad)
        after = list(iter_structures((one + broken).encode(), name="x.mol2"))
        before = list(iter_structures((broken + one).encode(), name="x.mol2"))
        assert any(isinstance(item, Failure) for item in after), bad
        assert any(isinstance(item, Failure) for item in before), bad


def test_a_drawing_without_a_tag_is_still_a_drawing(data: Path) -> None:
    drawn = (data / "alanine_2d.mol").read_text()
    lines = drawn.split("\n")
    untagged = "\n".join([lines[0], "", *lines[2:]])
    (structure,) = read(untagged.encode(), name="x.mol")
    assert structure.formula == "C3H7NO2" and structure.info.geometry != FILE
    assert "2D drawing" in structure.info.notes[0]
    # Drawn with all hydrogens, at the lengths of a drawing: the bonds are not a molecule's.
    planar = (data / "cases" / "11d-planar-H2O2.mol").read_text()
    for old, new in (("0.7300", "0.4100"), ("0.9300", "1.2500")):
        planar = planar.replace(old, new)
    (structure,) = read(planar.encode(), name="x.mol")
    assert structure.info.geometry != FILE


@pytest.mark.parametrize("kind", ["USER_CHARGES", "NO_CHARGES"])
def test_mol2_charges_come_from_the_atoms_or_from_their_types(cases: Path, kind: str) -> None:
    text = (cases / "10b-ethanediammonium.mol2").read_text().replace("USER_CHARGES", kind)
    (structure,) = read(text.encode(), name="x.mol2")
    assert structure.info.charge == 2 and structure.info.missing_hydrogens == 0


def test_mol2_tells_of_missing_hydrogens(data: Path, cases: Path) -> None:
    text = (data / "methanol.mol2").read_text()
    rows = text.splitlines(keepends=True)
    bare = text.replace(" 6 5 ", " 5 4 ").replace(rows[13], "").replace(rows[-1], "")
    (structure,) = read(bare.encode(), name="x.mol2")
    assert structure.formula == "CH3O" and structure.info.missing_hydrogens == 1
    (anion,) = read(cases / "10h-glycolate-charges.mol2")
    assert anion.info.missing_hydrogens == 0  # its oxygens are charged


# --- XDATCAR -------------------------------------------------------------------------------------


def test_a_cartesian_configuration_is_not_direct(data: Path) -> None:
    frames = read(data / "XDATCAR")
    text = (data / "XDATCAR").read_text()
    lines, k = [], -1
    for line in text.splitlines():
        words = line.split()
        if "configuration=" in line:
            k += 1
            row = iter(frames[k].positions)
            line = line.replace("Direct", "Cartesian")
        elif k >= 0 and len(words) == 3:
            line = " ".join(f"{x:.8f}" for x in next(row))
        lines.append(line)
    scale = float(lines[1])
    assert scale == 1.0  # Cartesian coordinates are multiplied by it
    for frame, again in zip(frames, read("\n".join(lines).encode(), name="XDATCAR"), strict=True):
        np.testing.assert_allclose(frame.positions, again.positions, atol=1e-6)


# --- molecules that touch, hydrogens that lack ---------------------------------------------------


@pytest.mark.parametrize("name", complexes)
def test_the_complexes_of_s22_touch(name: str) -> None:
    atoms = create_s22_system(name)
    assert n_separate(atoms.numbers, atoms.positions) == 1


@pytest.mark.parametrize(
    "name", ["19-C2H4-H2CO-50.xyz", "19-C6H6-NH3-50.xyz", "19-CH4-H2O-1000.xyz"]
)
def test_molecules_far_apart_are_separate(cases: Path, name: str) -> None:
    (structure,) = read(cases / name)
    assert structure.n_separate == 2
    assert "2 separate molecules, which do not touch" in told(structure)[-1]
    assert_same(structure, ase.io.read(cases / name))


# Molecules of the G2 set: those without hydrogens lack none, others do without theirs.
@pytest.mark.parametrize(
    "name",
    ["CO2", "N2", "O2", "CO", "CF4", "CCl4", "C2F4", "C2Cl4", "CF3CN", "NCCN", "N2O", "NO2", "O3",
     "NF3", "F2O", "OCS", "CS2", "COF2", "SO2"],
)  # fmt: skip
def test_a_molecule_that_has_no_hydrogens_lacks_none(name: str) -> None:
    atoms = ase.build.molecule(name)
    assert not lacks_hydrogens(atoms.numbers, atoms.positions)


@pytest.mark.parametrize(
    "name",
    ["CH4", "C2H6", "C2H4", "C6H6", "CH3OH", "H2CO", "CH3CN", "C5H5N", "C4H4O", "CH3COOH", "H2O",
     "NH3", "CH3NO2", "HCCl3", "C4H4S", "bicyclobutane"],
)  # fmt: skip
def test_a_molecule_without_its_hydrogens_lacks_them(name: str) -> None:
    atoms = ase.build.molecule(name)
    assert not lacks_hydrogens(atoms.numbers, atoms.positions)
    heavy = atoms[atoms.numbers > 1]
    assert lacks_hydrogens(heavy.numbers, heavy.positions)
    text = f"{len(heavy)}\n\n" + "".join(
        f"{a.symbol} {a.x:.5f} {a.y:.5f} {a.z:.5f}\n" for a in heavy
    )
    (structure,) = read(text.encode(), name="x.xyz")
    assert structure.info.missing_hydrogens is None and "no hydrogen atoms" in told(structure)[0]
