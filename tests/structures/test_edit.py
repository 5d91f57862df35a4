"""What if: oracle molecules by RDKit, atoms that stay where they were, and clear refusals."""

import numpy as np
import pytest
from ase.build import molecule

import gamnet
from gamnet.datasets.qm9 import QM9
from gamnet.errors import StructureError
from gamnet.structures.edit import (
    MAX_EDIT_ATOMS,
    Edit,
    EditError,
    bond_directions,
    bonded_molecule,
    delete_atom,
    move_atom,
    replace_atom,
)
from gamnet.structures.structure import Structure, make_structure

BENZENE = 214


def from_smiles(smiles: str) -> Structure:
    (structure,) = gamnet.read(f"smiles:{smiles}")
    return structure


def inchi(smiles: str) -> str:
    from rdkit import Chem

    return Chem.MolToInchi(Chem.MolFromSmiles(smiles))


def is_molecule(edit: Edit, smiles: str) -> bool:
    return inchi(str(edit.structure.info.smiles)) == inchi(smiles)


@pytest.mark.parametrize(
    ("smiles", "atom", "symbol", "expected"),
    [
        ("c1ccccc1", 6, "F", "Fc1ccccc1"),
        ("c1ccccc1", 6, "O", "Oc1ccccc1"),
        ("c1ccccc1", 6, "N", "Nc1ccccc1"),
        ("c1ccccc1", 6, "C", "Cc1ccccc1"),
        ("c1ccccc1", 0, "N", "c1ccncc1"),
        ("CCO", 2, "N", "CCN"),
        ("CCO", 2, "F", "CCF"),
        ("CCO", 2, "H", "CC"),
        ("CC(C)=O", 3, "N", "CC(C)=N"),
        ("CC(C)=O", 3, "C", "CC(C)=C"),
        ("C1CC1", 0, "O", "C1CO1"),
        ("C#N", 1, "C", "C#C"),
        ("[H][H]", 0, "F", "F"),
    ],
)
def test_replaced_atom_gives_the_molecule_a_chemist_would_write(
    smiles: str, atom: int, symbol: str, expected: str
) -> None:
    assert is_molecule(replace_atom(from_smiles(smiles), atom, symbol), expected)


@pytest.mark.parametrize(
    ("smiles", "atom", "expected"),
    [
        ("CCO", 2, "CC"),
        ("CC=O", 2, "CC"),
        ("Cc1ccccc1", 0, "c1ccccc1"),
        ("C1CCCC1", 0, "CCCC"),
        ("c1ccccc1", 0, "CC=CC=C"),
    ],
)
def test_deleted_atom_leaves_capped_bonds(smiles: str, atom: int, expected: str) -> None:
    edit = delete_atom(from_smiles(smiles), atom)
    assert is_molecule(edit, expected)
    assert (edit.origin != atom).all()


def test_atoms_away_from_the_change_stay_where_they_were() -> None:
    benzene = QM9().structure(str(BENZENE))
    edit = replace_atom(benzene, 6, "C")
    stay = np.setdiff1d(np.arange(edit.structure.n_atoms), edit.changed)
    np.testing.assert_array_equal(
        edit.structure.positions[stay], benzene.positions[edit.origin[stay]]
    )
    assert edit.changed[0] == 6 and len(edit.changed) == 4  # the methyl group
    assert edit.origin.tolist() == [*range(12), -1, -1, -1]
    bond = np.linalg.norm(edit.structure.positions[6] - edit.structure.positions[0])
    assert bond == pytest.approx(1.51, abs=0.03)
    fluorine = replace_atom(benzene, 6, "F").structure.positions[6]
    assert np.linalg.norm(fluorine - benzene.positions[0]) == pytest.approx(1.35, abs=0.03)
    assert edit.text == "H6 replaced by C"
    assert any("H6 replaced by C" in w for w in edit.structure.info.notes)


def test_bonds_of_qm9_are_those_of_its_own_smiles() -> None:
    from rdkit import Chem

    table = QM9().table()
    sample = table.iloc[::1800]
    right = 0
    for index, row in sample.iterrows():
        try:
            mol = bonded_molecule(QM9().structure(index))
        except EditError:
            continue
        found = QM9().same_constitution(Chem.MolToSmiles(Chem.RemoveHs(mol)))
        right += row["constitution"] in set(found["constitution"])
    assert right >= 0.95 * len(sample)


