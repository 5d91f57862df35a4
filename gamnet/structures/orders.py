"""Bond orders, for pictures: which bonds are double, triple or aromatic."""

from functools import lru_cache

import numpy as np

from gamnet.structures.formats.common import rdkit_call
from gamnet.structures.structure import Structure

AROMATIC = 1.5
MAX_ORDER_ATOMS = 200  # the search takes exponential time in the worst case
_ITERATIONS = 2_000


def bond_orders(structure: Structure, bonds: np.ndarray) -> np.ndarray:
    """[n_bonds] order of each bond [n_bonds, 2] of a molecule: 1, 1.5 (aromatic), 2 or 3.

    Found by RDKit from the graph of bonds and the molecule's charge. All are 1 for a crystal, more
    than 200 atoms, an odd number of electrons, or where the valences do not work out.
    """
    odd = (structure.numbers.sum() - structure.info.charge) % 2
    if structure.periodic or odd or structure.n_atoms > MAX_ORDER_ATOMS or not len(bonds):
        return np.ones(len(bonds))
    numbers = tuple(structure.numbers.tolist())
    pairs = tuple(map(tuple, bonds.tolist()))
    return np.array(_orders(numbers, pairs, structure.info.charge))


@lru_cache(maxsize=256)  # the frames of a trajectory mostly have the same bonds
def _orders(
    numbers: tuple[int, ...], bonds: tuple[tuple[int, int], ...], charge: int
) -> tuple[float, ...]:
    from rdkit import Chem
    from rdkit.Chem import rdDetermineBonds

    mol = Chem.RWMol()
    for number in numbers:
        atom = Chem.Atom(number)
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    for a, b in bonds:
        mol.AddBond(a, b, Chem.BondType.SINGLE)
    with rdkit_call():
        try:
            rdDetermineBonds.DetermineBondOrders(
                mol, charge=charge, embedChiral=False, maxIterations=_ITERATIONS
            )
            Chem.SanitizeMol(mol)
        except (ValueError, RuntimeError):  # RDKit's ways to say that there are none
            return (1.0,) * len(bonds)
    found = (mol.GetBondBetweenAtoms(a, b).GetBondTypeAsDouble() for a, b in bonds)
    return tuple(order if order in (AROMATIC, 2.0, 3.0) else 1.0 for order in found)
