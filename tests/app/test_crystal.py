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
    healthy(app.segmented_control(key="cell").set_value("primitive").run())
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
    assert "cell" not in [one.key for one in app.segmented_control]