def test_moved_atom_is_the_only_one_that_moves() -> None:
    water = from_smiles("O")
    edit = move_atom(water, 1, np.array([0.0, 0.0, 0.3]))
    shift = edit.structure.positions - water.positions
    assert shift[1].tolist() == [0, 0, pytest.approx(0.3)] and not shift[[0, 2]].any()
    assert edit.text == "H1 moved by 0.30 Å" and edit.changed == (1,)
    with pytest.raises(StructureError, match="at one place"):
        move_atom(water, 1, water.positions[0] - water.positions[1])


def test_atoms_of_crystals_move_too() -> None:
    crystal = make_structure([11, 17], [[0, 0, 0], [2.8, 0, 0]], np.eye(3) * 5.6)
    moved = move_atom(crystal, 1, np.array([0.1, 0, 0])).structure
    assert moved.periodic and moved.positions[1, 0] == pytest.approx(2.9)
    assert bond_directions(crystal, 0) == {}
    with pytest.raises(EditError, match="crystal has no bond orders"):
        replace_atom(crystal, 1, "F")


def test_bond_directions_stretch_their_bond() -> None:
    water = from_smiles("O")
    (way,) = bond_directions(water, 1).values()
    longer = move_atom(water, 1, 0.1 * way).structure.positions
    before = np.linalg.norm(water.positions[1] - water.positions[0])
    assert np.linalg.norm(longer[1] - longer[0]) == pytest.approx(before + 0.1)


@pytest.mark.parametrize(
    ("smiles", "atom", "symbol", "message"),
    [
        ("CCC", 1, "F", "C1 has 2 bonds to other atoms, and F forms 1"),
        ("C=C", 0, "H", "H forms 1"),
        ("CCC", 1, "C", "is C already"),
        ("CCC", 99, "F", "no atom 99"),
        ("CCC", -1, "F", "no atom -1"),
    ],
)
def test_impossible_replacements_say_why(smiles: str, atom: int, symbol: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        replace_atom(from_smiles(smiles), atom, symbol)


def test_what_is_not_there_is_named() -> None:
    propane = from_smiles("CCC")
    with pytest.raises(EditError, match="Unknown element 'Foo'"):
        replace_atom(propane, 0, "Foo")
    for atom in (-1, 11):
        with pytest.raises(EditError, match=f"no atom {atom}.*0 to 10"):
            move_atom(propane, atom, np.ones(3))


def test_impossible_deletions_say_why() -> None:
    propane = from_smiles("CCC")
    with pytest.raises(EditError, match="fall into 2 pieces"):
        delete_atom(propane, 1)
    with pytest.raises(EditError, match="closed shells only"):
        delete_atom(propane, 5)
    with pytest.raises(EditError, match="nothing would be left"):
        delete_atom(from_smiles("C"), 0)


def test_a_change_never_charges_the_molecule() -> None:
    nitro = from_smiles("[O-][N+](=O)c1ccccc1")
    charged = [k for k in (0, 2) if refused(nitro, k)]
    assert len(charged) == 1  # the bond orders found may put the charge on either oxygen
    other = 2 - charged[0]
    assert is_molecule(replace_atom(nitro, other, "N"), "[O-][N+](=N)c1ccccc1")


def refused(structure: Structure, atom: int) -> bool:
    try:
        replace_atom(structure, atom, "N")
    except EditError as error:
        assert "would carry charge +1" in str(error)
        return True
    return False


def test_what_has_no_bond_orders_is_refused() -> None:
    radical = make_structure([8, 1], [[0, 0, 0], [0, 0, 0.97]], source="oh.xyz")
    with pytest.raises(EditError, match="'oh.xyz' has an odd number of electrons"):
        replace_atom(radical, 0, "N")
    line = np.c_[np.arange(MAX_EDIT_ATOMS + 1) * 1.5, np.zeros((MAX_EDIT_ATOMS + 1, 2))]
    large = make_structure(np.full(len(line), 6), line)
    with pytest.raises(EditError, match=f"{len(line)} atoms"):
        delete_atom(large, 0)
    apart = make_structure([6, 8], [[0, 0, 0], [0, 0, 9]], source="far.xyz")
    with pytest.raises(EditError, match="No bond orders were found for 'far.xyz'"):
        replace_atom(apart, 0, "N")


def test_a_structure_in_pieces_stays_in_pieces() -> None:
    one = molecule("H2O")
    positions = np.concatenate([one.positions, one.positions + [0, 0, 4.0]])
    two = make_structure(np.tile(one.numbers, 2), positions, source="pair.xyz")
    assert replace_atom(two, 0, "F").structure.formula == "FH3O"
