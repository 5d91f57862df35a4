"""Bond orders for pictures, against the formulas that chemists write."""

import numpy as np
import pytest
from ase.build import molecule

from gamnet.structures.bonds import find_bonds
from gamnet.structures.facts import StructureInfo
from gamnet.structures.orders import MAX_ORDER_ATOMS, bond_orders
from gamnet.structures.structure import make_structure


def orders(name: str, charge: int = 0) -> list[float]:
    atoms = molecule(name)
    structure = make_structure(
        atoms.numbers, atoms.positions, info=StructureInfo(charge=charge)
    )  # fmt: skip
    bonds = find_bonds(structure.numbers, structure.positions)
    return sorted(bond_orders(structure, bonds).tolist())


@pytest.mark.parametrize(
    "name, expected",
    [
        ("C2H6", [1] * 7), ("C2H4", [1] * 4 + [2]), ("C2H2", [1, 1, 3]), ("N2", [3]),
        ("C6H6", [1] * 6 + [1.5] * 6), ("CO2", [2, 2]), ("HCN", [1, 3]), ("H2CO", [1, 1, 2]),
        ("C60", [1.5] * 90),
    ],
)  # fmt: skip
def test_orders_are_those_of_the_structural_formula(name: str, expected: list[float]) -> None:
    assert orders(name) == expected


def test_orders_follow_the_atoms_whatever_their_order() -> None:
    atoms = molecule("C2H4")[[5, 0, 3, 1, 4, 2]]
    structure = make_structure(atoms.numbers, atoms.positions)
    bonds = find_bonds(structure.numbers, structure.positions)
    double = bonds[bond_orders(structure, bonds) == 2]
    assert structure.numbers[double].tolist() == [[6, 6]]


def test_where_orders_are_not_known_all_are_one() -> None:
    assert orders("CH3") == [1, 1, 1]  # a radical
    grid = np.stack(np.meshgrid(*[np.arange(6.0) * 1.5] * 3), axis=-1).reshape(-1, 3)
    large = make_structure(np.full(len(grid), 6), grid)
    assert large.n_atoms > MAX_ORDER_ATOMS
    bonds = find_bonds(large.numbers, large.positions)
    assert (bond_orders(large, bonds) == 1).all()
    assert bond_orders(large, np.empty((0, 2), int)).shape == (0,)
