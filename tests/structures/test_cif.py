"""cif: files from practice, and what the dictionary says of every value."""

from pathlib import Path

import ase.io
import numpy as np
import pytest
from readings import error_of, told

from gamnet.structures.reading import iter_structures, read
from gamnet.structures.structure import Failure, Structure

CELL = """data_x
_cell_length_a 5.0
_cell_length_b 6.0
_cell_length_c 7.0
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
"""
ATOMS = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""
ROWS = "C1 C 0.5 0.5 0.5 1\nO1 O 0.1 0.1 0.1 1\n"


def block(*, cell: str = CELL, rows: str = ROWS, more: str = "") -> bytes:
    return (cell + more + ATOMS + rows).encode()


def warnings_of(content: bytes) -> str:
    (structure,) = read(content, name="x.cif")
    return " ".join(told(structure))


# By hand from the International Tables: sites of the file times their multiplicities.
CASES = {
    "02a-diamond-origin1": ("C8", None),
    "02b-diamond-origin2": ("C8", None),
    "02c-diamond-hall": ("C8", None),
    "02d-diamond-number": ("C8", "F d -3 m:2 was taken, but F d -3 m:1 is possible"),
    "02e-diamond-S": ("C8", None),
    "02f-diamond-fullHM": ("C8", "F d -3 m:2 was taken, but F d -3 m:1 is possible"),
    "02g-nacl-fullHM": ("Cl4Na4", None),
    "02h-nacl-hall": ("Cl4Na4", None),
    "02i-nacl-new-names": ("Cl4Na4", None),
    "02k-mono": ("C4", None),
    "02m-mono": ("C4", None),
    "02t-mono-number": ("C4", "P 1 21/c 1 was taken, but P 1 21/n 1 or P 1 21/a 1 is possible"),
    "02u-as-R": ("As2", None),
    "02w-as-H": ("As6", None),
    "03a-data-in-text": ("Cl4Na4", None),
    "03c-upper-case-tags": ("Cl4Na4", None),
    "03d-upper-data": ("Cl4Na4", None),
    "03e-upper-loop": ("Cl4Na4", None),
    "03k-data-in-text-cell-after": ("Cl4Na4", None),
    "04a-label-OH": ("CaO2", "guessed from its label: OH1 as O. A label names a group with"),
    "04e-label-OH-H": ("CaH2O2", "guessed from its label: OH as O"),
    "04j-label-D": ("CaH2", "sotope"),
    "04m-question": ("CaO2", "1 hydrogen atom has no coordinates in the file"),
    "04n-dots": ("CaO2", "1 hydrogen atom has no coordinates in the file"),
    "05a-dot-coordinates": ("HO", "1 hydrogen atom has no coordinates in the file"),
    "05b-type-D": ("HO", "sotope"),
    "05h-occ-question": ("CNO", "The occupancy of O1 is unknown"),
    "06d-only-identity-with-HM": ("C", "names the space group P 1 21/c 1 but lists only the iden"),
    "06e-ops-dotted": ("C4", None),
    "06f-ops-ddlm": ("C4", None),
}


@pytest.mark.parametrize("name", CASES)
def test_files_from_practice(data: Path, name: str) -> None:
    formula, warning = CASES[name]
    (structure,) = read(data / "cases" / f"{name}.cif")
    assert structure.formula == formula
    if warning is None:
        assert told(structure) == ()
    else:
        assert warning in " ".join(told(structure))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("04l-label-T", "Site 'T' has no type, and its label names no element"),
        ("05c-type-OH", "Site 'OW1' has a dummy atom or an unknown element as its type ('OH')"),
    ],
)
def test_what_is_no_element_is_refused(data: Path, name: str, message: str) -> None:
    assert message in error_of(data / "cases" / f"{name}.cif")


def test_diamond_has_its_bonds_in_every_setting(data: Path) -> None:
    for name in ("02a", "02b", "02c", "02d", "02e", "02f"):
        (path,) = (data / "cases").glob(f"{name}-*.cif")
        (structure,) = read(path)
        atoms = ase.Atoms(structure.symbols, structure.positions, cell=structure.lattice, pbc=True)
        distances = atoms.get_all_distances(mic=True) + 10 * np.eye(8)
        np.testing.assert_allclose(distances.min(axis=1), 3.567 * np.sqrt(3) / 4, atol=1e-6)


