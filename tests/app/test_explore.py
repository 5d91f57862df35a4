"""The page Explore without a browser: views, filters, the address, stale and missing atlases."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from apptest import healthy, opened, page, scenes, texts
from streamlit.testing.v1 import AppTest

from gamnet.atlas.tables import read_atlas, shipped_folder
from gamnet.datasets import get_dataset
from gamnet_app.explore import state as session_explore


@pytest.fixture(autouse=True)
def shipped_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The ready-made atlas, whatever lies in this machine's GAMNET_HOME."""
    monkeypatch.setattr("gamnet.atlas.tables.gamnet_home", lambda: tmp_path)


@pytest.fixture
def app() -> AppTest:
    return page("explore")


def scene_in_3d(app: AppTest) -> dict:
    """What the 3D viewer is given."""
    (found,) = (data for data in scenes(app) if "scene_id" in data)
    return found


def cloud(app: AppTest) -> dict:
    """What the component of the points is given."""
    (found,) = (data for data in scenes(app) if "figure" in data)
    return found


def figure(app: AppTest) -> dict:
    """What the browser would draw of them."""
    return json.loads(cloud(app)["figure"])


def n_points(app: AppTest) -> int:
    total = 0
    for trace in figure(app)["data"]:
        values = trace["customdata"]  # int32, in base64
        total += len(values["bdata"]) * 3 // 4 // 4 if isinstance(values, dict) else len(values)
    return total


def test_first_visit_shows_the_map_of_the_ready_made_atlas(app: AppTest) -> None:
    opened(app)
    info = read_atlas(shipped_folder("qm9")).info
    assert f"{info.n_molecules:,} of 130,831 structures" in texts(app)
    assert "gamnet atlas qm9" in texts(app) and "ready-made" in texts(app)
    assert abs(n_points(app) - info.n_molecules) <= 1
    assert figure(app)["data"][0]["type"] == "scattergl"
    assert not app.query_params and not app.warning


def test_axes_come_from_the_address_and_go_into_it(app: AppTest) -> None:
    opened(app, x="target_homo", y="predicted_homo", colour="error_homo")
    layout = figure(app)["layout"]
    assert layout["xaxis"]["title"]["text"] == "HOMO energy, reference (eV)"
    assert layout["shapes"]  # the diagonal of a parity plot
    marker = figure(app)["data"][0]["marker"]
    assert marker["cmin"] == -marker["cmax"]
    assert "error (meV)" in marker["colorbar"]["title"]["text"]
    app.selectbox(key="explore_colour").set_value("split").run()
    assert healthy(app).query_params["colour"] in ("split", ["split"])
    assert [trace["name"] for trace in figure(app)["data"]] == ["train", "validation", "test"]


def test_strange_values_in_the_address_are_ignored(app: AppTest) -> None:
    opened(app, tab="x", x="../../etc/passwd", colour="smiles", property="<b>", element="Xx")
    assert n_points(app) > 1000 and not app.error


def test_search_and_filters_say_how_many_are_left(app: AppTest) -> None:
    opened(app, search="C#N")
    molecules = read_atlas(shipped_folder("qm9")).molecules
    n = int(molecules["smiles"].str.contains("C#N|N#C", regex=True).sum())
    assert f"{n:,} molecules: the substructure C#N (SMILES)." in texts(app)
    assert f"{n:,} of {len(molecules):,} molecules pass" in texts(app)
    slider = app.slider(key="explore_filter_n_heavy")
    slider.set_value((slider.min, 7)).run()
    left = int(((molecules["n_heavy"] <= 7) & molecules["smiles"].str.contains("C#N|N#C")).sum())
    assert f"{left:,} of {len(molecules):,} molecules pass" in texts(healthy(app))
    app.button(key="explore_reset").click().run()
    assert "pass the search" not in texts(healthy(app)) and not app.query_params


def test_a_range_of_any_column(app: AppTest) -> None:
    opened(app)
    app.multiselect(key="explore_filter_columns").set_value(["target_gap"]).run()
    slider = app.slider(key="explore_filter_range_target_gap")
    molecules = read_atlas(shipped_folder("qm9")).molecules
    assert (
        slider.min <= molecules["target_gap"].min() and slider.max >= molecules["target_gap"].max()
    )
    assert "pass the search" not in texts(app), "the ends must leave nothing out"
    slider.set_value((slider.min, 5.0)).run()
    n = int((molecules["target_gap"] <= 5.0).sum())
    assert abs(n_points(healthy(app)) - n) <= 1 and n > 0


def test_text_that_means_nothing_says_so_and_leaves_all(app: AppTest) -> None:
    opened(app, search="<img src=x>(((")
    assert "no id, formula, SMILES or SMARTS" in texts(app)
    assert n_points(app) > 1000


