"""Explanations: exact sums, oracles, and that a made-up truth is found."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

from gamnet.datasets import get_dataset
from gamnet.errors import OutOfDomainError, StructureError, UnknownPropertyError
from gamnet.explanation.agreement import agreement, element_baseline, pearson, undefined
from gamnet.explanation.attention import attention_flow, local_attention
from gamnet.explanation.faithfulness import compare, faithfulness
from gamnet.explanation.removal import deletion_curve, occlusion, without
from gamnet.explanation.truth import Truth, TruthError, read_truth
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import load_one
from gamnet.structures.structure import Structure, make_structure

QM9 = get_dataset("qm9")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_one("qm9")


def structure(name: str) -> Structure:
    atoms = molecule(name)
    return make_structure(atoms.numbers, atoms.positions, source=name)


def test_local_attention_sums_to_one_around_every_atom(model: Model) -> None:
    ethanol = structure("CH3CH2OH")
    attention = local_attention(model, ethanol)
    config = model.network.config
    assert attention.weights.shape == (config.n_layers, len(attention.i), config.n_heads)
    for layer in attention.weights:
        total = np.zeros((9, config.n_heads))
        np.add.at(total, attention.i, layer)
        np.testing.assert_allclose(total, 1, atol=1e-5)
    with pytest.raises(OutOfDomainError, match="Si"):
        local_attention(model, make_structure([14], [[0, 0, 0]]))


def test_attention_flow_keeps_everything(model: Model) -> None:
    ethanol = structure("CH3CH2OH")
    flow = attention_flow(local_attention(model, ethanol), 9)
    np.testing.assert_allclose(flow.sum(axis=1), 1)
    assert (flow >= 0).all() and (flow.diagonal() > 1 / 9).all()
    alone = make_structure([6, 8], [[0, 0, 0], [0, 0, 9]])
    np.testing.assert_allclose(attention_flow(local_attention(model, alone), 2), np.eye(2))


def test_occlusion_is_the_difference_to_the_smaller_structure(model: Model) -> None:
    water = structure("H2O")
    changes = occlusion(model, water)
    rest = make_structure(water.numbers[[0, 2]], water.positions[[0, 2]])
    whole, smaller = model.predict([water, rest])
    for pid in model.property_ids:
        assert changes[pid][1] == pytest.approx(smaller[pid].value - whole[pid].value, abs=1e-4)
    assert np.isnan(occlusion(model, make_structure([8], [[0, 0, 0]]))["homo"]).all()


def test_deletion_starts_whole_and_ends_with_one_atom(model: Model) -> None:
    ethanol = structure("CH3CH2OH")
    scores = np.arange(9.0)
    curve = deletion_curve(model, ethanol, "alpha", scores)
    assert curve.removed.tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    (whole,) = model.predict([ethanol])
    (last,) = model.predict([without(ethanol, range(1, 9))])
    assert curve.values[0] == pytest.approx(whole["alpha"].value, abs=1e-3)
    assert curve.values[-1] == pytest.approx(last["alpha"].value, abs=1e-3)
    assert curve.random_mean[0] == pytest.approx(curve.values[0], abs=1e-3)
    assert curve.random_std[0] == pytest.approx(0, abs=1e-3)
    with pytest.raises(StructureError, match="Leave at least one"):
        without(ethanol, range(9))


def test_agreement_by_hand() -> None:
    truth = [np.array([0.1, 0.2, 0.7]), np.array([0.5, 0.5, 0.0])]
    same = agreement(truth, truth)
    assert (same.pearson, same.spearman, same.top1, same.n) == (1, 1, 1, 2)
    against = agreement([-t for t in truth], truth)
    assert (against.pearson, against.top1) == (-1, 0)
    flat = agreement([np.full(3, 1 / 3)] * 2, truth)
    assert (flat.pearson, flat.spearman) == (0, 0)
    # A tie in the truth: either atom is right.
    assert agreement([np.array([0.1, 0.9, 0.0])], truth[1:]).top1 == 1


def test_the_baseline_does_not_know_its_own_molecule() -> None:
    numbers = [np.array([6, 8]), np.array([6, 8]), np.array([6, 6])]
    truths = [np.array([0.2, 0.8]), np.array([0.4, 0.6]), np.array([0.9, 0.1])]
    first = element_baseline(numbers, truths)[0]
    np.testing.assert_allclose(first, [(0.4 + 0.9 + 0.1) / 3, 0.6])


def test_the_models_own_scores_are_perfectly_faithful_to_themselves(
    model: Model, tmp_path: Path
) -> None:
    ids = QM9.table().index[[100, 5_000, 60_000, 120_000]].to_numpy()
    index = ids.astype(np.int64)  # as `gamnet truth` writes whole numbers
    predictions = model.predict([QM9.structure(id) for id in ids], ["homo"])
    scores = [prediction["homo"].ga_scores for prediction in predictions]
    n_atoms = np.array([len(s) for s in scores])
    np.savez(tmp_path / "t.npz", index=index, n_atoms=n_atoms, homo=np.concatenate(scores))
    result = faithfulness("qm9", tmp_path / "t.npz")
    assert result["homo"]["ga_scores"]["pearson"] == pytest.approx(1, abs=1e-4)
    assert result["homo"]["ga_scores"]["top1"] == 1
    assert result["homo"]["element_mean"]["pearson"] < 0.99
    # Occlusion is its own truth where the truth is how far the value moves without each atom.
    moved = [np.abs(occlusion(model, QM9.structure(id))["homo"]) for id in ids]
    truth = Truth(index, n_atoms, {"homo": np.concatenate([m / m.sum() for m in moved])})
    maps = compare(model, truth, "homo", with_occlusion=True)
    assert maps["occlusion"].pearson == pytest.approx(1, abs=1e-4)
    assert maps["occlusion"].n == maps["ga_scores"].n
    # Ids may as well be text, as those of other data sets are.
    np.savez(
        tmp_path / "s.npz", index=ids.astype(str), n_atoms=n_atoms, homo=np.concatenate(scores)
    )
    assert faithfulness("qm9", tmp_path / "s.npz") == result
    left_out = np.concatenate([np.full(n_atoms[0], np.nan), *scores[1:]])
    truth = Truth(index, n_atoms, {"homo": left_out})
    assert compare(model, truth, "homo")["ga_scores"].n == result["homo"]["ga_scores"]["n"] - 1
    with pytest.raises(UnknownPropertyError, match="no populations for 'lumo'.*homo"):
        compare(model, truth, "lumo")


def test_a_bad_truth_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match="No truth file"):
        read_truth(tmp_path / "absent.npz")
    (tmp_path / "text.npz").write_text("no arrays")
    with pytest.raises(TruthError, match="not an npz file"):
        read_truth(tmp_path / "text.npz")
    np.savez(tmp_path / "short.npz", index=[1], n_atoms=[5], homo=np.zeros(4))
    with pytest.raises(TruthError, match=r"shape \(4,\) for 5 atoms of 1 molecules"):
        read_truth(tmp_path / "short.npz")
    np.savez(tmp_path / "less.npz", index=[1], homo=np.zeros(4))
    with pytest.raises(TruthError, match="lacks n_atoms"):
        read_truth(tmp_path / "less.npz")


def test_correlation_of_maps() -> None:
    first = np.array([1.0, 2.0, 4.0])
    assert pearson(first, 3 * first + 1) == pytest.approx(1)
    assert pearson(first, -first) == pytest.approx(-1)
    other = np.array([0.3, 0.1, 0.7])
    assert pearson(first, other) == pytest.approx(np.corrcoef(first, other)[0, 1])
    assert undefined(first, other) is None
    assert undefined(first[:2], first[:2]) == "fewer than 3 atoms"
    assert undefined(first, np.ones(3)) == undefined(np.ones(3), first) == "all atoms equal"


def test_atoms_equal_by_symmetry_have_no_correlation(model: Model) -> None:
    benzene = structure("C6H6")
    carbon = benzene.numbers == 6
    scores = np.asarray(model.predict([benzene])[0]["homo"].ga_scores)[carbon]
    change = occlusion(model, benzene)["homo"][carbon]
    assert np.ptp(scores) > 0 and np.ptp(change) > 0  # rounding alone
    assert undefined(scores, change) == "all atoms equal" and pearson(scores, change) == 0
    assert agreement([scores], [np.arange(6.0)]).spearman == 0