# --- symmetry ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cell", "message"),
    [
        ("R -3 m :H", "70 70 70", "The cell (5, 5, 5, 70, 70, 70) does not have the symmetry"),
        ("F m -3 m", "90 91.5 90", "does not have the symmetry that the file states (F m -3 m)"),
        ("P foo", "90 90 90", "is not understood (_symmetry_space_group_name_h-m P foo)"),
        ("B 7/q", "90 90 90", "is not understood"),
    ],
)
def test_symmetry_that_cannot_be_is_refused(name: str, cell: str, message: str) -> None:
    alpha, beta, gamma = cell.split()
    text = (
        CELL.replace("P 1", name).replace("6.0", "5.0").replace("7.0", "5.0")
        .replace("alpha 90", f"alpha {alpha}").replace("beta 90", f"beta {beta}")
        .replace("gamma 90", f"gamma {gamma}")
    )  # fmt: skip
    assert message in error_of(block(cell=text), name="x.cif")


def test_no_symmetry_at_all_is_said() -> None:
    without = CELL.rsplit("\n", 2)[0] + "\n"
    assert "The file states no symmetry" in warnings_of(block(cell=without))
    unknown = without + "_symmetry_space_group_name_H-M ?\n"
    assert "The file states no symmetry" in warnings_of(block(cell=unknown))
    other = without + "_space_group_name_Schoenflies D2h.1\n"
    assert "_space_group_name_schoenflies D2h.1" in error_of(block(cell=other), name="x.cif")


def test_a_rhombohedral_name_means_the_cell_that_is_there() -> None:
    for cell, formula in (("5 5 5 70 70 70", "C"), ("5 5 9 90 90 120", "C3")):
        values = cell.split()
        tags = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
        text = "data_x\n" + "".join(
            f"_cell_{tag} {value}\n" for tag, value in zip(tags, values, strict=True)
        )
        for name in ("R -3 m", "R-3m", "R -3 2/m", "r_-3_m"):
            more = f"_space_group_name_H-M_alt '{name}'\n"
            (structure,) = read(block(cell=text, more=more, rows="C1 C 0 0 0 1\n"), name="x.cif")
            assert structure.formula == formula and told(structure) == ()


def test_names_beside_operators() -> None:
    operators = "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,-z\n"
    named = CELL.replace("P 1", "P -1")
    assert warnings_of(block(cell=named, more=operators, rows=ROWS[:19])) == ""
    other = CELL.replace("P 1", "P 2")
    text = warnings_of(block(cell=other, more=operators, rows=ROWS[:19]))
    assert "names the space group P 1 2 1 but lists other symmetry operators" in text
    open_group = "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,z\nx,-y,-z\n"
    text = warnings_of(block(more=open_group, rows="C1 C 0.1 0.2 0.3 1\n"))
    assert "operators that the file lists are not complete" in text
    for wrong in ("x,y", "x,y,z+1/7", "2x,y,z", "x,y,y", "x/2,y,z", "foo"):
        more = f"loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n'{wrong}'\n"
        assert f"The symmetry operator '{wrong}'" in error_of(block(more=more), name="x.cif")


def test_the_setting_that_fits_the_formula_is_taken() -> None:
    cell = CELL.replace("P 1", "F d -3 m").replace("6.0", "5.0").replace("7.0", "5.0")
    more = "_chemical_formula_sum 'Mg C'\n"
    # Magnesium on 8a and carbon on 8b of origin choice 1; of choice 2, these would be 16c and 16d.
    text = warnings_of(
        block(cell=cell, more=more + "_cell_formula_units_Z 8\n",
              rows="Mg1 Mg 0 0 0 1\nC1 C 0.5 0.5 0.5 1\n")
    )  # fmt: skip
    assert "F d -3 m:1 was taken, in which alone its atoms fit" in text


