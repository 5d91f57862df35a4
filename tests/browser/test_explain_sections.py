"""The sections of the page Explain in a real browser: arcs, orbitals, what if, with the camera."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

_VIEWERS = (
    "[...document.querySelectorAll('.stBidiComponent [data-testid]')]"
    ".map(e => e.shadowRoot?.querySelector('.stage canvas')).filter(c => c?._3dmol_viewer)"
)
VIEW = f"JSON.stringify({_VIEWERS}[0]._3dmol_viewer.getView())"
MATRICES = f"{_VIEWERS}.map(c => [...c._3dmol_viewer.modelGroup.matrixWorld.elements])"
PICTURE = f"{_VIEWERS}[0].toDataURL()"
# Where the atom nearest to the viewer, which nothing hides, is on the screen; and its index.
FRONT = f"""() => {{
  const v = {_VIEWERS}[0]._3dmol_viewer;
  const m = v.modelGroup.matrixWorld.elements;
  const depth = a => m[2] * a.x + m[6] * a.y + m[10] * a.z;
  const atom = v.selectedAtoms({{}}).reduce((b, a) => depth(a) > depth(b) ? a : b);
  const p = v.modelToScreen(atom);
  return [p.x - window.scrollX, p.y - window.scrollY, atom.site];
}}"""


def open_page(page: Page, address: str, query: str, pictures: int = 1) -> None:
    page.goto(f"{address}/{query}")
    page.locator(".viewer[data-ready]").nth(pictures - 1).wait_for()
    settled(page)


def settled(page: Page) -> None:
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def turn(page: Page, picture: int = 0) -> None:
    viewer = page.locator(".viewer").nth(picture)
    viewer.scroll_into_view_if_needed()
    box = viewer.bounding_box()
    x, y = box["x"] + box["width"] - 50, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 70, y - 50, steps=4)
    page.mouse.up()


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def test_picked_atom_gets_arcs_and_the_camera_stays(page: Page, address: str) -> None:
    open_page(page, address, "")
    turn(page)
    viewer = page.locator(".viewer")
    expect(viewer).to_have_attribute("data-arcs", "0")
    view = page.evaluate(VIEW)
    x, y, site = page.evaluate(FRONT)
    page.mouse.click(x, y)
    expect(viewer).to_have_attribute("data-selected", str(site))
    expect(viewer).not_to_have_attribute("data-arcs", "0")
    page.wait_for_url(f"**atoms={site}**")
    assert page.evaluate(VIEW) == view
    # The arcs are really drawn: without them the picture is another one.
    settled(page)
    drawn = page.evaluate(PICTURE)
    page.get_by_text("Arcs: what").click()
    expect(viewer).to_have_attribute("data-arcs", "0")
    assert page.evaluate(PICTURE) != drawn
    page.get_by_text("Arcs: what").click()
    expect(viewer).not_to_have_attribute("data-arcs", "0")
    assert page.evaluate(PICTURE) == drawn
    assert page.evaluate(VIEW) == view


def test_layer_and_head_redraw_the_arcs_in_place(page: Page, address: str) -> None:
    open_page(page, address, "?section=attention&atoms=2")
    turn(page)
    view, drawn = page.evaluate(VIEW), page.evaluate(PICTURE)
    expect(page.locator(".js-plotly-plot .heatmaplayer")).to_have_count(2)
    choose(page, "All together")
    page.wait_for_function(f"(old) => {PICTURE} !== old", arg=drawn)
    assert page.evaluate(VIEW) == view
    expect(page.locator(".js-plotly-plot .heatmaplayer")).to_have_count(1)
    # Reset shows the same whether arcs reach around the atoms or not.
    page.get_by_role("button", name="Reset view").click()
    home = page.evaluate(VIEW)
    page.get_by_text("Arcs: what").click()
    expect(page.locator(".viewer")).to_have_attribute("data-arcs", "0")
    page.get_by_role("button", name="Reset view").click()
    assert page.evaluate(VIEW) == home


def test_a_crystal_that_no_model_fits_is_drawn_without_arcs(
    page: Page, address: str, tmp_path: Path
) -> None:
    path = tmp_path / "argon.cif"
    bulk("Ar", "fcc", a=5.26).write(path)
    open_page(page, address, "")
    shown = page.locator(".viewer").get_attribute("data-ready")
    choose(page, "File")
    page.locator("input[type=file]").set_input_files(path)
    page.locator(f".viewer[data-ready]:not([data-ready='{shown}'])").wait_for()
    settled(page)
    page.locator(".viewer").focus()
    page.keyboard.press("]")
    expect(page.locator(".viewer")).to_have_attribute("data-selected", "0")
    expect(page.locator(".viewer")).to_have_attribute("data-arcs", "0")
    expect(
        page.get_by_text("No model fits: none of the models for crystals knows Ar")
    ).to_be_visible()


def test_orbital_is_drawn_over_the_attention_and_taken_away(page: Page, address: str) -> None:
    pytest.importorskip("pyscf", reason="the extra 'orbitals' is not installed")
    open_page(page, address, "?structure=qm9:6&section=truth")
    turn(page)
    view, bare = page.evaluate(VIEW), page.evaluate(PICTURE)
    viewer = page.locator(".viewer")
    page.get_by_role("button", name="Compute HOMO and LUMO").click()
    page.locator(".viewer[data-orbital^='homo-']").wait_for()
    drawn = page.evaluate(PICTURE)
    assert drawn != bare and page.evaluate(VIEW) == view
    page.get_by_text("encloses 70%").wait_for()
    settled(page)
    page.get_by_role("radio", name="Nothing", exact=True).click()
    expect(viewer).to_have_attribute("data-orbital", "")
    assert page.evaluate(PICTURE) == bare
    assert page.evaluate(VIEW) == view


def test_what_if_shows_both_with_locked_cameras(page: Page, address: str) -> None:
    open_page(page, address, "?structure=qm9:214&section=whatif&atoms=6", 3)
    page_view, before, after = np.array(page.evaluate(MATRICES))
    assert before == pytest.approx(after, abs=0.3)
    turn(page, 1)
    _, turned, followed = np.array(page.evaluate(MATRICES))
    rotation = [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert np.abs(turned - before)[rotation].max() > 0.05, "nothing turned"
    assert turned[rotation] == pytest.approx(followed[rotation], abs=1e-6)
    # The page's own picture is free, and another element keeps the cameras.
    assert np.array(page.evaluate(MATRICES))[0] == pytest.approx(page_view, abs=1e-6)
    edited = page.locator(".viewer").nth(2).get_attribute("data-ready")
    choose(page, "O")
    page.get_by_text("After: H6 replaced by O").wait_for()
    settled(page)
    # The script's end is not the picture's: it draws when it has got its scene.
    expect(page.locator(".viewer").nth(2)).not_to_have_attribute("data-ready", edited)
    page.locator(".viewer[data-ready]").nth(2).wait_for()
    _, kept, joined = np.array(page.evaluate(MATRICES))
    assert kept == pytest.approx(turned, abs=1e-6)
    assert joined[rotation] == pytest.approx(kept[rotation], abs=1e-6)


@pytest.mark.parametrize("name", ["Open the changed structure", "Open QM9"])
def test_what_if_opens_what_came_out(page: Page, address: str, name: str) -> None:
    """The buttons stand in a part of the page that redraws alone; here the whole page changes."""
    open_page(page, address, "?structure=qm9:214&section=whatif&atoms=6", 3)
    choose(page, "F")
    page.get_by_text("After: H6 replaced by F").wait_for()
    expect(page.get_by_role("heading", name="C₆H₆")).to_be_visible()
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name="C₆H₅F")).to_be_visible()
    if name == "Open QM9":
        page.wait_for_url("**structure=qm9**")