def test_a_filter_that_leaves_nothing(app: AppTest) -> None:
    opened(app, search="[Si]")
    assert "No molecule passes the filters" in texts(app)


def test_a_selection_shows_its_pictures_and_numbers(app: AppTest) -> None:
    opened(app)
    app.session_state["explore_picked_molecules"] = list(range(100, 160))
    healthy(app.run())
    assert "60 of" in texts(app) and "12 of 60 selected molecules" in texts(app)
    (histograms,) = app.get("plotly_chart")
    traces = json.loads(histograms.proto.spec)["data"]
    assert [trace["name"] for trace in traces[:2]] == ["All shown", "Selection"]
    assert len(app.dataframe[0].value) == 60
    app.button(key="explore_clear").click().run()
    assert "### 0 of" in texts(healthy(app))


def test_one_molecule_opens_in_explain(app: AppTest) -> None:
    opened(app)
    app.session_state["explore_picked_molecules"] = [5]
    healthy(app.run())
    index = read_atlas(shipped_folder("qm9")).molecules["id"].iloc[5]
    assert len([s for s in scenes(app) if "symbols" in s]) == 1  # beside the map
    app.button(key="explore_open_example").click().run()
    assert app.session_state["source"] == f"qm9:{index}"
    assert not app.exception


def test_the_map_of_atoms(app: AppTest) -> None:
    opened(app, tab="atoms")
    atlas = read_atlas(shipped_folder("qm9"))
    assert f"{atlas.info.n_mapped:,} of {atlas.info.n_atoms:,} atoms shown" in texts(app)
    assert [trace["name"] for trace in figure(app)["data"]] == list("HCNOF")
    app.segmented_control(key="explore_atom_colour").set_value("contribution").run()
    app.segmented_control(key="explore_element").set_value("N").run()
    marker = figure(healthy(app))["data"][0]["marker"]
    assert marker["cmin"] == -marker["cmax"]
    assert abs(n_points(app) - int((atlas.atoms["element"] == "N").sum())) <= 1
    assert set(app.query_params) == {"tab", "colour", "element"}


def test_the_environments_behind_a_selection_of_atoms(app: AppTest) -> None:
    opened(app, tab="atoms")
    atoms = read_atlas(shipped_folder("qm9")).atoms
    chosen = atoms.index[atoms["environment"] == 4][:30].tolist()
    app.session_state["explore_picked_atoms"] = chosen
    healthy(app.run())
    assert "30 of" in texts(app) and "1 environments behind the selection" in texts(app)
    table = app.dataframe[0].value
    assert table["atoms"].tolist() == [30]


def test_the_table_of_environments(app: AppTest) -> None:
    opened(app, tab="environments", property="lumo", element="O", quantity="contribution")
    table = app.dataframe[0].value
    assert set(table["element"]) == {"O"} and (table["n_atoms"] >= 10).all()
    assert table["d"].is_monotonic_decreasing
    assert (table["low"] <= table["d"]).all() and (table["d"] <= table["high"]).all()
    assert "Contribution to LUMO (eV)" in texts(app)
    app.selectbox(key="explore_group").set_value("alcohol").run()
    assert set(healthy(app).dataframe[0].value["group"]) == {"alcohol"}
    app.segmented_control(key="explore_element").set_value("F").run()
    assert "No environment passes the filters" in texts(healthy(app))


