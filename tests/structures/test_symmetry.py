"""Symmetry, cells and edits of crystals, held against pymatgen and textbooks."""

import numpy as np
import pytest
from ase.build import bulk, graphene
from ase.spacegroup import crystal
from pymatgen.core import Lattice
from pymatgen.core import Structure as Crystal
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from gamnet.errors import StructureError
from gamnet.structures.cell import cell_of, strained, supercell
from gamnet.structures.edit import EditError
from gamnet.structures.edit_crystal import strain, substitute
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure, make_structure
from gamnet.structures.symmetry import SymmetryError, find_symmetry, standard_cell


def of(atoms) -> Structure:
    return make_structure(atoms.numbers, atoms.positions, atoms.cell[:], atoms.pbc)


ROCK_SALT = of(bulk("NaCl", "rocksalt", a=5.64))
QUARTZ = of(
    crystal(
        ("Si", "O"),
        [(0.4697, 0.0, 1 / 3), (0.4135, 0.2669, 0.7858)],
        spacegroup=152,
        cellpar=[4.916, 4.916, 5.405, 90, 90, 120],
    )  # fmt: skip
)


def test_textbook_crystals_have_their_groups_and_positions() -> None:
    found = find_symmetry(ROCK_SALT)
    assert (found.number, found.symbol, found.system) == (225, "Fm-3m", "cubic")
    assert [group.name for group in found.groups] == ["Na 4a", "Cl 4b"]
    assert found.groups[0].site_symmetry == "m-3m"
    quartz = find_symmetry(QUARTZ)
    assert (quartz.symbol, quartz.system) == ("P3_121", "trigonal")
    assert [(g.name, len(g.atoms)) for g in quartz.groups] == [("Si 3a", 3), ("O 6c", 6)]
    assert quartz.group_of(5) is quartz.groups[1]


@pytest.mark.parametrize("start", [ROCK_SALT, QUARTZ], ids=["rock salt", "quartz"])
def test_the_analysis_is_that_of_pymatgen_and_of_any_cell(start: Structure) -> None:
    oracle = SpacegroupAnalyzer(
        Crystal(Lattice(start.lattice), start.symbols, start.positions, coords_are_cartesian=True)
    )
    found = find_symmetry(start)
    assert found.number == oracle.get_space_group_number()
    assert found.symbol == oracle.get_space_group_symbol()
    conventional, primitive = (
        standard_cell(start, "conventional"),
        standard_cell(start, "primitive"),
    )
    assert conventional.n_atoms == len(oracle.get_conventional_standard_structure())
    assert primitive.n_atoms == len(oracle.get_primitive_standard_structure())
    for other in (conventional, primitive, supercell(start, (2, 1, 3))):
        again = find_symmetry(other)
        assert again.number == found.number
        assert [g.name for g in again.groups] == [g.name for g in found.groups]
        assert cell_of(other).density == pytest.approx(cell_of(start).density, rel=1e-6)


def test_a_small_shift_is_within_the_tolerance_and_a_larger_one_is_not() -> None:
    positions = QUARTZ.positions.copy()
    positions[0, 2] += 0.002
    moved = make_structure(QUARTZ.numbers, positions, QUARTZ.lattice)
    assert find_symmetry(moved).number == 152
    assert find_symmetry(moved, 1e-4).number < 152


def test_the_numbers_of_a_cell() -> None:
    cell = cell_of(read("example:rock-salt")[0])
    assert cell.lengths == pytest.approx((5.64,) * 3, abs=0.01)
    assert cell.angles == pytest.approx((90, 90, 90))
    assert cell.volume == pytest.approx(5.64**3, rel=0.01)
    assert cell.density == pytest.approx(2.16, abs=0.02)  # g/cm^3, measured 2.165
    assert cell.formula_units == 4 and cell.area is None
    sheet = cell_of(of(graphene(vacuum=5.0)))
    assert sheet.lengths[2] is None and sheet.volume is None
    assert sheet.area == pytest.approx(2.46**2 * np.sin(np.pi / 3))


def test_strain_moves_cell_and_atoms_alike() -> None:
    one = strained(QUARTZ, 0.02, axis=2)
    assert cell_of(one).lengths == pytest.approx((4.916, 4.916, 5.405 * 1.02))
    fractional = [np.linalg.solve(s.lattice.T, s.positions.T).T for s in (QUARTZ, one)]
    np.testing.assert_allclose(*fractional, atol=1e-12)
    assert cell_of(strained(QUARTZ, -0.01)).volume == pytest.approx(
        cell_of(QUARTZ).volume * 0.99**3
    )
    assert strain(QUARTZ, 0.02, 2).text == "strained by +2.0 % along c"


def test_an_element_is_replaced_on_all_equal_sites() -> None:
    atoms = find_symmetry(QUARTZ).groups[0].atoms
    made = substitute(QUARTZ, atoms, "Ge")
    assert made.structure.formula == "Ge3O6" and made.changed == atoms
    assert find_symmetry(made.structure).number == 152
    assert made.text == "Si0 and 2 more replaced by Ge"
    np.testing.assert_array_equal(made.structure.positions, QUARTZ.positions)


def test_what_is_not_possible_is_said() -> None:
    with pytest.raises(SymmetryError, match="not periodic in three directions"):
        find_symmetry(of(graphene(vacuum=5.0)))
    with pytest.raises(StructureError, match="has no cell"):
        cell_of(make_structure([1, 1], [[0, 0, 0], [0.74, 0, 0]]))
    with pytest.raises(EditError, match="is Si already"):
        substitute(QUARTZ, [0], "Si")
    with pytest.raises(EditError, match="Unknown element"):
        substitute(QUARTZ, [0], "Xx")
    with pytest.raises(EditError, match="not all there"):
        substitute(QUARTZ, [99], "Ge")
    with pytest.raises(StructureError, match="beyond 20%"):
        strained(QUARTZ, 0.5)
    with pytest.raises(StructureError, match="repeated"):
        supercell(QUARTZ, (0, 1, 1))