def test_operators_of_a_magnetic_cif() -> None:
    more = (
        "loop_\n_space_group_symop_magn_operation.xyz\nx,y,z,+1\n-x,-y,-z,-1\n"
        "loop_\n_space_group_symop_magn_centering.xyz\nx,y,z,+1\nx+1/2,y+1/2,z,-1\n"
    )
    cell = CELL.rsplit("\n", 2)[0] + "\n"
    (structure,) = read(block(cell=cell, more=more, rows="Fe1 Fe 0.1 0.2 0.3 1\n"), name="x.mcif")
    assert structure.formula == "Fe4" and told(structure) == ()


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("C2 C . 0.1 0.1 1", "Site 'C2' has no coordinates"),
        ("C2 C 1/3 0.1 0.1 1", "Site 'C2': '1/3' is not a number"),
        ("C2 C nan 0.1 0.1 1", "Site 'C2': 'nan' is not a number"),
        ("C2 C 1e999 0.1 0.1 1", "is not a number"),
        ("C2 C 0.3 0.3 0.3 0.5(1)", "Site 'C2' is partly occupied (C:0.5)"),
        ("C2 C 0.3 0.3 0.3 4", "Site 'C2' has the occupancy '4'"),
        ("C2 C 0.1 0.1 0.1 1", "Sites 'O1' and 'C2' are at one place"),
        ("C2 Cval 0.3 0.3 0.3 1", "an unknown element as its type ('Cval')"),
        ("C2 T 0.3 0.3 0.3 1", "an unknown element as its type ('T')"),
        ("Q1 ? 0.3 0.3 0.3 1", "Site 'Q1' has no type, and its label names no element"),
        ("Wat1 . 0.3 0.3 0.3 1", "Site 'Wat1' has no type, and its label names no element"),
    ],
)
def test_sites_that_are_refused(row: str, message: str) -> None:
    assert message in error_of(block(rows=f"{ROWS}{row}\n"), name="x.cif")


@pytest.mark.parametrize(
    ("row", "symbol", "warning"),
    [
        ("X1 FE3+ 0.3 0.3 0.3 1", "Fe", ""),
        ("X1 O2- 0.3 0.3 0.3 1", "O", ""),
        ("Cl1 ? 0.3 0.3 0.3 1", "Cl", ""),
        ("CL1 . 0.3 0.3 0.3 1", "Cl", "guessed from its label: CL1 as Cl"),
        ("C1A . 0.3 0.3 0.3 1", "C", ""),
        ("OW1 . 0.3 0.3 0.3 1", "O", "guessed from its label: OW1 as O."),
        ("N2 N 0.3000(2) .3 +0.3 .", "N", ""),
    ],
)
def test_elements_of_types_and_labels(row: str, symbol: str, warning: str) -> None:
    (structure,) = read(block(rows=f"{ROWS}{row}\n"), name="x.cif")
    assert structure.symbols[2] == symbol
    assert warning in " ".join(told(structure))
    assert bool(warning) == bool(told(structure))
    np.testing.assert_allclose(structure.positions[2], [1.5, 1.8, 2.1])


def test_a_label_of_two_capitals_is_what_the_formula_names() -> None:
    rows = ROWS + "HO1 . 0.3 0.3 0.3 1\n"
    formula = "_chemical_formula_sum 'C H O'\n"
    (structure,) = read(block(rows=rows, more=formula), name="x.cif")
    assert structure.formula == "CHO"
    assert "HO1 as H" in " ".join(told(structure))


