"""A crystal on the page Explain: symmetry, sites, cells, polyhedra, what-if."""

import numpy as np
import pytest
from apptest import figures, healthy, opened, page, scenes, texts
from streamlit.testing.v1 import AppTest


@pytest.fixture
def app() -> AppTest:
    return page()


def test_cell_symmetry_and_sites_of_rock_salt(app: AppTest) -> None:
    opened(app, structure="example:rock-salt", section="crystal")
    words = texts(app)
    for said in ("Fm-3m (225)", "cubic", "5.640 Å", "90.00°", "2.164 g/cm³", "Formula units"):
        assert said in words, said
    table = app.dataframe[0].value
    assert table["Site"].tolist() == ["Na 4a", "Cl 4b"] or table["Site"].tolist() == [
        "Na 4b", "Cl 4a",
    ]  # fmt: skip
    assert table["Coordination"].tolist() == [6, 6] and table["Atoms"].tolist() == [4, 4]
    assert table["GA score (sum)"].sum() == pytest.approx(1)
    assert table["Largest difference"].max() < 1e-4
    sites, elements = figures(app).values()
    assert list(sites["data"][0]["x"]) == table["Site"].tolist()
    assert list(elements["data"][0]["x"]) == ["Na", "Cl"]


def test_the_cell_is_chosen_and_changes_no_value(app: AppTest) -> None:
    opened(app, structure="example:rock-salt", section="crystal", by="contributions")
    before = app.dataframe[0].value
    assert len(scenes(app)[0]["colours"]) == 8
    healthy(app.segmented_control(key="cell_kind").set_value("primitive").run())
    assert len(scenes(app)[0]["colours"]) == 2 and app.query_params["cell"] == "primitive"
    after = app.dataframe[0].value
    assert after["Site"].tolist() == before["Site"].tolist()
    for column in ("Relative to 1/n", "Contribution (sum, eV/atom)"):
        np.testing.assert_allclose(after[column], before[column], atol=1e-4)


def test_polyhedra_are_drawn_when_asked_for(app: AppTest) -> None:
    opened(app, structure="example:perovskite")
    assert "polyhedra" not in scenes(app)[0]
    healthy(app.toggle(key="polyhedra").set_value(True).run())
    drawn = scenes(app)[0]["polyhedra"]
    assert {len(shape["points"]) for shape in drawn} >= {6}
    opened(page(), structure="example:diamond")


def test_a_molecule_has_no_section_crystal(app: AppTest) -> None:
    opened(app, structure="smiles:O", section="crystal")
    assert app.segmented_control(key="section").value == "numbers"
    assert "cell_kind" not in [one.key for one in app.segmented_control]


def test_an_element_is_replaced_on_all_equal_sites(app: AppTest) -> None:
    opened(app, structure="example:perovskite", section="whatif")
    assert "Pick an atom" in texts(app)
    healthy(app.selectbox(key="lead").set_value(2).run())  # an oxygen, one of three
    assert app.selectbox(key="crystal_element").value == "S"
    before, after = scenes(app)[1:]
    assert before["symbols"].count("O") == after["symbols"].count("S") > 0
    assert before["group"] == after["group"] and before["rotation"] == after["rotation"]
    assert "O2 and 2 more replaced by S" in texts(app)
    healthy(app.toggle(key="equal_sites").set_value(False).run())
    assert "O2 replaced by S" in texts(app) and set(scenes(app)[2]["symbols"]) >= {"O", "S"}


def test_a_strain_changes_values_and_cell(app: AppTest) -> None:
    opened(app, structure="example:rock-salt", section="whatif")
    healthy(app.segmented_control(key="crystal_action").set_value("strain").run())
    assert "strained by +2.0 % along all directions" in texts(app)
    (curve,) = (f for title, f in figures(app).items() if "After" not in title)
    assert curve["layout"]["xaxis"]["title"]["text"] == "strain, %"
    values = [app.table[0].value.iloc[1][name] for name in ("Before", "After")]
    assert values[0] != values[1]
    healthy(app.slider(key="strain_amount").set_value(0.0).run())
    assert "Move the slider" in texts(app)
