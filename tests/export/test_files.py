"""Exports hold the prediction's numbers exactly, and nothing from a file name can do harm."""

import csv
import io
import json
import re

import ase.io
import numpy as np
import pandas as pd
import pytest
from records import PROPERTIES

from gamnet.export import files
from gamnet.prediction.result import Prediction, PropertyPrediction, atoms_frame
from gamnet.structures.structure import Structure, make_structure

HOSTILE_NAME = '=cmd|"/c calc"!A0<script>alert(1)</script>.xyz'


def predict_by_hand(
    structure: Structure, property_ids: tuple[str, ...] = ("homo", "cv"), additive: bool = True
) -> Prediction:
    """A prediction whose numbers are random but obey the contract."""
    rng = np.random.default_rng(structure.n_atoms)
    properties = {}
    for property_id in property_ids:
        scores = rng.dirichlet(np.ones(structure.n_atoms))
        contributions = rng.normal(size=structure.n_atoms) if additive else None
        baseline = 0.25
        value = baseline + (float(contributions.sum()) if additive else -6.5)
        properties[property_id] = PropertyPrediction(
            PROPERTIES[property_id], value, baseline, scores, contributions
        )
    return Prediction(structure.source, structure.frame, "qm9", structure, properties)


@pytest.fixture
def water() -> Structure:
    positions = [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]]
    return make_structure([8, 1, 1], positions, source="water.xyz")


@pytest.fixture
def crystal() -> Structure:
    lattice = np.array([[4.0, 0, 0], [0.5, 4.2, 0], [0.1, 0.3, 5.0]])
    return make_structure([11, 17], [[0, 0, 0], [2, 2.1, 2.5]], lattice, source="salt.cif", frame=3)


@pytest.fixture
def failed() -> Prediction:
    return Prediction("broken.xyz", 7, "qm9", None, error="'broken.xyz': the file is empty.")


def test_record_has_the_contract_keys_and_exact_numbers(water: Structure) -> None:
    prediction = predict_by_hand(water)
    record = files.record(prediction)
    assert list(record) == [
        "source", "frame", "formula", "n_atoms", "symbols", "positions", "lattice",
        "model", "error", "warnings", "domain", "domain_reasons", "properties",
    ]  # fmt: skip
    assert record["formula"] == "H2O" and record["n_atoms"] == 3
    assert record["symbols"] == ["O", "H", "H"] and record["error"] is None
    assert record["positions"] == prediction.structure.positions.tolist()
    assert record["lattice"] is None
    assert list(record["properties"]) == ["homo", "cv"]
    homo = record["properties"]["homo"]
    assert list(homo) == ["value", "baseline", "uncertainty", "unit", "ga_scores", "contributions"]
    assert homo["unit"] == "eV" and homo["value"] == prediction["homo"].value
    assert homo["ga_scores"] == prediction["homo"].ga_scores.tolist()
    assert homo["baseline"] + sum(homo["contributions"]) == pytest.approx(homo["value"])


def test_record_of_a_failure_keeps_the_keys(water: Structure, failed: Prediction) -> None:
    record = files.record(failed)
    assert list(record) == list(files.record(predict_by_hand(water)))
    assert record["error"] == "'broken.xyz': the file is empty." and record["properties"] == {}
    assert record["formula"] is None and record["n_atoms"] is None and record["symbols"] == []
    assert record["positions"] == [] and record["lattice"] is None


def test_record_of_the_papers_head_has_no_contributions(water: Structure) -> None:
    homo = files.record(predict_by_hand(water, additive=False))["properties"]["homo"]
    assert homo["contributions"] is None


def test_json_is_a_strict_list_in_input_order(
    water: Structure, crystal: Structure, failed: Prediction
) -> None:
    predictions = [predict_by_hand(crystal), failed, predict_by_hand(water)]
    text = files.to_json(predictions)
    assert json.loads(text) == [files.record(p) for p in predictions]
    assert json.loads(files.to_json([])) == []


def test_json_never_holds_nan(water: Structure) -> None:
    broken = PropertyPrediction(
        PROPERTIES["homo"], float("nan"), 0.0, np.array([0.5, np.inf, 0.5]), np.full(3, np.nan)
    )
    text = files.to_json([Prediction("x", 0, "qm9", water, {"homo": broken})])
    homo = json.loads(text, parse_constant=pytest.fail)[0]["properties"]["homo"]
    assert homo["value"] is None and homo["ga_scores"] == [0.5, None, 0.5]


def test_values_csv_has_a_row_per_structure(water: Structure, failed: Prediction) -> None:
    prediction = predict_by_hand(water)
    table = pd.read_csv(io.StringIO(files.values_csv([failed, prediction])))
    assert list(table.columns) == [
        "source", "frame", "formula", "n_atoms", "model", "homo [eV]", "cv [cal/(mol K)]",
        "homo_uncertainty [eV]", "cv_uncertainty [cal/(mol K)]", "domain", "warnings", "error",
    ]  # fmt: skip
    assert table["source"].tolist() == ["broken.xyz", "water.xyz"]
    assert np.isnan(table["homo [eV]"][0]) and table["error"][0] == failed.error
    assert table["homo [eV]"][1] == prediction["homo"].value


