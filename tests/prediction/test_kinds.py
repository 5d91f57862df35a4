"""Kinds of molecules: RDKit's own counts are the oracle; factors undo what they were made of."""

import numpy as np
import pytest
from rdkit import Chem

from gamnet.evaluation.calibrate import _kind_factors, _kind_weights
from gamnet.prediction.kinds import MARGINS, NAMES, KindErrors, kind_of, kind_text, kinds_of


def numbers_of(smiles: str) -> np.ndarray:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    return np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])


@pytest.mark.parametrize(
    ("smiles", "text"),
    [
        ("CCCC", "C and H, up to 9 heavy atoms, saturated"),
        ("c1ccc2cc3ccccc3cc2c1", "C and H, 10 to 15 heavy atoms, highly unsaturated"),
        ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", "N or O, 10 to 15 heavy atoms, partly unsaturated"),
        ("c1ccsc1", "S, up to 9 heavy atoms, highly unsaturated"),
        ("FC(F)(F)CBr", "Br, up to 9 heavy atoms, saturated"),
        ("CP(C)CCl", "P, up to 9 heavy atoms, saturated"),
        ("C[Si](C)(C)C", "other, up to 9 heavy atoms, saturated"),
    ],
)
def test_a_kind_is_that_of_the_composition(smiles: str, text: str) -> None:
    assert kind_text(kind_of(numbers_of(smiles))) == text


@pytest.mark.parametrize("smiles", ["c1ccccc1", "C1CC1C#N", "CC(=O)NCl", "O=C=O", "CP", "C#CC#C"])
def test_unsaturation_is_rings_and_multiple_bonds(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    Chem.Kekulize(mol)
    rings = mol.GetRingInfo().NumRings()
    double = sum(int(bond.GetBondTypeAsDouble()) - 1 for bond in mol.GetBonds())
    share = (rings + double) / mol.GetNumHeavyAtoms()
    expected = 0 if share <= 0.15 else 1 if share <= 0.45 else 2
    assert kind_of(numbers_of(smiles))[2] == len(MARGINS[0]) + len(MARGINS[1]) + expected


def test_order_of_atoms_does_not_matter() -> None:
    numbers = numbers_of("Clc1ccccc1S")
    assert kind_of(numbers) == kind_of(numbers[::-1])
    both = kinds_of(np.concatenate([numbers, [8, 1, 1]]), np.array([len(numbers), 3]))
    assert [tuple(row) for row in both] == [kind_of(numbers), kind_of(np.array([8, 1, 1]))]


def test_factors_are_found_again() -> None:
    rng = np.random.default_rng(0)
    names = list(range(3)), list(range(8, 10)), list(range(13, 15))
    kinds = np.column_stack([rng.choice(part, 6000) for part in names])
    true = np.ones(len(NAMES))
    true[[1, 9, 14]] = 3.0, 0.5, 2.0
    error = true[kinds].prod(axis=1) * np.abs(rng.normal(size=6000))
    factors, counts = _kind_factors(kinds, error, np.ones(6000))
    assert counts.sum() == 3 * 6000 and counts[13] == (kinds[:, 2] == 13).sum()
    told = factors[kinds].prod(axis=1)
    for place in np.unique(kinds):
        own = (kinds == place).any(axis=1)
        assert told[own].mean() == pytest.approx(error[own].mean(), rel=0.02)


def test_a_kind_of_few_has_no_error() -> None:
    counts = np.full((1, len(NAMES)), 20)
    counts[0, NAMES.index("P")] = 3
    errors = KindErrors(np.full((1, len(NAMES)), 2.0), counts)
    found = errors.factor(kinds_of(np.array([15, 1, 1, 1, 6, 1, 1, 1, 1]), np.array([4, 5])), 8)
    assert np.isnan(found[0, 0]) and found[1, 0] == 8.0


def test_few_weigh_more_than_their_number() -> None:
    weight = _kind_weights(np.array([[0, 8, 13]] * 100 + [[1, 8, 13]] * 4))
    assert weight[-1] / weight[0] == pytest.approx(5.0) and weight.mean() == pytest.approx(1.0)
