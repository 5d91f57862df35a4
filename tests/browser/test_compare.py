"""Compare in a real browser: turn one picture, and the others follow."""

import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy.spatial.transform import Rotation

pytestmark = pytest.mark.browser

_VIEWS = """() => [...document.querySelectorAll('.stBidiComponent [data-testid]')]
  .map(e => e.shadowRoot?.querySelector('.stage canvas')?._3dmol_viewer?.getView())
  .filter(Boolean)"""
# Which scenes are drawn.
_READY = """() => [...document.querySelectorAll('.stBidiComponent [data-testid]')]
  .map(e => e.shadowRoot?.querySelector('.viewer')?.dataset.ready).filter(Boolean)"""
# What 3Dmol really draws with: the matrix of the model.
_MATRICES = """() => [...document.querySelectorAll('.stBidiComponent [data-testid]')]
  .map(e => e.shadowRoot?.querySelector('.stage canvas')?._3dmol_viewer)
  .filter(Boolean).map(v => [...v.modelGroup.matrixWorld.elements])"""


def open_compare(page: Page, address: str, query: str, pictures: int) -> None:
    page.goto(address)
    page.get_by_role("link", name="Compare").wait_for()
    page.goto(f"{address}/compare{query}")
    page.locator(".viewer[data-ready]").nth(pictures - 1).wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def drag(page: Page, picture: int, dx: int, dy: int) -> None:
    box = page.locator(".viewer").nth(picture).bounding_box()
    x, y = box["x"] + box["width"] - 60, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def rotations(page: Page) -> list[Rotation]:
    return [Rotation.from_quat(view[4:]) for view in page.evaluate(_VIEWS)]


def test_turning_one_picture_turns_the_others(page: Page, address: str) -> None:
    open_compare(page, address, "?compare=properties", 3)
    before = np.array(page.evaluate(_MATRICES))
    assert before[0] == pytest.approx(before[1], abs=1e-6)
    for picture in (0, 1):
        drag(page, picture, -80, -60)
        after = np.array(page.evaluate(_MATRICES))
        assert np.abs(after[0] - before[0]).max() > 0.1, "nothing turned"
        assert after[0] == pytest.approx(after[1], abs=1e-6)
        before = after
    # Recolouring keeps the cameras.
    page.get_by_role("radio", name="Contribution").click()
    page.wait_for_url("**colour=contribution**")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert np.array(page.evaluate(_MATRICES))[:2] == pytest.approx(before[:2], abs=1e-6)
    page.get_by_role("button", name="Reset view").nth(1).click()
    home = np.array(page.evaluate(_MATRICES))
    assert home[0] == pytest.approx(home[1], abs=1e-6)
    assert np.abs(home[0] - before[0]).max() > 0.1


def test_other_molecules_turn_by_the_same_angle_about_their_own_centre(
    page: Page, address: str
) -> None:
    query = "?structures=smiles:Cc1ccccc1&structures=smiles:CCO"
    open_compare(page, address, query, 2)
    before, views = rotations(page), page.evaluate(_VIEWS)
    drag(page, 1, 70, 40)
    turns = [b * a.inv() for a, b in zip(before, rotations(page), strict=True)]
    assert turns[1].magnitude() > 0.1
    assert (turns[0] * turns[1].inv()).magnitude() < 1e-6
    centres = [view[:3] for view in page.evaluate(_VIEWS)]
    assert centres == [pytest.approx(view[:3]) for view in views]
    # A structure that comes later joins in.
    drawn = page.evaluate(_READY)
    page.get_by_label("B: SMILES or id").fill("N")
    page.keyboard.press("Enter")
    name = page.get_by_role("strong").filter(has_text="B · H₃N")
    expect(name).to_be_visible(timeout=60_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    # The script's end is not the picture's: it draws when it has got its scene.
    page.wait_for_function(
        f"old => ({_READY})().length === 2 && ({_READY})()[1] !== old", arg=drawn[1]
    )
    assert page.evaluate(_READY)[0] == drawn[0]
    now = page.evaluate(_VIEWS)
    page.get_by_role("button", name="Reset view").first.click()
    home = page.evaluate(_VIEWS)
    joined = [
        Rotation.from_quat(a[4:]) * Rotation.from_quat(b[4:]).inv()
        for a, b in zip(now, home, strict=True)
    ]
    assert (joined[0] * joined[1].inv()).magnitude() < 1e-6, json.dumps([now, home])