def test_atoms_csv_has_a_row_per_atom(
    water: Structure, crystal: Structure, failed: Prediction
) -> None:
    paper = predict_by_hand(water, additive=False)
    additive = predict_by_hand(crystal, ("cv",))
    table = pd.read_csv(io.StringIO(files.atoms_csv([paper, failed, additive])))
    assert table["source"].tolist() == ["water.xyz"] * 3 + ["salt.cif"] * 2
    assert table["atom"].tolist() == [0, 1, 2, 0, 1]
    assert table[["x [A]", "y [A]", "z [A]"]].to_numpy()[:3].tolist() == water.positions.tolist()
    assert table["ga_score_homo"][:3].tolist() == paper["homo"].ga_scores.tolist()
    assert table["ga_score_homo"][3:].isna().all()
    contributions = table["contribution_cv [cal/(mol K)]"]
    assert contributions[:3].isna().all()
    assert contributions[3:].tolist() == additive["cv"].contributions.tolist()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r\n=", " =", "＝"])
def test_csv_never_starts_a_formula(start: str, water: Structure) -> None:
    name = start + "HYPERLINK(1)"
    neutral = "'" + re.sub(r"\s", " ", name)
    hostile = make_structure(water.numbers, water.positions, source=name)
    failure = Prediction(name, 0, "qm9", None, warnings=(name,), error=name)
    predictions = [predict_by_hand(hostile), failure]
    for text in (files.values_csv(predictions), files.atoms_csv(predictions)):
        rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
        assert {row[0] for row in rows} == {neutral}
    last = list(csv.reader(io.StringIO(files.values_csv(predictions), newline="")))[-1]
    assert last[-2:] == [neutral, neutral]


def test_csv_keeps_negative_numbers(water: Structure) -> None:
    row = next(csv.DictReader(io.StringIO(files.values_csv([predict_by_hand(water)]))))
    assert float(row["homo [eV]"]) == predict_by_hand(water)["homo"].value


def test_extxyz_survives_a_round_trip(
    water: Structure, crystal: Structure, failed: Prediction
) -> None:
    predictions = [predict_by_hand(water), failed, predict_by_hand(crystal)]
    text = files.to_extxyz(predictions)
    frames = ase.io.read(io.StringIO(text), index=":", format="extxyz")
    assert [len(atoms) for atoms in frames] == [3, 2]
    for atoms, prediction in zip(frames, [predictions[0], predictions[2]], strict=True):
        structure = prediction.structure
        assert atoms.numbers.tolist() == structure.numbers.tolist()
        np.testing.assert_allclose(atoms.positions, structure.positions, atol=1e-8)
        assert tuple(atoms.pbc) == structure.pbc
        assert atoms.info["source"] == structure.source
        assert atoms.info["frame"] == structure.frame
        for property_id, predicted in prediction.properties.items():
            assert atoms.info[property_id] == predicted.value
            assert atoms.info[f"{property_id}_baseline"] == predicted.baseline
            assert atoms.info[f"{property_id}_unit"] == predicted.property.unit
            for name, array in (
                ("ga_score", predicted.ga_scores),
                ("contribution", predicted.contributions),
            ):
                written = atoms.get_array(f"{name}_{property_id}")
                np.testing.assert_allclose(written, array, atol=1e-8)
    np.testing.assert_allclose(frames[1].cell, crystal.lattice, atol=1e-8)


def test_extxyz_of_one_atom_and_a_slab() -> None:
    slab = make_structure([6], [[0, 0, 0]], np.diag([2.5, 2.5, 0]), (True, True, False), "slab")
    atoms = ase.io.read(io.StringIO(files.to_extxyz([predict_by_hand(slab)])), format="extxyz")
    assert tuple(atoms.pbc) == (True, True, False)
    assert atoms.get_array("ga_score_homo").tolist() == [1.0]


@pytest.mark.parametrize(
    "name", ["two\nlines.xyz", 'a "quoted" name.xyz', "a\\b=c.xyz", "ε\t[1].xyz"]
)
def test_extxyz_stays_readable_with_odd_names(name: str, water: Structure) -> None:
    odd = make_structure(water.numbers, water.positions, source=name)
    text = files.to_extxyz([predict_by_hand(odd), predict_by_hand(water)])
    frames = ase.io.read(io.StringIO(text), index=":", format="extxyz")
    assert [atoms.info["source"] for atoms in frames] == [re.sub(r"\s", " ", name), "water.xyz"]


def test_extxyz_without_a_source_keeps_the_rest(water: Structure) -> None:
    nameless = make_structure(water.numbers, water.positions, frame=5)
    text = files.to_extxyz([predict_by_hand(nameless)])
    atoms = ase.io.read(io.StringIO(text), format="extxyz")
    assert atoms.info["frame"] == 5 and "source" not in atoms.info


def test_atoms_frame(water: Structure, failed: Prediction) -> None:
    prediction = predict_by_hand(water)
    frame = prediction.to_frame()
    assert frame.index.name == "i" and frame.index.tolist() == [0, 1, 2]
    assert list(frame.columns) == [
        "element", "x", "y", "z",
        "ga_score_homo", "contribution_homo", "ga_score_cv", "contribution_cv",
    ]  # fmt: skip
    assert frame["element"].tolist() == ["O", "H", "H"]
    assert frame["contribution_cv"].tolist() == prediction["cv"].contributions.tolist()
    assert "contribution_homo" not in atoms_frame(predict_by_hand(water, additive=False))
    assert atoms_frame(failed).empty


def test_streams_hold_one_prediction_at_a_time(water: Structure) -> None:
    consumed = []

    def endless():
        while True:
            consumed.append(1)
            yield predict_by_hand(water)

    properties = [PROPERTIES["homo"], PROPERTIES["cv"]]
    for stream in (
        files.stream_json(endless()),
        files.stream_values_csv(endless(), properties),
        files.stream_atoms_csv(endless(), properties),
        files.stream_extxyz(endless()),
    ):
        consumed.clear()
        for _ in range(4):
            next(stream)
        assert len(consumed) <= 4
