"""Drawing a molecule on the page Explain, without a browser: what the editor gets and gives."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from apptest import components, healthy, opened, page, texts
from rdkit import Chem
from rdkit.Chem import rdDepictor
from streamlit.testing.v1 import AppTest

from gamnet_app.shared import sketcher


@pytest.fixture
def app() -> AppTest:
    return page()


def draw(app: AppTest) -> AppTest:
    """Open the editor."""
    return healthy(app.segmented_control(key="origin").set_value("Draw").run())


def starts_with(app: AppTest) -> str:
    """The SMILES on the editor's canvas when it opens."""
    given = [json.loads(component.proto.json) for component in components(app)]
    (start,) = [data["smiles"] for data in given if "smiles" in data]
    return start


def molfile(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    rdDepictor.Compute2DCoords(mol)
    return Chem.MolToMolBlock(mol, kekulize=False)


def use(app: AppTest, drawn: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Press the editor's button once."""
    draw(app)
    with monkeypatch.context() as pressed:
        pressed.setattr(sketcher, "show", lambda smiles, key: drawn)
        return healthy(app.run())


def test_the_editor_starts_with_what_is_shown(app: AppTest) -> None:
    draw(opened(app))
    assert starts_with(app) == "CC1=CNC(=O)NC1=O"
    assert starts_with(draw(opened(page(), structure="qm9:214"))) == "C1=CC=CC=C1"
    ethanol = draw(opened(page(), structure="smiles:CCO ethanol"))
    assert starts_with(ethanol) == "CCO"


def test_what_has_no_formula_starts_with_an_empty_canvas(app: AppTest) -> None:
    opened(app)
    app.segmented_control(key="origin").set_value("File").run()
    app.file_uploader[0].upload("h2.xyz", b"2\n\nH 0 0 0\nH 0 0 0.74\n", "chemical/x-xyz")
    healthy(app.run())
    assert starts_with(draw(app)) == ""
    missing = draw(opened(page(), structure="qm9:999999999"))
    assert starts_with(missing) == "" and "No molecule 999999999" in texts(missing)


def test_a_drawing_goes_the_way_of_a_smiles(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    use(opened(app), molfile("C1=CC=CC=C1O"), monkeypatch)
    assert app.subheader[0].value == "C₆H₆O" and not app.error
    assert app.query_params["structure"] == "smiles:Oc1ccccc1"
    assert "Geometry made by ETKDG + MMFF94" in texts(app)
    # It stays when the button is no longer pressed, and other ways in know it.
    assert starts_with(healthy(app.run())) == "Oc1ccccc1"
    assert app.subheader[0].value == "C₆H₆O"
    assert app.text_input(key="find").value == "Oc1ccccc1"


@pytest.mark.parametrize(
    "drawn, message",
    [
        (molfile(""), "The drawing is empty. Draw at least one atom."),
        (molfile("C(C)(C)(C)(C)C"), "The drawing is not a possible molecule"),
        (molfile("*CC"), "The drawing has a dummy atom"),
        ("<img src=x onerror=alert(1)>", "The drawing is not a possible molecule"),
    ],
)
def test_what_is_no_molecule_is_a_message_and_changes_nothing(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, drawn: str, message: str
) -> None:
    use(opened(app, structure="qm9:214"), drawn, monkeypatch)
    assert len(app.error) == 1 and message in texts(app)
    assert "<img" not in app.error[0].value
    assert app.subheader[0].value == "C₆H₆"
    assert app.query_params["structure"] == "qm9:214"


@pytest.mark.parametrize(
    "smiles, message",
    [
        ("CCl", "No model fits: none of the models for molecules knows Cl"),
        ("C.C", "2 separate fragments"),
        ("C" * 120, "too many to find a geometry for"),
    ],
)
def test_a_molecule_that_the_model_refuses_is_a_message(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, smiles: str, message: str
) -> None:
    use(opened(app), molfile(smiles), monkeypatch)
    assert len(app.error) == 1 and message in texts(app)
    assert starts_with(healthy(app.run())) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize(
    "smiles, message", [("[CH3]", "unpaired electrons"), ("C[NH3+]", "has charge +1")]
)
def test_charges_and_radicals_are_predicted_with_a_warning(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, smiles: str, message: str
) -> None:
    use(opened(app), molfile(smiles), monkeypatch)
    assert not app.error and message in texts(app)


def test_without_its_script_the_page_says_how_to_get_it(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sketcher, "has_editor", lambda: False)
    draw(opened(app))
    assert "python -m gamnet.assets" in texts(app)
    assert app.subheader[0].value == "C₅H₆N₂O₂"


def test_the_editor_is_not_loaded_before_somebody_draws(checkout: Path) -> None:
    code = (
        "import sys, apptest; apptest.healthy(apptest.page().run());"
        "print('gamnet_app.shared.sketcher' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout / "tests", capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert run.stdout.strip() == "False"
