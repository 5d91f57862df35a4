"""The sections of the page Explain, with good and bad input."""

import json
from concurrent.futures import Future

import numpy as np
import pytest
from apptest import figures, healthy, opened, page, scenes, texts, upload
from streamlit.testing.v1 import AppTest

from gamnet.datasets import get_dataset
from gamnet.explanation import orbitals
from gamnet.explanation.attention import local_attention
from gamnet.explanation.orbitals import OrbitalError
from gamnet_app.explain import state
from gamnet_app.shared import session

THYMINE = "qm9:29238"
QM9 = get_dataset("qm9")


@pytest.fixture
def app() -> AppTest:
    return page()


# --- local attention ------------------------------------------------------------------------------


def test_nothing_is_drawn_before_an_atom_is_picked(app: AppTest) -> None:
    opened(app, section="attention")
    assert "arcs" not in scenes(app)[0]
    assert "Pick an atom" in texts(app)


def test_picked_atom_gets_arcs_and_matrices_whose_rows_sum_to_one(app: AppTest) -> None:
    opened(app, section="attention", atoms="2")
    arcs = scenes(app)[0]["arcs"]
    assert arcs["site"] == 2 and len(arcs["links"]) == arcs["total"] >= 3
    assert sum(link["share"] for link in arcs["links"]) == pytest.approx(1, abs=1e-3)
    by_layer, by_head = figures(app).values()
    assert np.shape(by_layer["data"][0]["text"]) == (7, arcs["total"])
    assert np.shape(by_head["data"][0]["text"]) == (8, arcs["total"])
    for figure in (by_layer, by_head):
        cells = np.array(figure["data"][0]["text"], dtype=float)
        assert cells.sum(axis=1) == pytest.approx(100, abs=0.5 * arcs["total"])
    healthy(app.selectbox(key="lead").set_value(7).run())
    assert scenes(app)[0]["arcs"]["site"] == 7
    assert app.query_params["atoms"] == "7"


def test_layer_and_head_choose_the_arcs(app: AppTest) -> None:
    opened(app, section="attention", atoms="2", layer="3", head="1")
    one = scenes(app)[0]["arcs"]
    expected = local_attention(session.model("qm9"), QM9.structure("29238"))
    largest = expected.weights[3, expected.i == 2, 1].max()
    assert one["links"][0]["share"] == pytest.approx(largest, abs=1e-3)
    healthy(app.segmented_control(key="layer").set_value("mean").run())
    mean = scenes(app)[0]["arcs"]
    assert one != mean and "head" in app.query_params and "layer" not in app.query_params
    healthy(app.segmented_control(key="layer").set_value("flow").run())
    flow = scenes(app)[0]["arcs"]
    assert flow["total"] > mean["total"]
    assert "stays with" in texts(app)


def test_arcs_can_be_switched_off_and_the_last_picked_leads(app: AppTest) -> None:
    opened(app, atoms="3,1")
    assert scenes(app)[0]["arcs"]["site"] == 1 and scenes(app)[0]["selected"] == [3, 1]
    healthy(app.toggle(key="arcs").set_value(False).run())
    assert "arcs" not in scenes(app)[0]


@pytest.mark.parametrize("asked", ["-1", "99", "a", "1e9", "½", "999999999999", ","])
def test_nonsense_atoms_in_the_address_are_ignored(app: AppTest, asked: str) -> None:
    opened(app, atoms=asked, section="nothing", layer="-1", head="99")
    assert scenes(app)[0]["selected"] == []
    assert app.segmented_control(key="section").value == state.NUMBERS


def test_an_atom_without_neighbours_says_so(app: AppTest) -> None:
    opened(app)
    upload(app, "one.xyz", b"1\n\nO 0 0 0\n")
    app.segmented_control(key="section").set_value("attention").run()
    healthy(app.selectbox(key="lead").set_value(0).run())
    assert "no neighbours within 4 Å" in texts(app)
    assert scenes(app)[0]["arcs"]["links"] == []


