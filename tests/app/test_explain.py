"""The page Explain without a browser: good and bad input, and what reaches the components."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from apptest import components, healthy, opened, page, texts, upload
from ase.io import read
from streamlit.testing.v1 import AppTest

import gamnet
from gamnet.export import files as export
from gamnet_app.shared import kept, session, sources


@pytest.fixture
def app() -> AppTest:
    return page()


def scene(app: AppTest) -> dict:
    """The data of the 3D viewer."""
    (component,) = components(app)
    return json.loads(component.proto.json)


def cards(app: AppTest) -> list[str]:
    bodies = [element.proto.body for element in app.get("html")]
    return [body for body in bodies if "typical error" in body]


def headline(app: AppTest) -> str:
    return app.subheader[0].value


def errors(app: AppTest) -> str:
    return " ".join(error.value for error in app.error).replace("\\", "")


def test_first_visit_shows_a_molecule_with_six_values(app: AppTest) -> None:
    opened(app)
    assert headline(app) == "C₅H₆N₂O₂"
    assert len(cards(app)) == 6
    for card, unit in zip(cards(app), ["eV"] * 4 + ["a₀³", "cal/(mol·K)"], strict=True):
        assert unit in card and "typical error" in card
        assert "reference" in card and "difference" in card
    shown = scene(app)
    assert len(shown["colours"]) == len(shown["details"]) == 15
    assert not app.error


def test_property_and_colour_change_the_picture_and_the_address(app: AppTest) -> None:
    opened(app)
    before = scene(app)
    app.segmented_control(key="property").set_value("alpha").run()
    healthy(app.segmented_control(key="colour").set_value("contribution").run())
    after = scene(app)
    assert after["scene_id"] == before["scene_id"]
    assert after["colours"] != before["colours"]
    assert after["bar"]["title"] == "Contribution to isotropic polarizability (a₀³)"
    assert app.query_params["property"] == "alpha"
    assert app.query_params["colour"] == "contribution"


def test_card_shows_its_property_on_the_atoms(app: AppTest) -> None:
    opened(app)
    healthy(app.button(key="show_lumo").click().run())
    assert app.segmented_control(key="property").value == "lumo"


def test_address_opens_what_it_names(app: AppTest) -> None:
    opened(app, structure="qm9:1", property="gap", colour="element", scale="structure")
    assert headline(app) == "CH₄"
    assert app.segmented_control(key="property").value == "gap"
    assert scene(app)["colours"][1] == "#ffffff"
    assert app.radio(key="scale").value == "structure"


@pytest.mark.parametrize("asked", ["/etc/hostname", "-", "../README.md", "file:///etc/passwd"])
def test_address_never_opens_a_file_of_the_server(app: AppTest, asked: str) -> None:
    opened(app, structure=asked)
    assert headline(app) == "C₅H₆N₂O₂"


def test_nonsense_in_the_address_is_ignored(app: AppTest) -> None:
    opened(app, property="mass", colour="<b>", scale="7")
    assert app.segmented_control(key="property").value == "homo"


@pytest.mark.parametrize(
    "asked", ["qm9:![x](https://evil.example/x.png)", "qm9:" + "1" * 5000, "qm9:-1"]
)
def test_a_hostile_index_is_a_plain_message(app: AppTest, asked: str) -> None:
    opened(app, structure=asked)
    assert "is not a QM9 Index" in errors(app)
    assert not any("evil" in caption.value for caption in app.caption)


def test_the_scheme_may_be_written_in_capitals(app: AppTest) -> None:
    opened(app, structure="QM9:214")
    assert headline(app) == "C₆H₆" and app.segmented_control(key="origin").value == "Data set"


def test_example_and_split(app: AppTest) -> None:
    opened(app)
    healthy(app.button(key="example_1").click().run())
    assert headline(app) == "C₇H₅N"
    assert app.query_params["structure"] == "qm9:5347"


def test_smiles_has_values_but_no_dft_and_says_where_its_geometry_comes_from(app: AppTest) -> None:
    opened(app)
    healthy(app.text_input(key="find").set_value(" OCC ").run())
    assert headline(app) == "C₂H₆O"
    assert len(cards(app)) == 6 and not any("reference" in card for card in cards(app))
    assert "not by DFT" in texts(app)


@pytest.mark.parametrize("text", ["C1CC", "not a molecule", "[Xx]", "C" * 400 + "("])
def test_bad_smiles_is_a_message(app: AppTest, text: str) -> None:
    opened(app, structure=f"smiles:{text}")
    assert len(app.error) == 1 and "SMILES" in errors(app)
    assert not components(app)


def test_qm9_by_index_formula_and_nothing_found(app: AppTest) -> None:
    opened(app)
    app.segmented_control(key="origin").set_value("Data set").run()
    healthy(app.text_input(key="dataset_query").set_value("214").run())
    assert headline(app) == "C₆H₆"
    healthy(app.text_input(key="dataset_query").set_value("C6H6").run())
    assert len(app.dataframe[0].value) > 5
    assert set(app.dataframe[0].value["formula"]) == {"C6H6"}
    healthy(app.text_input(key="dataset_query").set_value("C99").run())
    assert "Nothing in QM9 matches" in errors(app)
    assert headline(app) == "C₆H₆"


def test_qm9_by_property_ranges(app: AppTest) -> None:
    opened(app)
    app.segmented_control(key="origin").set_value("Data set").run()
    healthy(app.button_group(key="qm9_ranged").set_value(["gap", "n_atoms"]).run())
    assert any("200 of 130,831 shown" in c.value for c in app.caption)
    app.slider(key="qm9_range_gap").set_range(9.0, 10.0).run()
    healthy(app.slider(key="qm9_range_n_atoms").set_range(9, 12).run())
    hits = app.dataframe[0].value
    assert len(hits) > 5 and hits["gap"].between(9, 10).all()
    assert hits["n_atoms"].between(9, 12).all()
    # Together with a formula, and when nothing is left.
    healthy(app.text_input(key="dataset_query").set_value("C2H6O").run())
    assert set(app.dataframe[0].value["formula"]) == {"C2H6O"}
    healthy(app.slider(key="qm9_range_gap").set_range(0.7, 0.8).run())
    assert "C2H6O" in errors(app) and "Gap 0.7 to 0.8" in errors(app)
    healthy(app.text_input(key="dataset_query").set_value("").run())
    healthy(app.slider(key="qm9_range_n_atoms").set_range(3, 3).run())
    assert "Nothing in QM9 has Gap 0.7 to 0.8; Atoms 3 to 3" in errors(app)


def test_the_box_takes_whatever_names_a_molecule(app: AppTest) -> None:
    opened(app)

    def find(text: str) -> str:
        healthy(app.text_input(key="find").set_value(text).run())
        return str(np.atleast_1d(app.query_params["structure"])[0])

    assert find("Benzene") == "qm9:214" and "QM9 214, with its own geometry" in texts(app)
    assert find("caffeine").startswith("smiles:") and headline(app) == "C₈H₁₀N₄O₂"
    assert find("12") == "qm9:12" and find("QM9: 214") == "qm9:214"
    assert find("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3") == "smiles:CCO"
    # A formula of many: a list, and what is shown stays until one is chosen.
    assert find("H6C6") == "smiles:CCO"
    assert set(app.dataframe[0].value["formula"]) == {"C6H6"}
    # A slip of the pen is answered with names, one of which a press takes.
    find("cafeine")
    assert "is no name" in errors(app)
    healthy(app.button(key="suggested_caffeine").click().run())
    assert headline(app) == "C₈H₁₀N₄O₂" and not app.error
    # What is chosen elsewhere empties the box.
    healthy(app.button(key="example_1").click().run())
    assert app.text_input(key="find").value == "" and headline(app) == "C₇H₅N"
    assert find("<b>x</b>**y**") == "qm9:5347" and "is no name" in errors(app)


def test_tour_glossary_and_citation_open(app: AppTest) -> None:
    opened(app)
    for name, text in {"Tour": "Read the picture", "Glossary": "GA score", "Cite": "cite"}.items():
        healthy(app.button(key=f"about_{name}").click().run())
        assert text in texts(app)
    assert "215 (2023)" in app.code[0].value


def test_a_smiles_that_the_data_set_has_is_offered_with_its_geometry(app: AppTest) -> None:
    opened(app)
    healthy(app.text_input(key="find").set_value("c1ccccc1").run())
    assert app.query_params["structure"] in ("smiles:c1ccccc1", ["smiles:c1ccccc1"])
    healthy(app.button(key="find_other").click().run())
    assert str(np.atleast_1d(app.query_params["structure"])[0]) == "qm9:214"


def test_qm9_index_that_was_left_out_is_a_message(app: AppTest) -> None:
    opened(app, structure="qm9:999999999")
    assert "No molecule 999999999 in QM9" in errors(app)


def test_upload_with_its_numbers(app: AppTest, data: Path) -> None:
    opened(app)
    upload(app, "thymine.xyz", (data / "thymine.xyz").read_bytes())
    assert headline(app) == "C₅H₆N₂O₂"
    assert len(cards(app)) == 6


def named(app: AppTest) -> str:
    """What the address calls the structure."""
    (found,) = np.atleast_1d(app.query_params["structure"])
    return str(found)


def test_a_small_upload_is_in_the_link_itself(app: AppTest, data: Path) -> None:
    """Whoever opens the link, on whatever server, sees the same atoms and values."""
    opened(app)
    upload(app, "thymine.xyz", (data / "thymine.xyz").read_bytes())
    assert named(app).startswith("xyz:") and len(named(app)) <= 2_000
    other = opened(page(), structure=named(app))
    assert headline(other) == "C₅H₆N₂O₂" and "thymine.xyz" in [t.value for t in other.text]
    assert scene(other)["positions"] == pytest.approx(scene(app)["positions"], abs=1e-3)
    assert values(other) == values(app)


def values(app: AppTest) -> list[str]:
    return [re.sub("<.*?>", " ", card) for card in cards(app)]


def test_what_no_link_can_hold_is_kept_by_the_server(app: AppTest) -> None:
    frames = "".join(f"2\n\nH 0 0 0\nH 0 0 {0.7 + 0.1 * k}\n" for k in range(5))
    opened(app)
    upload(app, "stretch.xyz", frames.encode())
    healthy(app.slider(key="frame").set_value(4).run())
    assert named(app).startswith("upload:") and "A link cannot hold 5 frames" in texts(app)
    again = opened(page(), structure=named(app), frame="4")
    assert scene(again)["positions"] == scene(app)["positions"]
    kept.store().drop(named(app).removeprefix("upload:").partition(".")[0])
    gone = opened(page(), structure=named(app))
    assert "does not have this file any more" in texts(gone) and not cards(gone)


@pytest.mark.parametrize("text", ["xyz:AAAA", "upload:", "upload:../../etc/passwd", "upload:x.9"])
def test_links_that_hold_nothing_are_told(app: AppTest, text: str) -> None:
    opened(app, structure=text)
    assert not cards(app)
    told = errors(app) + texts(app)
    assert "The link does not hold" in told or "Drop a file" in told


def test_what_another_page_hands_over_is_in_the_link(app: AppTest) -> None:
    opened(app, structure="qm9:214", section="whatif", atoms="6")
    healthy(app.button(key="open_edited").click().run())
    before = headline(app)
    assert headline(opened(page(), structure=named(app))) == before != "C₆H₆"


def test_upload_stays_while_other_sources_are_looked_at(app: AppTest, data: Path) -> None:
    opened(app)
    upload(app, "h2.xyz", b"2\n\nH 0 0 0\nH 0 0 0.74\n")
    healthy(app.segmented_control(key="origin").set_value("Examples").run())
    assert headline(app) == "H₂"
    healthy(app.button(key="example_1").click().run())
    assert headline(app) == "C₇H₅N"
    app.segmented_control(key="origin").set_value("File").run()
    (again,) = [button for button in app.button if "again" in button.label]
    healthy(again.click().run())
    assert headline(app) == "H₂"


def test_several_files_and_the_choice_between_them(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        ("h2.xyz", b"2\n\nH 0 0 0\nH 0 0 0.74\n", "chemical/x-xyz"),
        ("bad.xyz", b"2\n\nH 0 0 0\n", "chemical/x-xyz"),
        ("hf.xyz", b"2\n\nH 0 0 0\nF 0 0 0.92\n", "chemical/x-xyz"),
    ]
    opened(app)
    app.segmented_control(key="origin").set_value("File").run()
    app.file_uploader[0].set_value(files)
    healthy(app.run())
    assert headline(app) == "FH"
    healthy(app.selectbox(key="upload_number").set_value(0).run())
    assert headline(app) == "H₂"
    healthy(app.selectbox(key="upload_number").set_value(1).run())
    assert "bad.xyz" in errors(app)
    monkeypatch.setattr(sources, "MAX_FILES", 2)
    app.file_uploader[0].set_value([*files, files[0]])
    healthy(app.run())
    assert headline(app) == "H₂" and len(session_uploads(app)) == 2
    app.file_uploader[0].clear()
    healthy(app.run())
    assert session_uploads(app) == []


def session_uploads(app: AppTest) -> list:
    state = app.session_state
    return list(sources.uploads(state["uploaded"])) if "uploaded" in state else []


def test_upload_with_several_frames(app: AppTest) -> None:
    frames = "".join(f"2\n\nH 0 0 0\nH 0 0 {0.7 + 0.1 * k}\n" for k in range(5))
    opened(app)
    upload(app, "stretch.xyz", frames.encode())
    first = scene(app)
    healthy(app.slider(key="frame").set_value(4).run())
    assert scene(app)["positions"] != first["positions"]


def test_bad_frame_does_not_hide_the_others(app: AppTest) -> None:
    frames = "2\n\nH 0 0 0\nH 0 0 0\n2\n\nH 0 0 0\nH 0 0 0.74\n"
    opened(app)
    upload(app, "two.xyz", frames.encode())
    assert "at one place" in errors(app)
    healthy(app.slider(key="frame").set_value(1).run())
    assert not app.error
    assert headline(app) == "H₂"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.xyz", b"", "empty"),
        ("cut.xyz", b"5\n\nC 0 0 0\n", "cut.xyz"),
        ("nan.xyz", b"1\n\nC nan 0 0\n", "NaN"),
        ("twice.xyz", b"2\n\nC 0 0 0\nC 0 0 0\n", "at one place"),
        ("dummy.xyz", b"1\n\nXx 0 0 0\n", "Xx"),
        ("bytes.xyz", bytes(range(256)), "bytes.xyz"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "picture.png"),
    ],
)
def test_bad_upload_is_a_message(app: AppTest, name: str, content: bytes, message: str) -> None:
    opened(app)
    upload(app, name, content)
    assert len(app.error) == 1
    assert message in errors(app)
    assert "Traceback" not in errors(app)
    assert not components(app)


def test_what_no_model_fits_is_still_drawn_and_exported(app: AppTest) -> None:
    opened(app)
    upload(app, "iron.xyz", b"1\n\nFe 0 0 0\n")
    assert "No model fits" in errors(app) and "knows Fe" in errors(app)
    assert headline(app) == "Fe" and len(components(app)) == 1
    assert app.get("download_button")[0].label == "extxyz"


def test_partial_occupancy_is_a_message(app: AppTest, data: Path) -> None:
    opened(app)
    upload(app, "alloy.cif", (data / "partial_occupancy.cif").read_bytes())
    assert "partly occupied" in errors(app)


def test_upload_text_is_escaped(app: AppTest) -> None:
    opened(app)
    upload(app, "![x](http://example.org/y.png)<b>.xyz", b"1\n\nQq 0 0 0\n")
    (error,) = app.error
    assert "![x]" not in error.value and "<b>" not in error.value


def test_too_large_structure_is_refused_with_the_way_out(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MAX_ATOMS", 10)
    opened(app)
    assert "15 atoms" in errors(app) and "gamnet predict" in errors(app)


def test_frames_beyond_the_limit_are_announced(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_FRAMES", 3)
    opened(app)
    upload(app, "long.xyz", b"1\n\nH 0 0 0\n" * 7)
    assert app.slider(key="frame").max == 2
    assert any("first 3 frames" in caption.value for caption in app.caption)


def test_table_has_every_atom_and_adds_up(app: AppTest) -> None:
    opened(app)
    table = app.dataframe[-1].value
    assert len(table) == 15
    assert table["GA score"].sum() == pytest.approx(1, abs=1e-5)
    assert table["Relative to 1/n"].mean() == pytest.approx(1, abs=1e-5)


def test_downloads_hold_the_scores(app: AppTest) -> None:
    opened(app)
    labels = {button.proto.label: button for button in app.get("download_button")}
    assert set(labels) == {"SVG", "html", "extxyz", "csv", "json"}
    (structure,) = gamnet.read("qm9:29238")
    prediction = session.predict(structure)
    atoms = read(io.StringIO(export.to_extxyz([prediction])), format="extxyz")
    assert atoms.arrays["ga_score_homo"].sum() == pytest.approx(1, abs=1e-4)


def remarks(app: AppTest) -> list[str]:
    """The warnings behind the chips."""
    found = [c for c in app.get("popover") if "warning" in c.proto.popover.icon]
    return [c.markdown[0].value for c in found]


def test_what_a_file_says_beside_its_atoms_is_its_own(app: AppTest) -> None:
    """The same file name and atoms, another header: neither shows what the other says."""
    water = "3\nProperties=species:S:1:pos:R:3{}\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n"
    plain, charged = (water.format(text).encode() for text in ("", " charge=1"))
    for visitor in (opened(app), opened(page())):
        upload(visitor, "water.extxyz", plain)
        assert not remarks(visitor)
        upload(visitor, "water.extxyz", charged)
        assert any("charge" in remark for remark in remarks(visitor))


def test_one_prediction_serves_everyone() -> None:
    (mine,), (yours,) = gamnet.read("qm9:60000"), gamnet.read("qm9:60000")
    assert session.predict(mine) is session.predict(yours)


def test_the_page_is_drawn_before_anything_heavy_is_imported(checkout: Path) -> None:
    code = (
        "import sys; import gamnet_app.shared.session, gamnet_app.shared.source; "
        "print([m for m in ('torch', 'rdkit', 'pymatgen', 'scipy', 'ase') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