def test_empty_sites_are_left_out_and_said() -> None:
    rows = ROWS + "C9 C 0.3 0.3 0.3 0\n"
    (structure,) = read(block(rows=rows), name="x.cif")
    assert structure.n_atoms == 2
    assert "Sites without an atom were left out: C9." in structure.info.notes


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("_chemical_formula_sum 'C2 O'\n", "The cell has 2 atoms; the formula 'C2 O' does not fit"),
        ("_chemical_formula_sum 'C O H2'\n", "name different elements (H; the formula"),
        (
            "_chemical_formula_sum 'C0.5 O0.5'\n_cell_formula_units_Z 4\n",
            "2 atoms, 2 times the formula 'C0.5 O0.5', but the file says 4 times",
        ),
        ("_cell_angle_beta ?\n", "The file has no _cell_angle_beta: 90 degrees were taken"),
        ("_cell_volume 100\n", "The cell's volume is 210 A^3, but the file says 100"),
        ("_chemical_formula_sum 'C2 O2'\n", ""),
        ("_chemical_formula_sum 'C O'\n_cell_formula_units_Z 1\n_cell_volume 210.0(3)\n", ""),
    ],
)
def test_what_does_not_add_up_is_said(more: str, message: str) -> None:
    cell = CELL.replace("_cell_angle_beta 90\n", "") if "beta" in more else CELL
    text = warnings_of(block(cell=cell, more=more))
    assert message in text and bool(message) == bool(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("_cell_length_a 5.0", "", "The file has no _cell_length_a"),
        ("_cell_length_a 5.0", "_cell_length_a five", "_cell_length_a is 'five'"),
        ("_cell_length_a 5.0", "_cell_length_a 0", "No cell has the edges and angles 0, 6"),
        ("gamma 90", "gamma 180", "No cell has the edges and angles"),
        ("alpha 90", "alpha 20", "does not have"),
        (
            "_cell_length_a 5.0",
            "_cell_length_a 5.0\n_cell.length_a 6.0",
            "has _cell.length_a twice",
        ),
        ("'P 1'", "'P 1", "cannot be read (unterminated"),
    ],
)
def test_cells_that_are_refused(old: str, new: str, message: str) -> None:
    text = CELL.replace(old, new).replace("'P 1'", "'P m m m'")
    assert message in error_of(block(cell=text), name="x.cif")


def test_a_text_field_may_hold_anything_and_a_bad_block_stops_no_other() -> None:
    text = "_publ_section_comment\n;\nloop_ \ndata_other\n'\n;\n"
    good = block(more=text)
    bad = good.replace(b"data_x", b"data_bad").replace(b"C1 C 0.5", b"C1 'C 0.5")
    items = list(iter_structures(good + bad + good, name="x.cif"))
    assert [type(item) for item in items] == [Structure, Failure, Structure]
    assert "The cif block 'bad' cannot be read (unterminated 'string')" in items[1].error
    unclosed = block(more=text.rsplit(";", 1)[0])
    assert "cannot be read" in error_of(unclosed, name="x.cif")


# --- mmCIF ---------------------------------------------------------------------------------------

MMCIF = """data_1ABC
_cell.length_a 1.0
_cell.length_b 1.0
_cell.length_c 1.0
_cell.angle_alpha 90.0
_cell.angle_beta 90.0
_cell.angle_gamma 90.0
_symmetry.space_group_name_H-M 'P 1'
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.pdbx_PDB_model_num
HETATM 1 O O  . HOH A . 0.0 0.0 0.0 1
HETATM 2 H H1 . HOH A . 0.96 0.0 0.0 1
HETATM 3 H H2 . HOH A . -0.24 0.93 0.0 1
HETATM 4 O O  . HOH A . 0.0 0.0 0.1 2
HETATM 5 D D1 . HOH A . 0.96 0.0 0.0 2
HETATM 6 H H2 A HOH A . -0.24 0.93 0.0 2
HETATM 7 H H2 B HOH A . -0.24 0.96 0.1 2
"""


def test_models_of_a_macromolecular_cif() -> None:
    first, second = read(MMCIF.encode(), name="x.cif")
    assert first.formula == second.formula == "H2O" and first.lattice is None
    np.testing.assert_allclose(first.positions[1], [0.96, 0, 0])
    text = " ".join(told(second))
    assert "1 atoms at alternate locations" in text and "sotope" in text
    larger = MMCIF.replace(" 1.0\n_cell", " 12.0\n_cell", 2).replace("_c 1.0", "_c 12.0")
    assert read(larger.encode(), name="x.cif")[0].pbc == (True, True, True)
    screw = read(larger.replace("P 1", "P 21 21 21").encode(), name="x.cif")[0]
    assert screw.lattice is None and "is not applied" in screw.info.notes[0]
    dummy = MMCIF.replace("3 H H2", "3 X X2")
    assert "a dummy atom or an unknown element" in error_of(dummy.encode(), name="x.cif")
