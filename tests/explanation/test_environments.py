"""Environments and functional groups on molecules whose answer is known."""

import numpy as np
import pytest
from ase.build import bulk
from rdkit import Chem
from rdkit.Chem import AllChem

from gamnet.explanation.environments import (
    Environment,
    atom_environments,
    coordination_environments,
    functional_groups,
    parse_smiles,
    ring_text,
)
from gamnet.explanation.functional_groups import FUNCTIONAL_GROUPS, OTHER
from gamnet.graphs.rule import CRYSTAL_RULE
from gamnet.graphs.voronoi import find_edges
from gamnet.structures.structure import make_structure

# SMILES -> group of each heavy atom.
KNOWN = {
    "CCO": ["methyl", "methylene", "alcohol"],
    "COC": ["methyl", "ether", "methyl"],
    "CC(=O)C": ["methyl", "ketone", "ketone", "methyl"],
    "CC=O": ["methyl", "aldehyde", "aldehyde"],
    "C=O": ["aldehyde", "aldehyde"],
    "CC(=O)O": ["methyl", "carboxylic acid", "carboxylic acid", "carboxylic acid"],
    "COC=O": ["methyl", "ester", "ester", "ester"],
    "CC(N)=O": ["methyl", "amide", "amide", "amide"],
    "NC(N)=O": ["urea"] * 4,
    "O=CNC=O": ["imide"] * 5,
    "COC(N)=O": ["methyl", *["carbamate"] * 4],
    "CC#N": ["methyl", "nitrile", "nitrile"],
    "C#C": ["alkyne", "alkyne"],
    "C=C": ["alkene", "alkene"],
    "C=C=C": ["allene"] * 3,
    "C1CO1": ["epoxide"] * 3,
    "C1CN1": ["aziridine"] * 3,
    "CN": ["methyl", "primary amine"],
    "CNC": ["methyl", "secondary amine", "methyl"],
    "CN(C)C": ["methyl", "tertiary amine", "methyl", "methyl"],
    "CF": ["methyl", "alkyl fluoride"],
    "C[N+](=O)[O-]": ["methyl", "nitro", "nitro", "nitro"],
    "CC=NO": ["methyl", "oxime", "oxime", "oxime"],
    "NC=N": ["amidine"] * 3,
    "NC(N)=N": ["guanidine"] * 4,
    "COCOC": ["methyl", *["acetal or hemiacetal"] * 3, "methyl"],
    "C[NH2+]CC([O-])=O": ["methyl", "ammonium", "methylene", *["carboxylate"] * 3],
    "c1ccccc1": ["aromatic carbon"] * 6,
    "Oc1ccccc1": ["phenol or hydroxy-heteroarene", *["aromatic carbon"] * 6],
    "c1ccncc1": [
        *["aromatic carbon"] * 3, "pyridine-type nitrogen", *["aromatic carbon"] * 2,
    ],
    "c1cc[nH]c1": [*["aromatic carbon"] * 3, "pyrrole-type nitrogen", "aromatic carbon"],
    "c1ccoc1": [*["aromatic carbon"] * 3, "furan-type oxygen", "aromatic carbon"],
    "C": [OTHER],
}  # fmt: skip


@pytest.mark.parametrize("smiles, groups", KNOWN.items())
def test_groups_of_known_molecules(smiles: str, groups: list[str]) -> None:
    assert functional_groups(parse_smiles(smiles)) == groups


def test_kekule_and_aromatic_spelling_are_the_same() -> None:
    kekule = functional_groups(parse_smiles("C1=CC=CC=C1O"))
    assert sorted(kekule) == sorted(functional_groups(parse_smiles("Oc1ccccc1")))


def test_every_pattern_is_valid_and_finds_something() -> None:
    for name, smarts in FUNCTIONAL_GROUPS.items():
        pattern = Chem.MolFromSmarts(smarts)
        assert pattern is not None and pattern.GetNumAtoms(), name


def geometry(smiles: str) -> tuple[Chem.Mol, np.ndarray, np.ndarray]:
    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(molecule, randomSeed=1)
    numbers = np.array([atom.GetAtomicNum() for atom in molecule.GetAtoms()])
    return parse_smiles(smiles), numbers, molecule.GetConformer().GetPositions()


def test_environments_of_p_cresol() -> None:
    molecule, numbers, positions = geometry("Cc1ccc(O)cc1")
    found = atom_environments(molecule, numbers, positions)
    assert found[0] == Environment("C", "C,H,H,H", "none", "methyl")
    assert found[1] == Environment("C", "C,C,C", "aromatic 6", "aromatic carbon")
    assert found[2] == Environment("C", "C,C,H", "aromatic 6", "aromatic carbon")
    assert found[5] == Environment("O", "C,H", "none", "phenol or hydroxy-heteroarene")
    hydrogens = [e for e in found if e.element == "H"]
    assert hydrogens.count(Environment("H", "C", "none", "methyl")) == 3
    assert hydrogens.count(Environment("H", "C", "none", "aromatic carbon")) == 4
    assert hydrogens.count(Environment("H", "O", "none", "phenol or hydroxy-heteroarene")) == 1


def test_rotating_moving_and_reordering_hydrogens_change_nothing() -> None:
    molecule, numbers, positions = geometry("OC1CC1C#N")
    found = atom_environments(molecule, numbers, positions)
    turned = positions @ np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0] + 4.0
    assert atom_environments(molecule, numbers, turned) == found
    order = np.concatenate([np.flatnonzero(numbers > 1), np.flatnonzero(numbers == 1)[::-1]])
    mixed = atom_environments(molecule, numbers[order], positions[order])
    assert mixed == [found[k] for k in order]
    assert found[1].ring == "3" and ring_text(found[1].ring) == "ring of 3"


def test_a_geometry_with_other_bonds_has_no_environments() -> None:
    molecule, numbers, positions = geometry("CCO")
    assert atom_environments(parse_smiles("CCN"), numbers, positions) is None  # other elements
    assert atom_environments(parse_smiles("C=CO"), numbers, positions) is None  # hydrogens
    far = positions.copy()
    far[2] += 3.0  # the oxygen is no longer bonded
    assert atom_environments(molecule, numbers, far) is None
    assert atom_environments(None, numbers, positions) is None


def test_an_environment_in_words() -> None:
    text = Environment("C", "C,N,H", "aromatic 5", "aromatic carbon").text
    assert text == "C bonded to C, N, H · aromatic ring of 5 · aromatic carbon"
    assert Environment("H", "O", "none", "alcohol").text == "H bonded to O · alcohol"


@pytest.mark.parametrize(
    "name, lattice, length, number",
    [("Cu", "fcc", 3.61, 12), ("NaCl", "rocksalt", 5.64, 6), ("ZnS", "zincblende", 5.41, 4),
     ("C", "diamond", 3.57, 4)],
)  # fmt: skip
def test_coordination_numbers_of_known_crystals(
    name: str, lattice: str, length: float, number: int
) -> None:
    atoms = bulk(name, lattice, length)
    crystal = make_structure(atoms.numbers, atoms.positions, atoms.cell.array)
    edges = find_edges(crystal, CRYSTAL_RULE)
    found = coordination_environments(crystal.numbers, edges.i, edges.j, edges.distance)
    assert found == [Environment(symbol, str(number), "", "") for symbol in crystal.symbols]
    assert found[0].text == f"{crystal.symbols[0]} with coordination number {number}"
