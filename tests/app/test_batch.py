"""The page Batch without a browser: lists and files, good and bad, filters, and other visitors."""

from pathlib import Path

import pytest
from apptest import healthy, page, texts
from streamlit.testing.v1 import AppTest

from gamnet_app.batch import state as session_batch

GOOD = b"compound_id,SMILES\nA,CCO\nA,C1CC\n=x,\nq,qm9:29238\n<b>z</b>,N\n"


@pytest.fixture
def app() -> AppTest:
    return healthy(page("batch").run())


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, content in files:
        app.file_uploader[0].upload(name, content, "application/octet-stream")
    return healthy(app.run())


def finished(app: AppTest) -> AppTest:
    """Press the button and wait for the end."""
    healthy(app.button(key="batch_start").click().run())
    assert app.session_state["batch_job"].wait(120)
    return healthy(app.run())


def test_empty_page_says_what_to_give(app: AppTest) -> None:
    assert "Up to 5,000 structures" in texts(app) and "a SMILES per row" in texts(app)
    assert not app.button


def test_a_list_becomes_a_row_each_in_order_with_ids_and_reasons(app: AppTest) -> None:
    upload(app, ("list.csv", GOOD))
    assert "list.csv: 5 rows. For example CCO with id A" in texts(app)
    frame = finished(app).dataframe[0].value
    assert frame["id"].tolist() == ["A", "A", "=x", "q", "<b>z</b>"]
    assert frame["error"].notna().tolist() == [False, True, True, False, False]
    assert frame["homo [eV]"].isna().tolist() == [False, True, True, False, False]
    assert frame["homo reference [eV]"].notna().tolist() == [False, False, False, True, False]
    assert (frame["homo_uncertainty [eV]"].dropna() > 0).all()
    assert frame.loc[frame["homo [eV]"].notna(), "domain"].notna().all()
    assert set(frame["domain"].dropna()) <= {"in-domain", "edge", "unknown", "outside"}
    columns = frame.columns.tolist()
    assert columns.index("homo_uncertainty [eV]") == columns.index("homo [eV]") + 1
    assert "### 5 structures" in texts(app) and "3 predicted" in texts(app)
    assert "Geometry made by ETKDG" in texts(app)
    assert len(app.get("download_button")) == 4


def test_rows_are_filtered_and_counted(app: AppTest) -> None:
    finished(upload(app, ("list.csv", GOOD)))
    app.segmented_control(key="batch_outcome").set_value("failed").run()
    assert healthy(app).dataframe[0].value["id"].tolist() == ["A", "=x"]
    assert "2 of 5 rows shown." in texts(app)
    assert "files hold the 2 rows shown, not all 5" in texts(app)
    app.segmented_control(key="batch_outcome").set_value("all")
    app.text_input(key="batch_search").set_value("qm9:29").run()
    assert healthy(app).dataframe[0].value["id"].tolist() == ["q"]
    app.text_input(key="batch_search").set_value("no such thing").run()
    assert healthy(app).dataframe[0].value.empty and "0 of 5 rows shown." in texts(app)
    app.text_input(key="batch_search").set_value("")
    low, high = app.slider(key="batch_range_homo").value
    app.slider(key="batch_range_homo").set_value((low, (low + high) / 2)).run()
    values = healthy(app).dataframe[0].value["homo [eV]"]
    assert 0 < len(values) < 3 and (values <= (low + high) / 2).all()


def test_several_files_and_one_that_cannot_be_read(app: AppTest, data: Path) -> None:
    upload(
        app,
        ("three_records.sdf", (data / "three_records.sdf").read_bytes()),
        ("mass.csv", b"id,mass\nM1,12.5\n"),
        ("broken.xyz", b"3\n\nC 0 0 0\n"),
    )
    assert "No column holds SMILES" in texts(app)
    frame = finished(app).dataframe[0].value
    assert frame["id"].tolist() == ["ethanol", "pyridine", "acetate", "mass", "broken"]
    assert frame["error"].notna().tolist() == [False, False, False, True, True]


def test_pasted_lines(app: AppTest) -> None:
    app.segmented_control(key="batch_origin").set_value("paste").run()
    app.text_area(key="batch_text").set_value("CCO ethanol\nqm9:29238 thymine\nN").run()
    frame = finished(healthy(app)).dataframe[0].value
    assert frame["id"].tolist() == ["ethanol", "thymine", ""]
    assert "error" not in frame  # no column of reasons where nothing failed


def test_columns_can_be_chosen(app: AppTest) -> None:
    upload(app, ("two.csv", b"key,smiles_in,smiles_out\nr1,CCO,CC=O\n"))
    assert "could hold the structures: choose" in texts(app)
    structure, ids = app.selectbox
    structure.set_value(2)
    ids.select("Row number").run()
    frame = finished(healthy(app)).dataframe[0].value
    assert frame["input"].tolist() == ["CC=O"] and frame["id"].tolist() == ["1"]


def test_a_first_row_of_data_is_not_lost(app: AppTest) -> None:
    upload(app, ("plain.csv", b"bad,C1CC\ngood,CCO\nbetter,CCN\n"))
    assert "plain.csv: 3 rows" in texts(app)
    app.toggle[0].set_value(True).run()
    assert "plain.csv: 2 rows" in texts(healthy(app))


def test_limits_are_told_before_and_after(app: AppTest, monkeypatch) -> None:
    monkeypatch.setattr(session_batch, "MAX_STRUCTURES", 3)
    upload(app, ("list.csv", GOOD))
    assert "5 structures: the first 3 will be taken" in texts(app)
    frame = finished(app).dataframe[0].value
    assert len(frame) == 3 and "The first 3 of 5 structures were taken" in texts(app)


def test_too_many_and_too_large_files_are_refused(app: AppTest, monkeypatch) -> None:
    monkeypatch.setattr(session_batch, "MAX_FILES", 1)
    upload(app, ("a.smi", b"C a\n"), ("b.smi", b"N b\n"))
    assert "2 files; up to 1 are taken" in texts(app) and not app.button
    monkeypatch.setattr(session_batch, "MAX_FILES", 5)
    monkeypatch.setattr(session_batch, "MAX_TOTAL", 1e-6)
    healthy(app.run())
    assert "MB are taken at once" in texts(app) and not app.button


def test_a_running_batch_is_stopped_and_keeps_its_rows(app: AppTest) -> None:
    many = b"id,SMILES\n" + b"".join(b"m%d,CCO\n" % k for k in range(3000))
    upload(app, ("many.csv", many))
    healthy(app.button(key="batch_start").click().run())
    job = app.session_state["batch_job"]
    app.button(key="batch_stop").click().run()
    assert job.wait(120)
    healthy(app.run())
    state = job.progress
    assert len(state.rows) == state.n_read < 3000
    assert f"Stopped after {len(state.rows):,} of 3,000 structures" in texts(app)
    if state.rows:
        assert app.dataframe[0].value["id"].tolist()[0] == "m0"


def test_another_visitor_sees_nothing(app: AppTest) -> None:
    finished(upload(app, ("list.csv", GOOD)))
    other = page("batch")
    healthy(other.run())
    assert "batch_job" not in other.session_state and not other.dataframe


def test_new_batch_starts_from_nothing(app: AppTest) -> None:
    finished(upload(app, ("list.csv", GOOD)))
    app.segmented_control(key="batch_outcome").set_value("failed").run()
    next(b for b in app.button if b.label == "New batch").click().run()
    assert not healthy(app).dataframe and "batch_job" not in app.session_state
    finished(upload(app, ("list.csv", GOOD)))
    assert app.segmented_control(key="batch_outcome").value != "failed"
