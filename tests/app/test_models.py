"""The page Models without a browser: with and without each of the shipped records."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from apptest import opened, page
from streamlit.testing.v1 import AppTest

from gamnet.prediction import shipped as pretrained
from gamnet_app.models import state
from gamnet_app.shared import session

CACHED = (session.model_cards, state.predictions, state.curve,
          state.card)  # fmt: skip


def forget() -> None:
    for function in CACHED:
        function.clear()


@pytest.fixture
def shipped(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pretrained/ of the test's own with the shipped card and index, without records."""
    (tmp_path / "qm9").mkdir()
    for name in (pretrained.ENTRY, pretrained.CARD):
        shutil.copy(checkout / "pretrained" / "qm9" / name, tmp_path / "qm9")
    entry = json.loads((tmp_path / "qm9" / pretrained.ENTRY).read_text())
    for key in ("faithfulness", "uncertainty"):
        entry.pop(key, None)
    (tmp_path / "qm9" / pretrained.ENTRY).write_text(json.dumps(entry))
    monkeypatch.setattr(pretrained, "PRETRAINED", tmp_path)
    forget()
    yield tmp_path
    forget()


@pytest.fixture
def records(shipped: Path) -> Path:
    """The same with predictions, learning curve and faithfulness."""
    folder = shipped / "qm9"
    entry = json.loads((folder / pretrained.ENTRY).read_text())
    ids = [record["id"] for record in entry["properties"]]

    def found(pearson: float) -> dict[str, float]:
        return {"pearson": pearson, "spearman": 0.3, "top1": 0.25, "n": 389}

    entry["faithfulness"] = {
        "truth": "truth/test.npz",
        "homo": {
            "ga_scores": found(0.27),
            "element_mean": found(0.5),
        },
        "lumo": {
            "ga_scores": found(0.95),
            "element_mean": found(0.1),
        },
    }
    entry["uncertainty"] = {
        "homo": {
            "unit": "meV", "rank_correlation": 0.42, "coverage": 0.9,
            "expected": [20.0, 40.0, 90.0], "actual": [18.0, 44.0, 85.0],
            "domain": {"edge": [2, 99.0], "in-domain": [100, 40.0]},
        }
    }  # fmt: skip
    (folder / pretrained.ENTRY).write_text(json.dumps(entry))
    rng = np.random.default_rng(0)
    table = {"id": ["20", "23", "25", "26"], "formula": ["C2H6O", "CF4", "CHN", "H2O"],
             "n_atoms": [9, 5, 3, 3]}  # fmt: skip
    for pid in ids:
        table[pid] = rng.normal(size=4)
        table[f"{pid}_predicted"] = table[pid] + [0.001, 0.002, -0.9, 0.003]
    pd.DataFrame(table).to_parquet(folder / pretrained.TEST)
    line = {"step": 10, "train_loss": 0.1, "validation_mae": dict.fromkeys(
        ids, 13.0)}  # fmt: skip
    lines = [json.dumps({"epoch": k, "hours": k / 4, **line}) + "\n" for k in (1, 2, 3)]
    (folder / pretrained.LOG).write_text("".join(lines))
    return shipped


@pytest.fixture
def app() -> AppTest:
    return page("models")


