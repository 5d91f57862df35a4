"""QM9: what the source says, the paper's split, search."""

import numpy as np
import pytest
from scipy.constants import physical_constants

from gamnet.datasets import qm9
from gamnet.errors import UnknownDatasetError, UnknownPropertyError


def test_the_table_is_the_papers() -> None:
    table = qm9.load_table()
    assert len(table) == 130_831
    assert table["split"].value_counts().to_dict() == {
        "train": 110_000,
        "validation": 10_000,
        "test": 10_831,
    }
    assert (np.diff(table["n_atoms"]) >= 0).all()
    permutation = np.random.RandomState(0).permutation(130_831)
    assert set(table["split"].iloc[permutation[110_000:120_000]]) == {"validation"}
    assert set(table["split"].iloc[permutation[120_000:]]) == {"test"}


def test_values_are_in_our_units() -> None:
    """Formaldehyde, QM9 Index 6: -0.267, -0.0406 Ha, 0.026603 Ha, 14.18 a0^3, 6.413 cal/mol/K."""
    row = qm9.load_table().loc[6]
    hartree = physical_constants["Hartree energy in eV"][0]
    assert row["homo"] == pytest.approx(-0.267 * hartree)
    assert row["lumo"] == pytest.approx(-0.0406 * hartree)
    assert row["zpve"] == pytest.approx(0.026603 * hartree)
    assert row["alpha"] == pytest.approx(14.18) and row["cv"] == pytest.approx(6.413)
    gap = qm9.load_table()[["homo", "lumo", "gap"]]
    assert (gap["lumo"] - gap["homo"] - gap["gap"]).abs().max() < 0.003


def test_a_structure_is_the_molecule_of_its_index() -> None:
    formaldehyde = qm9.structure(6)
    assert formaldehyde.formula == "CH2O" and formaldehyde.source == "qm9:6"
    assert formaldehyde.symbols == ("C", "O", "H", "H")
    assert formaldehyde.info["smiles"] == "C=O" and formaldehyde.info["qm9_index"] == 6
    bond = np.linalg.norm(formaldehyde.positions[0] - formaldehyde.positions[1])
    assert bond == pytest.approx(1.2, abs=0.02)  # C=O, A
    table = qm9.load_table()
    for index in table.index[::20_000]:
        found = qm9.structure(int(index))
        assert found.formula == table.loc[index, "formula"]
        assert found.n_atoms == table.loc[index, "n_atoms"]


def test_a_missing_index_is_explained() -> None:
    with pytest.raises(UnknownDatasetError, match="No molecule 58 in QM9.*1 to 133885"):
        qm9.structure(58)


def test_search() -> None:
    assert list(qm9.search("214").index) == [214]
    assert len(qm9.search("999999999")) == 0 and len(qm9.search("C999999999")) == 0
    benzene = qm9.search("C6H6")
    assert 214 in benzene.index and set(benzene["formula"]) == {"C6H6"}
    assert list(qm9.search("OH2").index) == [3]
    # Any spelling of the SMILES, aromatic or Kekule, finds the molecule.
    for smiles in ("c1ccccc1", "C1=CC=CC=C1"):
        assert list(qm9.search(smiles).index) == [214]
    part = qm9.search("C1CC1C#N")
    assert len(part) and all("C1CC1C#N" in s or s for s in part["smiles"])
    assert len(qm9.search("")) == 0 and len(qm9.search("<script>")) == 0
    bracket = qm9.search("[")  # as a pattern this would be an error
    assert len(bracket) and bracket["smiles"].str.contains("[", regex=False).all()


def test_search_by_ranges() -> None:
    table = qm9.load_table()
    found = qm9.search("", {"homo": (-6.0, -5.5), "n_atoms": (3, 12)})
    by_hand = table[
        (table["homo"] >= -6.0) & (table["homo"] <= -5.5)
        & (table["n_atoms"] >= 3) & (table["n_atoms"] <= 12)
    ]  # fmt: skip
    assert len(found) and found.index.tolist() == by_hand.index.tolist()
    benzene = table.loc[214]
    around = {"alpha": (benzene["alpha"] - 0.01, benzene["alpha"] + 0.01)}
    assert qm9.search("C6H6", around).index.tolist() == [214]
    assert len(qm9.search("C6H6", {"alpha": (1000.0, 2000.0)})) == 0
    assert len(qm9.search("", {"alpha": (80.0, 70.0)})) == 0
    with pytest.raises(UnknownPropertyError, match="'mass'.*homo, lumo"):
        qm9.search("", {"mass": (0.0, 1.0)})


def test_elements_are_counted_and_a_spelling_finds_its_molecule() -> None:
    counts, table = qm9.element_counts(), qm9.load_table()
    benzene = counts[table.index.get_loc(214)]
    assert benzene[[1, 6]].tolist() == [6, 6] and benzene.sum() == 12
    np.testing.assert_array_equal(counts.sum(axis=1), table["n_atoms"])
    assert qm9.same_constitution("c1ccccc1").index.tolist() == [214]
    assert len(qm9.same_constitution("C1CC")) == 0 and len(qm9.same_constitution("CC" * 9)) == 0


@pytest.mark.slow
def test_the_whole_data_set_is_prepared_and_evaluates_as_the_card_says() -> None:
    from gamnet.evaluation.evaluate import evaluate
    from gamnet.prediction.shipped import available

    dataset = qm9.prepare()
    assert len(dataset.graphs) == 130_831
    assert dataset.graphs.n_atoms_of.tolist() == qm9.load_table()["n_atoms"].tolist()
    # No atom of QM9 is without a neighbour.
    batch = dataset.graphs.batch(np.arange(0, 130_831, 10))
    assert len(np.unique(batch.i)) == batch.n_atoms
    measured, stated = evaluate("qm9"), available()["qm9"]["test"]
    assert measured["n"] == stated["n"] == 10_831 and measured["split"] == "test"
    for pid, mae in stated["mae"].items():
        assert measured["mae"][pid]["unit"] == mae["unit"]
        assert measured["mae"][pid]["value"] == pytest.approx(mae["value"], rel=1e-3)


@pytest.mark.slow
def test_two_processes_train_on_it(tmp_path) -> None:
    import json
    from dataclasses import replace
    from pathlib import Path

    from gamnet.training.config import load_config
    from gamnet.training.run import fit

    config = load_config(Path("configs/qm9.yaml"))
    small = {**config.model, "dim": 16, "n_heads": 2, "n_layers": 2, "head_dim": 16}
    config = replace(config, model=small, epochs=1, limit=1024, processes=2, warmup_steps=4)
    qm9.prepare()
    fit(config, tmp_path)
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["step"] == 16
    alone = replace(config, processes=1)
    fit(alone, tmp_path / "alone")
    (other,) = (tmp_path / "alone" / "log.jsonl").read_text().splitlines()
    # The same batches, shared out: the same gradients up to rounding.
    ours, theirs = (json.loads(x)["validation_mae"]["homo"] for x in (line, other))
    assert ours == pytest.approx(theirs, rel=0.01)