@pytest.mark.parametrize("view, table", [("atoms", 0), ("environments", 0)])
def test_examples_of_a_ticked_environment_are_shown_in_3d(
    app: AppTest, view: str, table: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = st.dataframe

    def ticked(*args: object, **options: object) -> SimpleNamespace:
        draw(*args, **options)
        return SimpleNamespace(selection=SimpleNamespace(rows=[1]))

    monkeypatch.setattr(st, "dataframe", ticked)  # AppTest cannot tick a row
    opened(app, tab=view, property="lumo")
    scene = scene_in_3d(app)
    (site,) = scene["selected"]
    environment = app.dataframe[table].value.iloc[1]
    element = environment["environment"][0] if view == "atoms" else environment["element"]
    assert scene["symbols"][site] == element
    buttons = [b for b in app.button if str(b.key).startswith("explore_example_")]
    assert 1 < len(buttons) <= 6
    buttons[-1].click().run()
    other = scene_in_3d(healthy(app))
    assert other["scene_id"] != scene["scene_id"]
    index, site = app.session_state["explore_example"]
    assert buttons[-1].label == f"QM9 {index}" and other["selected"] == [site]
    app.button(key="explore_open_example").click().run()
    assert app.session_state["source"] == f"qm9:{index}"
    assert app.session_state["selection"]["sites"] == [site]


def test_an_atlas_of_other_weights_is_not_shown(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = {"qm9": {"sha256": "f" * 64}}
    monkeypatch.setattr("gamnet_app.shared.session.model_cards", lambda: cards)
    opened(app)
    assert "no atlas of the weights in use" in texts(app) and "other weights" in texts(app)
    assert not scenes(app) and not app.dataframe


def test_a_stale_atlas_of_ones_own_gives_way_to_the_shipped_one(
    app: AppTest, tmp_path: Path
) -> None:
    from dataclasses import replace

    from gamnet.atlas.tables import Atlas, write_atlas

    shipped = read_atlas(shipped_folder("qm9"))
    folder = tmp_path / "atlas" / "qm9"
    folder.mkdir(parents=True)
    stale = replace(shipped.info, sha256="e" * 64)
    write_atlas(
        Atlas(stale, shipped.molecules, shipped.atoms, shipped.environments, shipped.statistics),
        folder,
    )
    opened(app)
    assert "made with other weights" in texts(app) and "It is not shown" in texts(app)
    assert n_points(app) > 1000


def test_no_atlas_at_all(app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gamnet.atlas.tables.shipped_folder", lambda model: tmp_path / "nothing")
    opened(app)
    assert "no atlas of the weights in use" in texts(app)
    assert "gamnet atlas qm9" in texts(app) and not scenes(app)


@pytest.mark.parametrize(
    ("event", "picked"),
    [
        ({"rows": [3, 1, 3], "drawn": True}, [1, 3]),
        ({"rows": [3], "drawn": False}, [3]),
        ({"rows": [-1, 10, "x", None, [4]], "drawn": True}, []),
        ({}, None),
        (None, None),
    ],
)
def test_what_the_browser_says_was_selected(
    monkeypatch: pytest.MonkeyPatch, event: dict | None, picked: list | None
) -> None:
    state = {"explore_chart_molecules": {"select": event}}
    monkeypatch.setattr(session_explore.st, "session_state", state)
    session_explore.from_chart("molecules", 10)()
    assert state.get("explore_picked_molecules") == picked


def test_a_selection_is_sent_back_and_another_colour_keeps_axes_and_selection(
    app: AppTest,
) -> None:
    opened(app)
    before = cloud(app)
    assert before["selected"] == []
    app.session_state["explore_picked_molecules"] = [2, 5]
    app.selectbox(key="explore_colour").set_value("split").run()
    after = cloud(healthy(app))
    assert after["selected"] == [2, 5] and after["figure"] != before["figure"]
    revision = [json.loads(c["figure"])["layout"]["uirevision"] for c in (before, after)]
    assert revision[0] == revision[1]
    app.selectbox(key="explore_x").set_value("target_homo").run()
    assert figure(healthy(app))["layout"]["uirevision"] != revision[0]


def test_without_plotly_the_page_says_what_to_do(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gamnet_app.shared.viewer.has_chart_library", lambda: False)
    opened(app)
    assert "python -m gamnet.assets" in app.warning[0].value


def test_filters_come_from_the_address_and_go_into_it(app: AppTest) -> None:
    opened(app, filter="split:test;n_heavy:3..7;target_gap:-99..5.0;n_rings:x..1;nonsense:1..2;<b>")
    molecules = read_atlas(shipped_folder("qm9")).molecules
    keep = (molecules["split"] == "test") & molecules["n_heavy"].between(3, 7)
    keep &= molecules["target_gap"] <= 5.0
    assert f"{keep.sum():,} of {len(molecules):,} molecules pass" in texts(healthy(app))
    assert app.slider(key="explore_filter_n_heavy").value == (3, 7)
    low = app.slider(key="explore_filter_range_target_gap").min
    written = f"split:test;n_heavy:3..7;target_gap:{low:.6g}..5"
    assert app.query_params["filter"] in (written, [written])
    app.button(key="explore_reset").click().run()
    assert "pass the search" not in texts(healthy(app)) and not app.query_params


def test_what_only_the_whole_data_set_has_is_said(app: AppTest) -> None:
    sample = set(read_atlas(shipped_folder("qm9")).molecules["id"])
    missing = next(id for id in get_dataset("qm9").table().index if id not in sample)
    opened(app, search=missing)
    said = texts(app)
    assert "0 molecules" in said and "a sample of 8,000 of 130,831 molecules" in said
    assert "QM9 as a whole has 1" in said
    assert app.button(key="beyond").label == f"Open QM9 {missing} in Explain"
    app.text_input(key="explore_search").set_value("99999999").run()
    assert "QM9 as a whole has none either" in texts(healthy(app))
