"""SMILES: one molecule, one geometry, the lowest of some conformers, and what it leaves open."""

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, rdBase
from rdkit.Chem import rdForceFieldHelpers as ForceFields
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions
from readings import told

import gamnet
from gamnet.errors import ReadError
from gamnet.structures.facts import ETKDG_MMFF, ETKDG_UFF
from gamnet.structures.formats.embedding import is_flexible
from gamnet.structures.formats.stereo import open_stereo
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure

MOLECULES = [
    "CCO", "OCCO", "CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "F/C=C/F", "c1ccc2[nH]ccc2c1",
    "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "C1CC2CCC1C2", "O=C1NC(=O)C=C1", "C#CC#N", "CN(=O)=O",
    "[NH3+]CC(=O)[O-]", "C1CCCCC1", "OCC(O)C(O)CO", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C/C=N/O",
]  # fmt: skip
# The rings leave no choice, or do; and bonds that RDKit's enumeration has a say on.
CAGES = {
    "C12C3C4C1C5C2C3C45": False, "C1CC2CCC1C2": False, "C1CC2CCC1CC2": False, "C1CN2CCC1CC2": False,
    "C1C2CC3CC1CC(C2)C3": False, "C1CCC2CCCCC2C1": True, "CC1CC2CCC1C2": True, "C1CC2CC2C1": False,
    "C1CC2CC12": False, "C1CC2CCC1O2": False,
}  # fmt: skip
LISTED = [
    "CC=C=CC", "CN=C(N)C", "CC1CCC(C)CC1", "CC(F)Cl", "CC(F)C(Cl)Br", "C1CC=CCC1", "CC(O)C1CC1C",
    "C1CC2(C1)CC2F", "CC(F)C=CF", "N=C(N)C", "OC1CC1", "CC1CC1",
]  # fmt: skip


def isomers(smiles: str, at_most: int = 2) -> int:
    """RDKit's count of the stereoisomers that can be embedded: the oracle."""
    options = StereoEnumerationOptions(unique=True, tryEmbedding=True, maxIsomers=64)
    with rdBase.BlockLogs():
        found = EnumerateStereoisomers(Chem.MolFromSmiles(smiles), options=options)
        return sum(1 for _, _ in zip(range(at_most), found, strict=False))


def lines(data: Path) -> list[str]:
    return (data / "cases" / "16-smiles.txt").read_text().split()


def rewritten(smiles: str, n: int = 8) -> list[str]:
    mol = Chem.MolFromSmiles(smiles)
    kekulized = Chem.MolToSmiles(mol, kekuleSmiles=True)
    labelled = Chem.Mol(mol)
    for atom in labelled.GetAtoms():
        atom.SetAtomMapNum(atom.GetIdx() + 1)
    full = Chem.MolToSmiles(mol, allHsExplicit=True)
    random = [Chem.MolToRandomSmilesVect(mol, 1, randomSeed=k)[0] for k in range(n)]
    return [*random, kekulized, full, Chem.MolToSmiles(labelled)]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_a_molecule_written_in_many_ways_has_one_geometry(smiles: str) -> None:
    (first,) = read(f"smiles:{smiles}")
    for text in rewritten(smiles):
        (again,) = read(f"smiles:{text}")
        assert again.info.smiles == first.info.smiles, text
        np.testing.assert_array_equal(again.numbers, first.numbers)
        np.testing.assert_array_equal(again.positions, first.positions)
        assert again.info == first.info


def test_a_molecule_written_in_many_ways_has_one_value() -> None:
    model = gamnet.load("qm9")
    texts = ["OCCO", "C(O)CO", "[CH2](O)[CH2]O", "C(CO)O", "[OH:7][CH2:1]CO"]
    predictions = model.predict([read(f"smiles:{text}")[0] for text in texts])
    for property_id, value in predictions[0].properties.items():
        for other in predictions[1:]:
            assert other[property_id].value == value.value
            assert (other[property_id].ga_scores == value.ga_scores).all()


def energy(structure: Structure) -> float:
    """MMFF94 (kcal/mol) of a geometry made from SMILES, in the SMILES' order."""
    mol = Chem.AddHs(Chem.MolFromSmiles(structure.info.smiles))
    conformer = Chem.Conformer(structure.n_atoms)
    conformer.SetPositions(structure.positions.copy())
    mol.AddConformer(conformer)
    properties = ForceFields.MMFFGetMoleculeProperties(mol)
    return ForceFields.MMFFGetMoleculeForceField(mol, properties).CalcEnergy()


