"""The model that fits: molecules and crystals in one list, each to its own, and why."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk, molecule

import gamnet
from gamnet.errors import UnknownPropertyError
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction.auto import AutoModel, choose, load
from gamnet.prediction.shipped import available
from gamnet.structures.structure import Failure, Structure, make_structure


def crystal(formula: str, kind: str, a: float) -> Structure:
    atoms = bulk(formula, kind, a=a)
    return make_structure(atoms.numbers, atoms.positions, atoms.cell[:], source=formula)


def water() -> Structure:
    return make_structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], source="water")


def big_carbon() -> Structure:
    cage = molecule("C60")
    return make_structure(cage.numbers, cage.positions)


def domain(elements: tuple[int, ...], largest: int, periodic: bool = False) -> TrainingDomain:
    return TrainingDomain(
        dict.fromkeys(elements, 9),
        {3: 1, largest: 1},
        {1: 1, largest: 1},
        {3 if periodic else 0: 9},
        {0: 9},
        {0: 9},
    )


@pytest.fixture(scope="module")
def auto() -> AutoModel:
    model = load()
    assert isinstance(model, AutoModel)
    return model


def test_every_structure_goes_to_the_model_of_its_kind(auto: AutoModel) -> None:
    salt, unread = crystal("NaCl", "rocksalt", 5.64), Failure("broken.xyz", 0, "no atoms")
    selenium = make_structure(
        [34, 1, 1], [[0, 0, 0], [1.46, 0, 0], [-0.05, 1.46, 0]], source="h2se"
    )
    found = auto.predict([salt, water(), unread, selenium, water(), salt])
    assert [p.model for p in found] == ["mp2018", "qm9", "", "", "qm9", "mp2018"]
    assert [p.source for p in found] == ["NaCl", "water", "broken.xyz", "h2se", "water", "NaCl"]
    # Without a choice each has what its model predicts, and nothing is missed.
    assert set(found[0].properties) == {"e_form", "gap"} and "homo" in found[1].properties
    assert not any("does not predict" in text for p in found for text in p.warnings)
    assert found[2].error == "no atoms"
    # A structure that no model fits is still there, with the reason.
    assert found[3].structure is selenium
    assert found[3].error is not None and "knows Se" in found[3].error
    for one, again in ((0, 5), (1, 4)):
        for pid, value in found[one].properties.items():
            assert found[again][pid].value == pytest.approx(value.value, abs=1e-4)


def test_a_property_of_another_model_is_said_to_be_missing(auto: AutoModel) -> None:
    salt, molecule = auto.predict([crystal("NaCl", "rocksalt", 5.64), water()], ["homo", "gap"])
    assert set(salt.properties) == {"gap"} and set(molecule.properties) == {"homo", "gap"}
    assert "The model 'mp2018' does not predict homo." in salt.warnings
    assert salt["gap"].property.name == "Band gap" != molecule["gap"].property.name
    with pytest.raises(UnknownPropertyError, match="No shipped model predicts 'hardness'"):
        auto.predict([water()], ["hardness"])


def test_the_nearest_in_size_and_the_specialist_come_first() -> None:
    small, wide = domain((1, 6, 8), 29), domain((1, 6, 8, 16), 60)
    seen = {"wide": wide, "small": small, "solid": domain((8,), 99, periodic=True)}
    assert choose(water(), seen).fitting == ("small", "wide")
    rng = np.random.default_rng(0)
    spots = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3)[:40] * 1.5
    big = make_structure(rng.choice([1, 6, 8], 40), spots.astype(float))
    assert choose(big, seen).fitting == ("wide", "small")
    # A specialist for large cages is none for what is small.
    cages = TrainingDomain({6: 9}, {60: 9}, {60: 9}, {0: 9}, {0: 9}, {0: 9})
    pair = make_structure([6, 6], [[0, 0, 0], [0, 0, 1.25]])
    assert choose(pair, {"cages": cages, "small": small}).name == "small"
    assert choose(big_carbon(), {"cages": cages, "small": small}).name == "cages"
    none = choose(crystal("Cu", "fcc", 3.6), seen)
    assert none.name is None and "knows Cu; 'solid' knows crystals of O" in none.reason
    only = {"small": small}
    assert choose(crystal("Cu", "fcc", 3.6), only).reason.startswith(
        "No model fits: this is a crystal"
    )


def test_shipped_models_are_listed_by_the_size_of_their_test() -> None:
    sizes = [entry["test"]["n"] for entry in available().values()]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) >= 2


def test_crystals_are_predicted_without_their_data_set(tmp_path: Path) -> None:
    """Rock salt and strontium titanate, held against the Materials Project's own values."""
    (salt,) = gamnet.load("mp2018").predict([crystal("NaCl", "rocksalt", 5.69)])
    for pid, known in (("e_form", -2.1), ("gap", 5.0)):
        predicted = salt[pid]
        assert predicted.uncertainty is not None
        assert abs(predicted.value - known) < 3 * predicted.uncertainty
    assert salt.domain is not None and salt.domain.verdict == "in-domain"
    repeated = bulk("NaCl", "rocksalt", a=5.69).repeat((3, 3, 3))
    many = make_structure(repeated.numbers, repeated.positions, repeated.cell[:])
    (big,) = gamnet.load("mp2018").predict([many])
    assert big["e_form"].value == pytest.approx(salt["e_form"].value, abs=1e-4)
    assert big["gap"].value == pytest.approx(salt["gap"].value, abs=1e-4)
    assert big.domain is not None and big.domain.verdict == "in-domain"
    np.testing.assert_allclose(big["gap"].ga_scores[:2] * 27, salt["gap"].ga_scores, atol=1e-4)


def test_heavy_atoms_count_as_much_as_all_atoms() -> None:
    # Naphthalene has no more atoms than nonane, but more of them are heavy.
    ring = gamnet.read("smiles:c1ccc2ccccc2c1")[0]
    small = TrainingDomain({1: 9, 6: 9}, {3: 1, 29: 1}, {1: 1, 9: 1}, {0: 9}, {0: 9}, {0: 9})
    wide = TrainingDomain({1: 9, 6: 9, 16: 9}, {3: 1, 80: 1}, {1: 1, 40: 1}, {0: 9}, {0: 9}, {0: 9})
    assert choose(ring, {"small": small, "wide": wide}).name == "wide"
    benzene = gamnet.read("smiles:c1ccccc1")[0]
    assert choose(benzene, {"small": small, "wide": wide}).name == "small"
