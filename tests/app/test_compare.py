"""The page Compare without a browser: panels, one scale, differences, the address."""

from pathlib import Path

import pytest
from apptest import healthy, opened, page, scenes, texts
from streamlit.testing.v1 import AppTest

import gamnet
from gamnet_app.compare import state

TOLUENE, PHENOL = "smiles:Cc1ccccc1", "smiles:Oc1ccccc1"


@pytest.fixture
def app() -> AppTest:
    return page("compare")


def test_first_visit_compares_two_geometries_of_one_molecule(app: AppTest) -> None:
    opened(app)
    first, second, difference = scenes(app)
    assert {scene["group"] for scene in (first, second, difference)} == {"compare"}
    assert first["bar"] == second["bar"] and first["bar"]["title"].startswith("GA score")
    assert difference["bar"]["title"].startswith("Difference of GA score")
    assert "A · C₅H₆N₂O₂" in texts(app) and "reference −6.536 eV" in texts(app)
    assert not app.query_params


def test_one_colour_means_one_number_in_all_panels(app: AppTest) -> None:
    opened(app, structures=[TOLUENE, PHENOL], scale="shown", colour="contribution")
    first, second, difference = scenes(app)
    assert first["bar"] == second["bar"]
    # The ring and its hydrogens; methyl and hydroxyl have no counterpart.
    assert "11 atoms correspond, by their bonds" in texts(app)
    assert difference["values"].count("") == 13 - 11
    assert "the rest is of the atoms that have no counterpart" in texts(app)


def test_what_has_nothing_in_common_has_no_difference(app: AppTest) -> None:
    opened(app, structures=["smiles:C", "smiles:O"])
    assert len(scenes(app)) == 2 and "None of these do" in texts(app)


def test_a_carbonyl_is_held_against_the_carbonyl(app: AppTest) -> None:
    """Acetone and propanal have the same elements in the same order, and other molecules."""
    opened(app, structures=["smiles:CC(=O)C", "smiles:CCC=O"])
    table = app.dataframe[0].value
    pairs = dict(zip(table["Atom of A"], table["Atom of B"], strict=True))
    assert pairs["O3"] == "O3" and pairs["C1"] == "C2"
    assert table["B − A"].isna().sum() == 5 + 5  # atoms of either without a counterpart


def test_values_carry_domain_and_error(app: AppTest) -> None:
    opened(app)
    said = texts(app)
    assert "in the model's domain" in said and "expected error" in said
    assert "at a DFT geometry, 200 meV by this one" in said  # of the one made from SMILES
    values = app.table[0].value
    assert values.shape == (6, 3) and values.iloc[0, 2].endswith("± 0.2")


def test_properties_of_one_structure(app: AppTest) -> None:
    opened(app, compare="properties", structures="qm9:29238", properties="homo,lumo,alpha")
    homo, lumo, alpha, _ = scenes(app)
    assert homo["scene_id"] == lumo["scene_id"] and homo["rotation"] == alpha["rotation"]
    assert homo["colours"] != lumo["colours"] and homo["bar"] == alpha["bar"]
    assert app.segmented_control(key="compare_pair").options == ["B − A", "C − A", "C − B"]
    app.segmented_control(key="compare_colour").set_value("contribution").run()
    homo, lumo, alpha, difference = scenes(healthy(app))
    assert homo["bar"] != alpha["bar"], "different units on one scale"
    assert "Difference of contributions (eV)" in difference["bar"]["title"]
    assert "two properties in the same unit" in texts(app)


def test_contributions_of_different_units_have_no_difference(app: AppTest) -> None:
    opened(app, compare="properties", properties="homo,alpha", colour="contribution")
    assert len(scenes(app)) == 2 and "different units" in texts(app)


def test_a_bad_panel_says_why_and_the_others_go_on(app: AppTest) -> None:
    opened(app, structures=[TOLUENE, "smiles:C1CC", "smiles:C[Si](C)(C)C"])
    assert len(scenes(app)) == 1
    assert len(app.error) == 2
    assert "not a valid SMILES" in texts(app) and "knows Si" in texts(app)


def test_an_address_never_reads_files_and_strange_values_are_ignored(
    app: AppTest, data: Path
) -> None:
    opened(app, structures=[str(data / "thymine.xyz"), "/etc/passwd"], compare="x", property="y")
    assert len(scenes(app)) == 3 and not app.error  # the default


def test_typed_paths_are_smiles(app: AppTest, data: Path) -> None:
    opened(app)
    app.text_input(key="compare_text_1").set_value(str(data / "thymine.xyz")).run()
    assert "not a valid SMILES" in texts(healthy(app)) and len(scenes(app)) == 1


def test_what_is_typed_is_in_the_address(app: AppTest) -> None:
    opened(app)
    app.text_input(key="compare_text_0").set_value("1").run()
    app.text_input(key="compare_text_1").set_value("N").run()
    app.segmented_control(key="compare_property").set_value("alpha").run()
    assert healthy(app).query_params["structures"] == ["qm9:1", "smiles:N"]
    assert app.query_params["property"] in ("alpha", ["alpha"])


def test_frames_of_a_file_fill_the_panels_and_the_rest_is_counted(app: AppTest) -> None:
    frames = "".join(
        f"3\n\nO 0 0 0.1{k}\nH 0 0.76 -0.48\nH 0 -0.76 -0.48\n" for k in range(6)
    ).encode()
    opened(app)
    app.text_input(key="compare_text_0").set_value("")
    app.text_input(key="compare_text_1").set_value("").run()
    assert "Give a structure to compare" in texts(app)
    app.file_uploader[0].upload("run.xyz", frames, "chemical/x-xyz")
    healthy(app.run())
    assert len(scenes(app)) == 5  # four panels and the difference
    assert "4 of 6 structures shown (run.xyz)" in texts(app)
    assert "structures" not in app.query_params or not app.query_params["structures"]


def test_more_files_than_panels_are_not_read(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(app)
    asked = []
    read = state.read
    monkeypatch.setattr(state, "read", lambda source: asked.append(source.text) or read(source))
    water = b"3\n\nO 0 0 0.1\nH 0 0.76 -0.48\nH 0 -0.76 -0.48\n"
    app.file_uploader[0].set_value([(f"{k}.xyz", water, "text/plain") for k in range(9)])
    healthy(app.run())
    assert "9 files: this page shows up to 4" in texts(app)
    assert asked == [*state.DEFAULT, "0.xyz", "1.xyz", "2.xyz"]
    assert "4 of more than 4 structures shown" in texts(app)


def test_a_selected_atom_is_marked_where_atoms_correspond(app: AppTest) -> None:
    opened(app)
    (thymine,) = gamnet.read("qm9:29238")
    app.session_state["compare_selection"] = {"structure": thymine, "sites": [3]}
    first, second, difference = (scene["selected"] for scene in scenes(healthy(app.run())))
    assert first == [3] and len(second) == 1 and second == difference
    (made,) = gamnet.read("smiles:CC1=CNC(=O)NC1=O")
    assert made.symbols[second[0]] == thymine.symbols[3]
    app.text_input(key="compare_text_1").set_value("N").run()
    assert [scene["selected"] for scene in scenes(healthy(app))] == [[3], []]
