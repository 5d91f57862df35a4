"""From structures to predictions: parity, failures in their place, invariance, warnings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from ase.build import bulk, molecule
from scipy.spatial.transform import Rotation

from gamnet.errors import UnknownPropertyError
from gamnet.graphs.graph import build_graph, collate
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import load_one
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import Failure, Structure, make_structure

NAMES = ("CH4", "CH3CH2OH", "C6H6", "H2O", "HCN", "CF4", "C2H4", "CO2", "N2")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_one("qm9")


def structure(name: str) -> Structure:
    atoms = molecule(name)
    return make_structure(atoms.numbers, atoms.positions, source=name)


def test_predictions_equal_the_network(model: Model) -> None:
    structures = [structure(name) for name in NAMES]
    with torch.no_grad():
        out = model.network(collate([build_graph(s, model.info.rule) for s in structures]))
    for k, prediction in enumerate(model.predict(structures)):
        assert prediction.source == NAMES[k] and prediction.error is None
        values = [prediction[pid].value for pid in model.property_ids]
        np.testing.assert_allclose(values, out.values[k], rtol=1e-5, atol=1e-6)  # a LUMO near 0 eV


def test_scores_and_contributions_add_up(model: Model) -> None:
    for prediction in model.predict([structure(name) for name in NAMES]):
        for predicted in prediction.properties.values():
            assert predicted.ga_scores.shape == (prediction.structure.n_atoms,)
            assert predicted.ga_scores.sum() == pytest.approx(1, abs=1e-5)
            total = predicted.baseline + predicted.contributions.sum()
            assert total == pytest.approx(predicted.value, abs=1e-9)


@pytest.mark.parametrize("batch_atoms", [1, 7, 2304])
def test_the_batch_size_changes_nothing(model: Model, batch_atoms: int, monkeypatch) -> None:
    monkeypatch.setattr("gamnet.prediction.model.BATCH_ATOMS", batch_atoms)
    structures = [structure(name) for name in NAMES]
    alone = [model.predict([s])[0]["homo"].value for s in structures]
    streamed = [p["homo"].value for p in model.stream(structures)]
    np.testing.assert_allclose(streamed, alone, atol=2e-5)


def test_pose_and_order_change_nothing(model: Model) -> None:
    base = structure("CH3CH2OH")
    order = np.random.default_rng(0).permutation(base.n_atoms)
    turned = Rotation.random(random_state=1).apply(base.positions.copy()) + [3, -7, 11]
    mixed = make_structure(base.numbers[order], turned[order])
    first, second = model.predict([base, mixed])
    for pid in model.property_ids:
        assert second[pid].value == pytest.approx(first[pid].value, abs=2e-4)
        np.testing.assert_allclose(second[pid].ga_scores, first[pid].ga_scores[order], atol=1e-4)


def test_the_gap_is_the_difference_of_its_orbitals(model: Model) -> None:
    for prediction in model.predict([structure(name) for name in NAMES]):
        homo, lumo, gap = (prediction[pid] for pid in ("homo", "lumo", "gap"))
        assert gap.value == lumo.value - homo.value
        assert gap.baseline == lumo.baseline - homo.baseline
        np.testing.assert_array_equal(gap.contributions, lumo.contributions - homo.contributions)
        mean = (homo.ga_scores + lumo.ga_scores) / 2
        np.testing.assert_allclose(gap.ga_scores, mean, atol=1e-7)


def test_two_threads_at_once_equal_one(model: Model) -> None:
    structures = [structure(name) for name in NAMES]
    precision, threads = torch.get_float32_matmul_precision(), torch.get_num_threads()
    alone = [p["homo"].value for p in model.predict(structures)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: model.predict(structures), range(8)))
    for predictions in together:
        assert [p["homo"].value for p in predictions] == alone
    # A library call leaves the process as it was.
    assert torch.get_float32_matmul_precision() == precision
    assert torch.get_num_threads() == threads


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_gives_the_same(model: Model) -> None:
    structures = [structure(name) for name in NAMES]
    on_gpu = load_one("qm9", device="cuda").predict(structures)
    for ours, theirs in zip(model.predict(structures), on_gpu, strict=True):
        for pid in model.property_ids:
            assert theirs[pid].value == pytest.approx(ours[pid].value, abs=1e-3)


def test_symmetric_atoms_get_the_same_score(model: Model) -> None:
    benzene = model.predict([structure("C6H6")])[0]
    for predicted in benzene.properties.values():
        np.testing.assert_allclose(predicted.ga_scores[:6], predicted.ga_scores[0], atol=1e-5)
        np.testing.assert_allclose(predicted.ga_scores[6:], predicted.ga_scores[6], atol=1e-5)


def test_one_failure_does_not_stop_the_others(model: Model) -> None:
    silane = make_structure([14, 1], [[0, 0, 0], [0, 0, 1.5]], source="silane.xyz", frame=4)
    items = [structure("CH4"), Failure("bad.xyz", 2, "it is empty"), silane, structure("H2O")]
    good, unread, foreign, last = model.predict(items)
    assert good.error is None and last.error is None
    assert (unread.source, unread.frame, unread.error) == ("bad.xyz", 2, "it is empty")
    assert unread.structure is None and unread.properties == {}
    assert "silane.xyz" in foreign.error and "Si" in foreign.error
    assert "It knows H, C, N, O, F" in foreign.error
    assert foreign.structure is silane and foreign.frame == 4
    assert model.predict([]) == []


def test_one_atom_and_isolated_atoms_are_predicted(model: Model) -> None:
    one = make_structure([8], [[0, 0, 0]])
    apart = make_structure([6, 1], [[0, 0, 0], [0, 0, 9]])
    single, lonely = model.predict([one, apart])
    assert single["homo"].ga_scores.tolist() == [1.0]
    assert np.isfinite(single["homo"].value) and np.isfinite(lonely["homo"].value)
    assert any("2 of 2 atoms have no neighbour" in text for text in lonely.warnings)


def test_what_is_outside_the_training_data_is_said(model: Model) -> None:
    diamond = bulk("C", "diamond", a=3.567)
    crystal = make_structure(diamond.numbers, diamond.positions, diamond.cell[:])
    large = structure("C60")
    noted = make_structure([8], [[0, 0, 0]], info=StructureInfo(notes=("geometry made by MMFF",)))
    in_crystal, too_large, with_note = model.predict([crystal, large, noted])
    assert any("trained on molecules, not on crystals" in text for text in in_crystal.warnings)
    assert any("60 atoms: larger than any" in text for text in too_large.warnings)
    assert with_note.warnings == ("geometry made by MMFF",)
    assert model.predict([structure("CH4")])[0].warnings == ()


def test_some_properties_only(model: Model) -> None:
    (prediction,) = model.predict([structure("CH4")], property_ids=["cv", "homo"])
    assert list(prediction.properties) == ["cv", "homo"]
    with pytest.raises(UnknownPropertyError, match="does not predict 'homo_lumo'.*homo, lumo"):
        model.predict([structure("CH4")], property_ids=["homo_lumo"])
    with pytest.raises(UnknownPropertyError, match="No prediction of 'zpve'"):
        prediction["zpve"]


def test_a_stream_is_lazy(model: Model, monkeypatch) -> None:
    monkeypatch.setattr("gamnet.prediction.model.BATCH_ATOMS", 20)
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield structure("CH4")

    stream = model.stream(endless())
    assert next(stream).error is None
    assert len(taken) == 4
