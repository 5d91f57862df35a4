"""A fact means the same for verdict, stated error and orbitals, whatever file it comes from."""

from pathlib import Path

import pytest

import gamnet
from gamnet.explanation.orbitals import COARSE, OrbitalError, converged
from gamnet.prediction.domain import OUTSIDE, UNKNOWN, closed_shell_obstacle
from gamnet.prediction.model import Model
from gamnet.structures.reading import read

CHARGED, SPIN = "charge", "unpaired electrons"
APART, BARE = "separate molecules", "no hydrogen atoms"
CASES = {
    "10b-ethanediammonium.mol2": CHARGED,
    "10c-methylammonium.mol2": CHARGED,
    "10f-ethanediammonium.mol": CHARGED,
    "10g-ethanediammonium.pdb": CHARGED,
    "10h-glycolate-charges.mol2": CHARGED,
    "12A-dication-plain-comment.xyz": CHARGED,
    "12l-charge-only.xyz": CHARGED,
    "12q-mult-float.xyz": SPIN,
    "12r-initial-charges.xyz": CHARGED,
    "22a-o2-triplet.json": SPIN,
    "22b-ch2-triplet.json": SPIN,
    "22g-initial-charges.extxyz": CHARGED,
    "22i-mult.traj": SPIN,
    "19-C2H4-H2CO-50.xyz": APART,
    "19-C6H6-NH3-50.xyz": APART,
    "19-CH4-H2O-1000.xyz": APART,
    "01-altloc-b-only.pdb": APART,
}


@pytest.fixture(scope="module")
def model() -> Model:
    return gamnet.load("qm9")


@pytest.mark.parametrize("name", CASES)
def test_a_fact_reaches_verdict_error_and_orbitals(data: Path, model: Model, name: str) -> None:
    (structure,) = read(data / "cases" / name)
    (prediction,) = model.predict([structure])
    assert prediction.domain.verdict == OUTSIDE
    assert all(p.uncertainty is None for p in prediction.properties.values())
    assert any(CASES[name] in text for text in prediction.warnings)
    assert closed_shell_obstacle(structure)
    with pytest.raises(OrbitalError):
        converged(structure, COARSE)


def test_the_dication_is_one_whatever_its_format(data: Path, model: Model) -> None:
    names = [f"10{name}" for name in (
        "b-ethanediammonium.mol2", "f-ethanediammonium.mol", "g-ethanediammonium.pdb"
    )] + ["12A-dication-plain-comment.xyz"]  # fmt: skip
    predictions = model.predict([read(data / "cases" / name)[0] for name in names])
    assert len({prediction.domain.reasons for prediction in predictions}) == 1
    assert len({prediction.warnings for prediction in predictions}) == 1


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("5\n\nC 0 0 0\nD 0.63 0.63 0.63\nH -0.63 -0.63 0.63\nH 0.63 -0.63 -0.63\n"
         "H -0.63 0.63 -0.63\n", UNKNOWN, "Isotopes (2H)"),
        ("2\n\nC 0 0 0\nO 0 0 1.43\n", OUTSIDE, BARE),
    ],
    ids=["isotope", "no hydrogens"],
)  # fmt: skip
def test_isotopes_and_missing_hydrogens_leave_no_stated_error(
    model: Model, text: str, verdict: str, said: str
) -> None:
    (prediction,) = model.predict(read(text.encode(), name="x.xyz"))
    assert prediction.domain.verdict == verdict
    assert all(p.uncertainty is None for p in prediction.properties.values())
    assert any(said in warning for warning in prediction.warnings)


def test_an_ordinary_molecule_is_as_it_was(data: Path, model: Model) -> None:
    (prediction,) = model.predict(read(data / "thymine.xyz"))
    assert prediction.warnings == () and closed_shell_obstacle(prediction.structure) == ""
    assert all(p.uncertainty is not None for p in prediction.properties.values())
