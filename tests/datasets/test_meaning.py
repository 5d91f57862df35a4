"""What a typed text means."""

import pytest
from rdkit import Chem

from gamnet.datasets import get_dataset
from gamnet.datasets.meaning import Meaning, meaning
from gamnet.structures.names import PATH, alike, smiles_of


def read(text: str) -> Meaning:
    return meaning(text, get_dataset("qm9"))


@pytest.mark.parametrize(
    "text, source",
    [
        ("benzene", "qm9:214"),
        ("  Benzene ", "qm9:214"),
        ("214", "qm9:214"),
        ("QM9:214", "qm9:214"),
        ("smiles:CO", "smiles:CO"),
        ("example:diamond", "example:diamond"),
        ("aspirin", "smiles:CC(=O)Oc1ccccc1C(=O)O"),
        ("CC(=O)O", "smiles:CC(=O)O"),
        ("InChI=1S/CH4/h1H4", "smiles:C"),
        ("H2O", "qm9:3"),
    ],
)
def test_one_meaning(text: str, source: str) -> None:
    assert read(text).text == source


def test_a_formula_of_many_leaves_the_choice() -> None:
    found = read("H6C6")
    assert not found.text and set(found.candidates["formula"]) == {"C6H6"}
    assert f"{len(found.candidates):,} of QM9" in found.told


def test_a_text_that_is_smiles_and_formula_is_told_and_can_be_forced() -> None:
    both = read("CN")
    assert both.text == "smiles:CN"
    forced = read("formula:C6H6")
    assert forced.candidates is not None
    assert read("c1ccccc1").other == "qm9:214"


def test_stereo_that_is_named_has_to_be_the_molecules_own() -> None:
    for smiles in ("C/C=C/C(C)=O", "C/C=C\\C(C)=O"):
        other = read(smiles).other
        if other:
            own = get_dataset("qm9").table().loc[other.partition(":")[2], "smiles"]
            assert Chem.CanonSmiles(own) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize(
    "text", ["cafeine", "<b>x</b>", "Ü", "x" * 500, "C1CC", "999999999", "C99"]
)
def test_what_is_not_understood_says_so(text: str) -> None:
    found = read(text)
    assert not found.understood and found.told.endswith(".") and len(found.told) < 200
    assert ("caffeine" in found.suggestions) == (text == "cafeine")


def test_names_are_molecules_that_rdkit_reads() -> None:
    head, *lines = PATH.read_text().splitlines()
    assert "MIT" in head and len(lines) > 5_000
    for line in lines[::400]:
        name, smiles = line.split("\t")
        assert smiles_of(name.upper()) == smiles and Chem.MolFromSmiles(smiles) is not None
    for name, smiles in (("water", "O"), ("acetone", "CC(C)=O"), ("toluene", "Cc1ccccc1")):
        assert smiles_of(name) == smiles
    assert alike("toluen")[0] == "toluene" and alike("qqqq") == []
