"""QM9: what the source says, the paper's split, search."""

import numpy as np
import pytest
from scipy.constants import physical_constants

from gamnet.datasets import DATASETS, entry_of, get_dataset
from gamnet.datasets.source import (
    ClosedShellMolecules,
    DataSource,
    KnownIds,
    SmilesSearch,
    histogram,
)
from gamnet.errors import ReadError, UnknownDatasetError, UnknownPropertyError
from gamnet.formulas import element_counts

QM9 = get_dataset("qm9")


def test_the_table_is_the_papers() -> None:
    table = QM9.table()
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
    row = QM9.table().loc["6"]
    hartree = physical_constants["Hartree energy in eV"][0]
    assert row["homo"] == pytest.approx(-0.267 * hartree)
    assert row["lumo"] == pytest.approx(-0.0406 * hartree)
    assert row["zpve"] == pytest.approx(0.026603 * hartree)
    assert row["alpha"] == pytest.approx(14.18) and row["cv"] == pytest.approx(6.413)
    gap = QM9.table()[["homo", "lumo", "gap"]]
    assert (gap["lumo"] - gap["homo"] - gap["gap"]).abs().max() < 0.003


def test_a_structure_is_the_molecule_of_its_index() -> None:
    formaldehyde = QM9.structure("6")
    assert formaldehyde.formula == "CH2O" and formaldehyde.source == "qm9:6"
    assert formaldehyde.symbols == ("C", "O", "H", "H")
    assert formaldehyde.info.smiles == "C=O" and formaldehyde.info.id == "6"
    bond = np.linalg.norm(formaldehyde.positions[0] - formaldehyde.positions[1])
    assert bond == pytest.approx(1.2, abs=0.02)  # C=O, A
    table = QM9.table()
    for index in table.index[::20_000]:
        found = QM9.structure(index)
        assert found.formula == table.loc[index, "formula"]
        assert found.n_atoms == table.loc[index, "n_atoms"]


def test_a_missing_index_is_explained() -> None:
    with pytest.raises(UnknownDatasetError, match="No molecule 58 in QM9.*1 to 133885"):
        QM9.structure("58")


def test_search() -> None:
    assert list(QM9.search("214").index) == list(QM9.search("0214").index) == ["214"]
    assert len(QM9.search("999999999")) == 0 and len(QM9.search("C999999999")) == 0
    benzene = QM9.search("C6H6")
    assert "214" in benzene.index and set(benzene["formula"]) == {"C6H6"}
    assert list(QM9.search("OH2").index) == ["3"]
    # Any spelling of the SMILES, aromatic or Kekule, finds the molecule.
    for smiles in ("c1ccccc1", "C1=CC=CC=C1"):
        assert list(QM9.search(smiles).index) == ["214"]
    part = QM9.search("C1CC1C#N")
    assert len(part) and all("C1CC1C#N" in s or s for s in part["smiles"])
    assert len(QM9.search("")) == 0 and len(QM9.search("<script>")) == 0
    bracket = QM9.search("[")  # as a pattern this would be an error
    assert len(bracket) and bracket["smiles"].str.contains("[", regex=False).all()


def test_search_by_ranges() -> None:
    table = QM9.table()
    found = QM9.search("", {"homo": (-6.0, -5.5), "n_atoms": (3, 12)})
    by_hand = table[
        (table["homo"] >= -6.0) & (table["homo"] <= -5.5)
        & (table["n_atoms"] >= 3) & (table["n_atoms"] <= 12)
    ]  # fmt: skip
    assert len(found) and found.index.tolist() == by_hand.index.tolist()
    benzene = table.loc["214"]
    around = {"alpha": (benzene["alpha"] - 0.01, benzene["alpha"] + 0.01)}
    assert QM9.search("C6H6", around).index.tolist() == ["214"]
    assert len(QM9.search("C6H6", {"alpha": (1000.0, 2000.0)})) == 0
    assert len(QM9.search("", {"alpha": (80.0, 70.0)})) == 0
    with pytest.raises(UnknownPropertyError, match="'mass'.*homo, lumo"):
        QM9.search("", {"mass": (0.0, 1.0)})


def test_formulas_count_every_atom() -> None:
    table = QM9.table()
    counts = element_counts(table["formula"])
    place = table.index.get_loc("214")
    assert {symbol: int(n[place]) for symbol, n in counts.items() if n[place]} == {"C": 6, "H": 6}
    np.testing.assert_array_equal(sum(counts.values()), table["n_atoms"])


def test_a_spelling_finds_its_molecule() -> None:
    assert QM9.same_constitution("c1ccccc1").index.tolist() == ["214"]
    assert len(QM9.same_constitution("C1CC")) == 0 and len(QM9.same_constitution("CC" * 9)) == 0


def test_it_is_a_data_source_of_closed_shell_molecules() -> None:
    assert DATASETS["qm9"] is QM9 and isinstance(QM9, DataSource) and QM9.available
    for ability in (SmilesSearch, ClosedShellMolecules, KnownIds):
        assert isinstance(QM9, ability)


@pytest.mark.parametrize(
    "text, id",
    [("123", "123"), ("qm9:0123", "123"), ("gdb_7", "7"), ("dsgdb9nsd_000123", "123"),
     ("CCO", None), ("gdb_", None), ("12a", None)],
)  # fmt: skip
def test_spellings_of_an_index(text: str, id: str | None) -> None:
    assert QM9.id_of(text) == id


def test_the_entry_of_a_structure() -> None:
    structure = QM9.structure("214")
    source, row = entry_of(structure)
    assert source is QM9 and row.name == "214" and row["formula"] == "C6H6"
    # A file that claims to be the molecule is not believed.
    from dataclasses import replace

    assert entry_of(replace(structure, source="claims.xyz")) is None


@pytest.mark.parametrize("id", ["abc", "1.5", "-1", "1" * 30])
def test_what_is_no_index_is_told(id: str) -> None:
    with pytest.raises(ReadError, match="is not a QM9 Index"):
        QM9.structure(id)


def test_the_histogram_is_of_the_training_split() -> None:
    counts, edges = histogram(QM9, "alpha", 30)
    table = QM9.table()
    values = table.loc[table["split"] == "train", "alpha"]
    inside = values.between(edges[0], edges[-1])
    assert len(counts) == 30 and counts.sum() == inside.sum()
    assert 0.997 < inside.mean() < 0.999


@pytest.mark.slow
def test_the_whole_data_set_is_prepared_and_evaluates_as_the_card_says(qm9_evaluated: str) -> None:
    import json

    from gamnet.prediction.shipped import available

    dataset = QM9.prepare()
    assert len(dataset.graphs) == 130_831
    assert dataset.graphs.n_atoms_of.tolist() == QM9.table()["n_atoms"].tolist()
    # No atom of QM9 is without a neighbour.
    batch = dataset.graphs.batch(np.arange(0, 130_831, 10))
    assert len(np.unique(batch.i)) == batch.n_atoms
    measured, stated = json.loads(qm9_evaluated), available()["qm9"]["test"]
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
    QM9.prepare()
    fit(config, tmp_path)
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line)["step"] == 16
    alone = replace(config, processes=1)
    fit(alone, tmp_path / "alone")
    (other,) = (tmp_path / "alone" / "log.jsonl").read_text().splitlines()
    # The same batches, shared out: the same gradients up to rounding.
    ours, theirs = (json.loads(x)["validation_mae"]["homo"] for x in (line, other))
    assert ours == pytest.approx(theirs, rel=0.01)