def test_local_attention_of_large_structures_is_refused(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MAX_ATTENTION_ATOMS", 10)
    opened(app, section="attention", atoms="1")
    assert "15 atoms: local attention is shown for up to 10" in texts(app)
    assert "arcs" not in scenes(app)[0]


def test_structures_too_large_to_change_are_refused(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MAX_WHAT_IF_ATOMS", 10)
    opened(app, section="whatif", atoms="1")
    assert "15 atoms: structures of up to 10 can be changed here" in texts(app)


# --- is this map true -----------------------------------------------------------------------------


def measured(monkeypatch: pytest.MonkeyPatch, **found: dict) -> None:
    """Give the shipped model a measured faithfulness."""
    entry = dict(session.model_cards()["qm9"]) | {"faithfulness": {"truth": "t.npz", **found}}
    monkeypatch.setattr(session, "model_cards", lambda: {"qm9": entry})


def agreement(pearson: float) -> dict:
    return {"pearson": pearson, "spearman": pearson, "top1": 0.5, "n": 178}


def test_without_a_measurement_the_page_says_so(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {k: v for k, v in session.model_cards()["qm9"].items() if k != "faithfulness"}
    monkeypatch.setattr(session, "model_cards", lambda: {"qm9": entry})
    opened(app, section="truth")
    assert "where the HOMO is: not measured for this model" in texts(app)
    assert "How often it does was not measured" in texts(app)
    assert "where the HOMO is" in texts(app)


def test_a_map_without_skill_is_called_so_where_it_is_shown(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(
        monkeypatch,
        homo={"ga_scores": agreement(0.27), "element_mean": agreement(0.5)},
        lumo={"ga_scores": agreement(0.9), "element_mean": agreement(0.07)},
    )
    opened(app)  # no section: the line under the picture
    (warning,) = app.warning
    assert "Do not read this map" in warning.value
    assert "0.27" in warning.value and "0.50" in warning.value and "178" in warning.value
    healthy(app.segmented_control(key="property").set_value("lumo").run())
    assert not app.warning and "Measured: this map shows where the orbital is" in texts(app)
    assert "mean correlation with the real LUMO 0.90" in texts(app)
    app.segmented_control(key="property").set_value("homo").run()
    healthy(app.segmented_control(key="section").set_value("truth").run())
    assert "the map tells no more about where the orbital is" in texts(app)
    table = app.table[0].value
    assert table.shape == (2, 4)


@pytest.mark.parametrize(
    ("name", "said"),
    [("C", "at least 3 atoms other than hydrogen, and this one has 1"),
     ("c1ccccc1", "equal by symmetry")],
)  # fmt: skip
def test_no_map_is_praised_where_nothing_was_measured(app: AppTest, name: str, said: str) -> None:
    opened(app, structure=f"smiles:{name}", section="truth")
    assert said in texts(app) and "Measured: this map" not in texts(app)
    assert "undefined (" in texts(app)


@pytest.mark.parametrize(
    ("property_id", "said"),
    [("gap", "difference"), ("zpve", "99.7%"), ("alpha", "86.2%"), ("cv", "70.4%")],
)
def test_every_property_says_how_its_map_is_to_be_read(
    app: AppTest, property_id: str, said: str
) -> None:
    opened(app, section="truth", property=property_id)
    assert said in texts(app)


def test_deletion_and_occlusion_belong_to_this_structure(app: AppTest) -> None:
    opened(app, section="truth", structure="qm9:19", property="alpha")
    found = figures(app)
    deletion = next(f for title, f in found.items() if title.startswith("Deletion curve"))
    spread, random, curve = deletion["data"]
    structure = QM9.structure("19")
    value = session.predict(structure)["alpha"].value
    assert len(curve["hovertext"]) == structure.n_atoms
    assert "whole structure" in curve["hovertext"][0]
    assert any("taken away alone" in title for title in found)
    assert "Correlation of GA score and change" in texts(app)
    assert f"{value:.2f}" in " ".join(e.proto.body for e in app.get("html"))


def test_deletion_limit_is_a_message(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_DELETION_ATOMS", 9)
    monkeypatch.setattr(state, "MAX_OCCLUSION_ATOMS", 9)
    opened(app, section="truth")
    assert "2 to 9 atoms; this structure has 15" in texts(app)
    assert "3 to 9 atoms; this structure has 15" in texts(app)


def test_without_pyscf_the_page_says_how_to_get_it(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "orbitals_available", lambda: False)
    opened(app, section="truth")
    assert "pip install pyscf" in texts(app)


def test_orbitals_are_drawn_compared_and_taken_away_again(app: AppTest) -> None:
    pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")
    opened(app, section="truth", structure="qm9:6", property="lumo")
    assert "orbital" not in scenes(app)[0]
    app.button(key="compute_orbitals").click().run()
    structure = QM9.structure("6")
    from gamnet.views.scene import structure_key

    state._orbitals(structure_key(structure), structure).result(timeout=120)
    healthy(app.run())
    drawn = scenes(app)[0]["orbital"]
    assert drawn["id"].startswith("lumo-")
    assert any("against the real orbital" in title for title in figures(app))
    healthy(app.segmented_control(key="orbital").set_value("homo").run())
    assert scenes(app)[0]["orbital"]["id"].startswith("homo-")
    healthy(app.segmented_control(key="orbital").set_value("off").run())
    assert "orbital" not in scenes(app)[0]


def test_orbitals_of_large_molecules_are_refused(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")
    monkeypatch.setattr(state, "MAX_ORBITAL_ATOMS", 3)
    opened(app, section="truth")
    assert "9 heavy atoms: orbitals are computed here for up to 3" in texts(app)


def test_a_radical_has_no_closed_shell_orbitals(app: AppTest) -> None:
    pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")
    opened(app, section="truth")
    upload(app, "oh.xyz", b"2\n\nO 0 0 0\nH 0 0 0.97\n")
    assert "an odd number of electrons" in texts(app)
    assert not [button for button in app.button if button.key == "compute_orbitals"]


def test_a_calculation_that_failed_can_be_tried_again(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")
    tried = []

    def failing(structure):
        tried.append(structure.formula)
        raise OrbitalError("The orbitals did not converge")

    monkeypatch.setattr(orbitals, "frontier_pictures", failing)
    opened(app, section="truth", structure="qm9:7")
    for attempt in (1, 2):
        app.button(key="compute_orbitals").click().run()
        state._worker().submit(int).result(timeout=120)  # the queue is empty again
        healthy(app.run())
        assert "did not converge" in " ".join(error.value for error in app.error)
        assert tried == ["C2H6"] * attempt


def test_no_more_calculations_than_the_server_takes(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")
    monkeypatch.setattr(state, "_submitted", lambda: [Future()] * 6)
    opened(app, section="truth", structure="qm9:8")
    assert "Other visitors' orbitals" in " ".join(info.value for info in app.info)
    assert not [button for button in app.button if button.key == "compute_orbitals"]


# --- what if --------------------------------------------------------------------------------------


def test_replacing_shows_both_side_by_side(app: AppTest) -> None:
    opened(app, section="whatif", structure="qm9:214", atoms="6")
    app.segmented_control(key="edit_element").set_value("F").run()
    page, before, after = scenes(healthy(app))
    assert before["group"] == after["group"] and "group" not in page
    assert before["rotation"] == after["rotation"]
    assert after["symbols"].count("F") == 1 and before["symbols"].count("F") == 0
    assert before["bar"] == after["bar"]
    table = app.table[0].value
    assert table.shape == (6, 5)
    assert "H6→F" in json.dumps(list(figures(app).values()), ensure_ascii=False)
    # QM9 holds pyridine, too.
    app.selectbox(key="lead").set_value(0).run()
    app.segmented_control(key="edit_element").set_value("N").run()
    healthy(app.button(key="open_known").click().run())
    assert app.subheader[0].value == "C₅H₅N"


def test_a_molecule_beyond_qm9_is_not_offered_from_it(app: AppTest) -> None:
    opened(app, section="whatif", atoms="9")  # a tenth heavy atom
    healthy(app.segmented_control(key="edit_element").set_value("F").run())
    assert len(scenes(app)) == 3
    assert not [button for button in app.button if button.key == "open_known"]


def test_changed_structure_can_be_opened_and_changed_again(app: AppTest) -> None:
    opened(app, section="whatif", structure="qm9:214", atoms="6")
    app.segmented_control(key="edit_element").set_value("F").run()
    healthy(app.button(key="open_edited").click().run())
    assert app.subheader[0].value == "C₆H₅F"
    app.selectbox(key="lead").set_value(7).run()
    healthy(app.segmented_control(key="edit_element").set_value("F").run())
    assert scenes(app)[2]["symbols"].count("F") == 2


def test_moving_and_deleting(app: AppTest) -> None:
    opened(app, section="whatif", structure="qm9:19", atoms="0")
    app.segmented_control(key="edit_action").set_value("move").run()
    app.selectbox(key="edit_way").set_value("x").run()
    healthy(app.slider(key="edit_distance").set_value(0.5).run())
    _, before, after = scenes(app)
    shift = np.array(after["positions"]) - np.array(before["positions"])
    assert shift[0] == pytest.approx(0.5, abs=1e-3) and np.abs(shift[1:]).max() == 0
    healthy(app.slider(key="edit_distance").set_value(0.0).run())
    assert "other than 0" in texts(app) and len(scenes(app)) == 1
    healthy(app.segmented_control(key="edit_action").set_value("delete").run())
    assert len(scenes(app)) == 3 and "capped" not in texts(app)


def test_what_cannot_be_done_is_said(app: AppTest) -> None:
    opened(app, section="whatif", structure="smiles:CCC", atoms="1")
    healthy(app.segmented_control(key="edit_action").set_value("delete").run())
    assert "fall into 2 pieces" in texts(app)
    healthy(app.selectbox(key="lead").set_value(5).run())
    assert "closed shells only" in texts(app)
    app.segmented_control(key="edit_action").set_value("replace").run()
    app.selectbox(key="lead").set_value(1).run()
    healthy(app.segmented_control(key="edit_element").set_value("F").run())
    assert "F forms 1" in texts(app)
    assert len(scenes(app)) == 1


def test_atoms_without_bonds_get_a_message_and_can_be_moved(app: AppTest) -> None:
    opened(app)
    upload(app, "far.xyz", b"2\n\nC 0 0 0\nO 0 0 9\n")
    app.segmented_control(key="section").set_value("whatif").run()
    healthy(app.selectbox(key="lead").set_value(0).run())
    assert "No bond orders were found for 'far.xyz'" in texts(app) and len(scenes(app)) == 1
    healthy(app.segmented_control(key="edit_action").set_value("move").run())
    assert len(scenes(app)) == 3