def test_the_lowest_conformer_is_taken() -> None:
    for smiles in ("OCCO", "CCCCO", "NCCC(=O)O", "OCC(O)CO"):
        (structure,) = read(f"smiles:{smiles}")
        mol = Chem.AddHs(Chem.MolFromSmiles(structure.info.smiles))
        single = Chem.Mol(mol)
        Chem.rdDistGeom.EmbedMolecule(single, randomSeed=61453)
        ((_, one),) = ForceFields.MMFFOptimizeMoleculeConfs(single, maxIters=5000)
        assert energy(structure) <= one + 1e-3
        assert structure.info.geometry == ETKDG_MMFF


@pytest.mark.parametrize(
    ("smiles", "flexible"),
    [
        ("C", False), ("CC", False), ("CO", False), ("CCO", True), ("c1ccccc1", False),
        ("c1ccccc1O", True), ("CC#N", False), ("CC#CC", False), ("C1CCCCC1", True),
        ("C1CC1", False), ("CC(F)(F)F", False), ("CC=C", False), ("CCC", False),
        ("CCCC", True), ("OO", True),
    ],
)  # fmt: skip
def test_flexible_is_what_has_several_conformers(smiles: str, flexible: bool) -> None:
    assert is_flexible(Chem.AddHs(Chem.MolFromSmiles(smiles))) is flexible


def test_uff_stands_in_where_mmff_has_no_parameters() -> None:
    (structure,) = read("smiles:CC[SiH2]B(C)C")
    assert structure.info.geometry == ETKDG_UFF


def test_stereo_is_said_to_be_open_where_it_is(data: Path) -> None:
    for smiles in [*lines(data), *LISTED]:
        mol = Chem.MolFromSmiles(smiles)
        if mol is None or "." in smiles or "*" in smiles:
            continue
        assert (sum(open_stereo(mol)) > 0) == (isomers(smiles) > 1), smiles


@pytest.mark.parametrize("smiles", CAGES)
def test_rings_that_leave_no_choice_leave_nothing_open(smiles: str) -> None:
    assert (sum(open_stereo(Chem.MolFromSmiles(smiles))) > 0) is CAGES[smiles]


@pytest.mark.slow
@pytest.mark.parametrize("smiles", CAGES)
def test_rdkits_enumeration_agrees_on_cages(smiles: str) -> None:
    assert (isomers(smiles) > 1) is CAGES[smiles]


def test_what_is_open_is_said_in_words() -> None:
    for smiles, sentence in (
        ("FC=CF", "1 double bond is left open: one stereoisomer was chosen."),
        ("CC(F)C=CF", "1 stereocentre and 1 double bond are left open"),
        ("CC=CC=CC", "2 double bonds are left open"),
    ):
        assert any(sentence in text for text in told(read(f"smiles:{smiles}")[0])), smiles
    for smiles in ("F/C=C/F", "C12C3C4C1C5C2C3C45", "C1CC2CCC1C2", "C/C=N\\O"):
        assert not any("left open" in text for text in told(read(f"smiles:{smiles}")[0])), smiles


def test_the_list_of_smiles_is_read_or_refused_in_words(data: Path) -> None:
    facts = {}
    for smiles in lines(data):
        (item,) = gamnet.structures.reading.iter_structures(f"smiles:{smiles}")
        facts[smiles] = item.info if isinstance(item, Structure) else item.error
    assert (facts["[CH3]"].unpaired, facts["[O][O]"].unpaired, facts["[CH2]"].unpaired) == (1, 2, 2)
    assert (facts["[H+]"].charge, facts["[OH-]"].charge) == (1, -1)
    assert facts["[NH3+]CC(=O)[O-]"].charge == 0 and facts["C[N+](=O)[O-]"].charge == 0
    assert facts["[13CH4]"].isotopes == ("13C",) and facts["[2H]OC"].isotopes == ("2H",)
    assert facts["CN(=O)=O"].smiles == facts["C[N+](=O)[O-]"].smiles
    assert "3 separate fragments" in facts["C1CC1.[Na+].[Cl-]"]
    assert "dummy atom" in facts["C*"] and "not a valid SMILES" in facts["N->[BH3]"]


def test_a_tab_ends_the_smiles() -> None:
    assert read("smiles:CCO\tethanol")[0].info.title == "ethanol"


@pytest.mark.parametrize("text", ["C1CC", "[Xx]", "C(C)(C)(C)(C)C"])
def test_a_faulty_smiles_is_named_once(text: str) -> None:
    with pytest.raises(ReadError, match="is not a valid SMILES") as caught:
        read(f"smiles:{text}")
    assert str(caught.value).count(text) == 1