def plots(app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def text(app: AppTest) -> str:
    parts = [*app.caption, *app.markdown, *app.info]
    return "\n".join(part.value for part in parts)


def test_errors_stand_beside_the_papers(app: AppTest, checkout: Path) -> None:
    opened(app)
    entry = pretrained.available()["qm9"]
    table = app.table[0].value
    assert list(table.columns)[-3:] == ["This model", "SCANN", "SCANN+"]
    row = table.iloc[0].tolist()
    homo = entry["test"]["mae"]["homo"]["value"]
    assert row == ["HOMO energy", "HOMO", f"{homo:.0f} meV", "41 meV", "32 meV"]
    assert table.iloc[3, -2:].tolist() == ["–", "–"]  # ZPVE is not in the paper
    assert entry["sha256"] in text(app)


def test_shipped_predictions_are_all_drawn(app: AppTest) -> None:
    opened(app)
    (plot,) = plots(app)
    assert plot["data"][0]["type"] == "scattergl"
    assert "All 10,831 structures of the test split" in text(app)
    assert "Click a point" in text(app)


def test_property_and_view_come_from_the_address_and_go_there(app: AppTest, records: Path) -> None:
    opened(app, view="errors", property="lumo")
    assert len(plots(app)) == 3
    assert plots(app)[0]["layout"]["xaxis"]["title"]["text"] == "Predicted minus reference (meV)"
    app.segmented_control(key="property").set_value("cv")
    app.run()
    assert app.query_params["property"] == "cv" and app.query_params["view"] == "errors"
    assert "cal" in plots(app)[0]["layout"]["xaxis"]["title"]["text"]
    app.segmented_control(key="view").set_value("parity")
    app.run()
    assert "view" not in app.query_params


@pytest.mark.parametrize("address", [{"view": "nonsense"}, {"property": "nonsense"}])
def test_a_wrong_address_shows_the_default(app: AppTest, records: Path, address: dict) -> None:
    opened(app, **address)
    assert app.segmented_control(key="view").value == "parity"
    assert app.segmented_control(key="property").value == "homo"


def test_a_large_error_opens_in_explain(app: AppTest, records: Path) -> None:
    opened(app)
    worst = app.dataframe[0].value
    assert worst["id"][0] == "25" and worst["error"][0] == pytest.approx(-900)
    # AppTest cannot click a row; this is what the callback leaves.
    app.session_state["models_open"] = "25"
    app.run(timeout=180)
    assert not app.exception
    assert app.query_params["structure"] == "qm9:25"


def test_learning_curve(app: AppTest, records: Path) -> None:
    opened(app, view="curve")
    assert "3 epochs, 0.8 hours, at the end 13 meV" in text(app)
    app.segmented_control(key="models_over").set_value("hours")
    app.run()
    assert plots(app)[0]["layout"]["xaxis"]["title"]["text"] == "Hours of training"


def test_estimates_are_held_against_errors(app: AppTest, records: Path) -> None:
    opened(app, view="sure")
    line = plots(app)[0]["data"][1]
    assert (line["x"], line["y"]) == ([20.0, 40.0, 90.0], [18.0, 44.0, 85.0])
    assert "surest group is off by 18 meV, the least sure by 85 meV" in text(app)
    assert app.table[1].value.to_numpy().tolist() == [
        ["in-domain", "100", "40 meV"], ["edge", "2", "99 meV"],
    ]  # fmt: skip
    app.segmented_control(key="property").set_value("lumo")
    app.run()
    assert "was not measured" in text(app)


def test_faithfulness_says_what_a_map_is_worth(app: AppTest, records: Path) -> None:
    opened(app, view="faithfulness")
    assert "HOMO, GA scores**: the map tells no more about where the orbital is" in text(app)
    assert "LUMO, GA scores**: the map shows where the orbital is" in text(app)
    assert "gamnet faithfulness qm9 --truth pretrained/qm9/truth/test.npz" in text(app)
    rows = app.table[1].value
    assert rows["Pearson"].tolist() == ["0.270", "0.500", "0.950", "0.100"]
    assert rows["Molecules"].tolist() == ["389"] * 4


@pytest.mark.parametrize(
    "view, message",
    [
        ("parity", "predictions of the test split are not shipped"),
        ("errors", "predictions of the test split are not shipped"),
        ("sure", "knows how far off it is was not measured"),
        ("curve", "learning curve is not shipped"),
        ("faithfulness", "has not been measured"),
    ],
)
def test_what_is_absent_is_said(app: AppTest, shipped: Path, view: str, message: str) -> None:
    opened(app, view=view)
    assert message in text(app) and not plots(app)


def test_the_card_is_shown(app: AppTest, shipped: Path) -> None:
    opened(app, view="card")
    assert "##### Model card: qm9" in text(app)


def test_without_any_model_the_page_says_how_to_get_one(app: AppTest, shipped: Path) -> None:
    (shipped / "qm9" / pretrained.ENTRY).unlink()
    opened(app)
    assert "No model is shipped" in app.info[0].value
