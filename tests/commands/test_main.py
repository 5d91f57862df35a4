"""The command line keeps its contracts: formats, exit status, and clean standard output."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import ase.io
import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from records import PROPERTIES
from typer.testing import CliRunner

import gamnet
from gamnet.commands.main import main

WATER = """3
water
O 0.0 0.0 0.119
H 0.0 0.763 -0.477
H 0.0 -0.763 -0.477
"""
METHANE = """5
methane
C 0.0 0.0 0.0
H 0.629 0.629 0.629
H -0.629 -0.629 0.629
H -0.629 0.629 -0.629
H 0.629 -0.629 -0.629
"""
SALT = """2
Lattice="0 2.8 2.8 2.8 0 2.8 2.8 2.8 0" Properties=species:S:1:pos:R:3 pbc="T T T"
Na 0 0 0
Cl 2.8 2.8 2.8
"""


def run(*arguments: object, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def strict_json(text: str) -> object:
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


@pytest.fixture
def water(tmp_path: Path) -> Path:
    path = tmp_path / "water.xyz"
    path.write_text(WATER)
    return path


@pytest.fixture
def trajectory(tmp_path: Path) -> Path:
    """Three frames, the middle one with two atoms at one place."""
    path = tmp_path / "three.xyz"
    path.write_text(WATER + WATER.replace("0.763 -0.477", "0.0 0.119") + METHANE)
    return path


def test_predict_json_keeps_the_contract(water: Path) -> None:
    result = run("predict", water, "--format", "json")
    assert result.exit_code == 0
    (record,) = strict_json(result.stdout)
    assert list(record) == [
        "source", "frame", "formula", "n_atoms", "symbols", "positions", "lattice",
        "model", "error", "warnings", "domain", "domain_reasons", "properties",
    ]  # fmt: skip
    assert record["source"].endswith("water.xyz") and record["frame"] == 0
    assert record["formula"] == "H2O" and record["n_atoms"] == 3
    assert record["symbols"] == ["O", "H", "H"] and record["model"] == "qm9"
    assert record["error"] is None and record["warnings"] == []
    assert record["domain"] in ("in-domain", "edge", "unknown", "outside")
    assert bool(record["domain_reasons"]) == (record["domain"] != "in-domain")
    assert list(record["properties"]) == ["homo", "lumo", "gap", "zpve", "alpha", "cv"]
    for property_id, predicted in record["properties"].items():
        assert sorted(predicted) == [
            "baseline", "contributions", "ga_scores", "uncertainty", "unit", "value",
        ]  # fmt: skip
        # No molecule as small as water was held back: the error is not known.
        assert record["domain"] == "unknown" and predicted["uncertainty"] is None
        assert predicted["unit"] == PROPERTIES[property_id].unit
        assert len(predicted["ga_scores"]) == len(predicted["contributions"]) == 3
        assert all(0 <= score <= 1 for score in predicted["ga_scores"])
        assert sum(predicted["ga_scores"]) == pytest.approx(1, abs=1e-5)
        total = predicted["baseline"] + sum(predicted["contributions"])
        assert total == pytest.approx(predicted["value"], rel=1e-5, abs=1e-4)


def test_an_error_is_stated_where_it_was_measured() -> None:
    (record,) = strict_json(run("predict", "qm9:60000", "--format", "json").stdout)
    assert record["domain"] == "in-domain"
    assert all(predicted["uncertainty"] > 0 for predicted in record["properties"].values())
    value = {pid: predicted["value"] for pid, predicted in record["properties"].items()}
    assert value["gap"] == value["lumo"] - value["homo"]


def test_predict_says_what_the_python_api_says(water: Path) -> None:
    (record,) = strict_json(run("predict", water, "--format", "json").stdout)
    (prediction,) = gamnet.load("qm9").predict(gamnet.read(water))
    for property_id, predicted in record["properties"].items():
        assert predicted["value"] == pytest.approx(prediction[property_id].value, rel=1e-6)
        scores = prediction[property_id].ga_scores
        np.testing.assert_allclose(predicted["ga_scores"], scores, rtol=1e-5)


def test_predict_keeps_order_and_place_of_failures(
    water: Path, trajectory: Path, tmp_path: Path
) -> None:
    result = run("predict", trajectory, tmp_path / "absent.xyz", water, "-f", "json", "-p", "cv")
    assert result.exit_code == 1
    records = strict_json(result.stdout)
    assert [(Path(r["source"]).name, r["frame"], r["error"] is None) for r in records] == [
        ("three.xyz", 0, True),
        ("three.xyz", 1, False),
        ("three.xyz", 2, True),
        ("absent.xyz", 0, False),
        ("water.xyz", 0, True),
    ]
    assert "at one place" in records[1]["error"] and records[1]["properties"] == {}
    assert [list(r["properties"]) for r in records if r["error"] is None] == [["cv"]] * 3
    assert "at one place" in result.stderr and "absent.xyz" in result.stderr


def test_predict_refuses_an_element_the_model_never_saw(water: Path, tmp_path: Path) -> None:
    acid = tmp_path / "acid.xyz"
    acid.write_text("2\n\nH 0 0 0\nI 0 0 1.61\n")
    result = run("predict", acid, water, "--format", "json")
    assert result.exit_code == 1
    refused, fine = strict_json(result.stdout)
    assert "none of the models for molecules knows I" in refused["error"]
    assert "'qm9' knows molecules of H, C, N, O, F" in refused["error"]
    assert refused["formula"] == "HI" and not refused["properties"]
    result = run("predict", acid, "--format", "json", "--model", "qm9")
    assert "contains I" in strict_json(result.stdout)[0]["error"]
    assert fine["error"] is None


def test_predict_finds_the_model_of_each_structure(water: Path, tmp_path: Path) -> None:
    salt = tmp_path / "salt.xyz"
    salt.write_text(SALT)
    crystal, molecule = strict_json(run("predict", salt, water, "--format", "json").stdout)
    assert (crystal["model"], molecule["model"]) == ("mp2018", "qm9")
    assert set(crystal["properties"]) == {"e_form", "gap"} and not crystal["warnings"]
    # The table has what one of them has; the other's place is empty, and nothing failed.
    table = run("predict", salt, water).stdout
    assert "e_form [eV/atom]" in table and "homo [eV]" in table and "failed" not in table
    assert "homo" not in run("predict", salt).stdout
    result = run("predict", salt, "--property", "homo,gap", "--format", "json")
    (asked,) = strict_json(result.stdout)
    assert set(asked["properties"]) == {"gap"}
    assert "The model 'mp2018' does not predict homo." in asked["warnings"]


def test_predict_reads_standard_input_and_smiles() -> None:
    (record,) = strict_json(run("predict", "-", "-f", "json", stdin=METHANE).stdout)
    assert record["formula"] == "CH4"
    (record,) = strict_json(run("predict", "smiles:CCO", "-f", "json", "-p", "homo").stdout)
    assert record["source"] == "smiles:CCO" and record["formula"] == "C2H6O"
    assert record["warnings"], "a geometry from SMILES is not the model's kind"


def test_predict_says_a_warning_once_on_standard_error() -> None:
    result = run("predict", "smiles:C", "smiles:C", "-f", "csv")
    assert result.stderr.count("ETKDG") == 1 and "(2 structures)" in result.stderr


def test_predict_csv(trajectory: Path) -> None:
    result = run("predict", trajectory, "--format", "csv", "--property", "gap, homo")
    table = pd.read_csv(io.StringIO(result.stdout))
    assert list(table.columns)[5:7] == ["gap [eV]", "homo [eV]"]
    assert table["frame"].tolist() == [0, 1, 2]
    assert table["gap [eV]"].isna().tolist() == [False, True, False]


def test_predict_extxyz_to_a_file(trajectory: Path, tmp_path: Path) -> None:
    output = tmp_path / "scored.extxyz"
    result = run("predict", trajectory, "-f", "extxyz", "-o", output)
    assert result.exit_code == 1 and result.stdout == ""
    frames = ase.io.read(output, index=":")
    assert [(len(atoms), atoms.info["frame"]) for atoms in frames] == [(3, 0), (5, 2)]
    for atoms in frames:
        assert atoms.get_array("ga_score_lumo").sum() == pytest.approx(1, abs=1e-5)
        total = atoms.info["cv_baseline"] + atoms.get_array("contribution_cv").sum()
        assert total == pytest.approx(atoms.info["cv"], abs=1e-4)


def test_predict_html_stands_alone(water: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    assert run("predict", water, "-f", "html", "-o", output).exit_code == 0
    text = output.read_text()
    assert text.startswith("<!doctype html>") and text.rstrip().endswith("</html>")
    assert "H₂O" in text and "Heat capacity" in text and "importmap" in text


def test_predict_table_shows_values_and_atoms(water: Path, trajectory: Path) -> None:
    (prediction,) = gamnet.load("qm9").predict(gamnet.read(water), property_ids=("homo",))
    lines = run("predict", water, "-p", "homo").stdout.splitlines()
    assert f"{prediction['homo'].value:.3f}" in lines[1] and "H2O" in lines[1]
    oxygen = next(line for line in lines if line.split()[:2] == ["0", "O"])
    assert f"{prediction['homo'].ga_scores[0]:.1%}" in oxygen
    assert f"{prediction['homo'].contributions[0]:+.3f}" in oxygen
    many = run("predict", trajectory).stdout
    assert many.count("failed") == 6 and "score" not in many


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--property", "homo,colour"], "Unknown property 'colour'. Available: homo, lumo"),
        (["--property", ""], "Unknown property ''"),
        (["--model", "nonsense"], "nonsense"),
        (["--format", "pdf"], "'pdf' is not one of"),
        (["--output", "/nowhere/values.csv"], "Cannot write '/nowhere/values.csv'"),
    ],
)
def test_predict_wrong_usage(arguments: list[str], message: str, water: Path) -> None:
    result = run("predict", water, *arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr and "Traceback" not in result.stderr


def test_predict_never_overwrites_its_input(water: Path) -> None:
    result = run("predict", water, "-f", "json", "-o", water)
    assert result.exit_code == 2 and "is an input file" in result.stderr
    assert water.read_text() == WATER


def test_predict_overwrites_an_older_output(tmp_path: Path) -> None:
    output = tmp_path / "values.csv"
    output.write_text("old")
    long = "smiles:" + "C" * 280 + "("  # longer than a file name may be
    assert run("predict", "smiles:C", long, "-f", "csv", "-o", output).exit_code == 1
    assert output.read_text().startswith("source,") and output.read_text().count("\n") == 3


def test_an_older_output_stays_until_the_new_one_is_whole(
    tmp_path: Path, water: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "values.csv"
    output.write_text("old")

    def broken(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("gamnet.export.files.csv_line", broken)
        result = run("predict", water, "-f", "csv", "-o", output)
    assert result.exit_code == 1
    assert f"error: Cannot write '{output}': No space left on device" in result.stderr
    assert output.read_text() == "old" and len(list(tmp_path.iterdir())) == 2
    # A disk that is always full, and one that takes everything.
    result = run("predict", water, "-f", "csv", "-o", "/dev/full")
    assert result.exit_code == 1 and "Cannot write '/dev/full': No space left" in result.stderr
    assert run("predict", water, "-f", "csv", "-o", os.devnull).exit_code == 0


def test_graph_json_keeps_the_contract(water: Path) -> None:
    result = run("graph", water, "--json")
    assert result.exit_code == 0 and result.stderr == ""
    graph = strict_json(result.stdout)
    assert list(graph) == ["n_atoms", "edges"] and graph["n_atoms"] == 3
    bonds = [edge for edge in graph["edges"] if 0 in (edge["i"], edge["j"])]
    assert sorted((edge["i"], edge["j"]) for edge in bonds) == [(0, 1), (0, 2), (1, 0), (2, 0)]
    for edge in graph["edges"]:
        assert list(edge) == ["i", "j", "image", "distance", "solid_angle"]
        assert edge["image"] == [0, 0, 0] and edge["solid_angle"] >= 0.4
    assert bonds[0]["distance"] == pytest.approx(np.hypot(0.763, 0.596))


def test_graph_of_a_crystal_has_images() -> None:
    graph = strict_json(run("graph", "-", "--json", stdin=SALT).stdout)
    nearest = [e for e in graph["edges"] if e["distance"] == pytest.approx(2.8)]
    assert len(nearest) == 12 and all(e["i"] != e["j"] for e in nearest)
    assert len({(e["i"], *e["image"]) for e in nearest}) == 12


def test_graph_options_choose_the_neighbours() -> None:
    def edges(*options: object) -> list[dict]:
        return strict_json(run("graph", "-", "--json", *options, stdin=METHANE).stdout)["edges"]

    default = edges()
    assert len(edges("--cutoff", 1.2)) == 8 and len(default) > 8
    assert max(e["distance"] for e in edges("--cutoff", 1.2)) < 1.2
    largest = max(e["solid_angle"] for e in default)
    assert edges("--min-angle", largest + 0.01) == []


def test_graph_frame(trajectory: Path) -> None:
    assert strict_json(run("graph", trajectory, "--frame", 2, "--json").stdout)["n_atoms"] == 5
    first = run("graph", trajectory, "--json")
    assert strict_json(first.stdout)["n_atoms"] == 3 and "--frame" in first.stderr
    bad = run("graph", trajectory, "--frame", 1)
    assert bad.exit_code == 1 and "at one place" in bad.stderr and bad.stdout == ""
    missing = run("graph", trajectory, "--frame", 9)
    assert missing.exit_code == 1 and "no frame 9" in missing.stderr


def test_graph_text_lists_every_edge(water: Path) -> None:
    lines = run("graph", water).stdout.splitlines()
    n_edges = len(strict_json(run("graph", water, "--json").stdout)["edges"])
    assert lines[0] == f"H2O: 3 atoms, {n_edges} directed edges" and len(lines) == 3 + n_edges


def test_models_lists_what_is_shipped() -> None:
    entry = strict_json(run("models", "--json").stdout)["qm9"]
    assert entry["dataset"] == "qm9" and list(entry["test"]["mae"]) == [
        prop["id"] for prop in entry["properties"]
    ]
    homo = entry["test"]["mae"]["homo"]
    # Beside the paper's SCANN and SCANN+.
    rows = [line.split() for line in run("models").stdout.splitlines()]
    assert ["homo", f"{homo['value']:.3g}", "41", "32", "meV"] in rows


@pytest.mark.slow
def test_evaluate_reproduces_the_shipped_errors(qm9_evaluated: str) -> None:
    measured = strict_json(qm9_evaluated)
    assert list(measured) == ["split", "n", "mae"]
    assert measured["split"] == "test" and measured["n"] == 10831
    shipped = strict_json(run("models", "--json").stdout)["qm9"]["test"]["mae"]
    assert list(measured["mae"]) == ["homo", "lumo", "gap", "zpve", "alpha", "cv"]
    for property_id, mae in measured["mae"].items():
        assert list(mae) == ["value", "unit"]
        assert mae["unit"] == PROPERTIES[property_id].display_unit
        assert mae["value"] == pytest.approx(shipped[property_id]["value"], rel=1e-3)


@pytest.mark.slow
def test_evaluate_text_and_limit() -> None:
    text = run("evaluate", "qm9", "--split", "validation", "--limit", 50).stdout
    assert "50 structures of the validation split" in text
    measured = strict_json(
        run("evaluate", "qm9", "--split", "validation", "--limit", 50, "--json").stdout
    )
    assert measured["split"] == "validation" and measured["n"] == 50
    lines = {line.split()[0]: line.split()[1:] for line in text.splitlines()[2:]}
    for property_id, mae in measured["mae"].items():
        assert lines[property_id] == [f"{mae['value']:.4g}", *mae["unit"].split()]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["evaluate", "nonsense"], "nonsense"),
        (["evaluate", "qm9", "--split", "holdout"], "'holdout' is not one of"),
        (["evaluate", "qm9", "--limit", "0"], "--limit"),
        (["prepare", "nonsense"], "Unknown data set 'nonsense'. Available: qm9"),
        (["train", "absent.yaml"], "absent.yaml"),
        (["graph", "smiles:C", "--cutoff", "-1"], "--cutoff"),
        (["colour"], "No such command 'colour'"),
        (["predict"], "Missing argument"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == "" and message in result.stderr


def test_a_disk_that_is_full_is_said_in_words() -> None:
    result = run("predict", "smiles:C", "-p", "homo", "-f", "csv", "-o", "/dev/full")
    assert result.exit_code == 1 and "No space left on device" in result.stderr


HEAVY = {"ase", "numpy", "pandas", "plotly", "pymatgen", "rdkit", "scipy", "streamlit", "torch"}


@pytest.mark.parametrize(
    "command", [[], *([c.callback.__name__] for c in main.registered_commands)]
)
def test_help_needs_nothing_heavy(command: list[str]) -> None:
    code = (
        "import sys\nfrom gamnet.commands.main import main\n"
        f"try: main({[*command, '--help']})\nexcept SystemExit as end: assert not end.code\n"
        f"heavy = {HEAVY} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_predicting_needs_nothing_of_the_extras() -> None:
    code = (
        "import sys\nfrom gamnet.commands.main import main\n"
        "try: main(['predict', 'smiles:CCO', '--format', 'html'])\nexcept SystemExit: pass\n"
        "extras = {'h5py', 'lightning', 'plotly', 'pyscf', 'qm9pack', 'sklearn', "
        "'streamlit', 'umap'} & set(sys.modules)\nassert not extras, extras"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_installed_command(water: Path, tmp_path: Path) -> None:
    """The console script, in a folder of its own, with a file name that is not valid text."""
    odd = os.fsencode(tmp_path) + b"/odd\xff.xyz"
    Path(os.fsdecode(odd)).write_text(WATER)
    command = Path(sys.executable).with_name("gamnet")
    arguments = [command, "predict", odd, "smiles:C(", water, "--format", "json"]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    records = strict_json(done.stdout)
    assert [record["error"] is None for record in records] == [True, False, True]
    assert "'C(' is not a valid SMILES" in done.stderr
