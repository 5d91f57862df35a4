"""What is seen of Explain without scrolling, and what its box, its line and its strip do."""

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

LAPTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
# Of the gallery, of QM9, of a SMILES with a warning, and a crystal.
SHOWN = ("", "?structure=qm9:60000", "?structure=smiles:CCOCCO", "?structure=example:rock-salt")


def bottom(page: Page, selector: str) -> float:
    """Where the lowest of these ends, in pixels from the top of the screen."""
    boxes = [found.bounding_box() for found in page.locator(selector).all()]
    assert boxes and all(boxes), selector
    return max(box["y"] + box["height"] for box in boxes)


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".viewer[data-ready]").wait_for(state="attached")
    page.locator(SETTLED).wait_for()


def test_picture_bar_and_values_are_on_the_first_screen(page: Page, address: str) -> None:
    page.set_viewport_size(LAPTOP)
    for query in SHOWN:
        opened(page, f"{address}/{query}")
        values = page.locator(".st-key-cards .value")
        assert values.count() >= 2
        assert all("±" in text or "error" in text for text in values.all_inner_texts())
        # The colour bar stands in the viewer's lower corner.
        assert bottom(page, ".viewer") < LAPTOP["height"], query
        assert bottom(page, ".st-key-cards .value") < LAPTOP["height"], query
    # The picture stays while the sections at its side are read.
    opened(page, f"{address}/?section=truth")
    expect(page.get_by_text("What a true map of the")).to_be_visible()
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 500)")
    box = page.locator(".viewer").bounding_box()
    assert box["y"] > 0 and box["y"] + box["height"] < LAPTOP["height"]


def test_the_values_are_on_a_phones_first_screen(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(120_000)
    page = context.new_page()
    for query in SHOWN[:3]:
        opened(page, f"{address}/{query}")
        assert bottom(page, ".st-key-cards .value") < PHONE["height"], query
    # Nothing is wider than the screen.
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    context.close()


def test_the_box_answers_a_misspelt_name_and_a_formula(page: Page, address: str) -> None:
    opened(page, address)
    box = page.get_by_role("textbox", name="Molecule")
    box.fill("cafeine")
    box.press("Enter")
    page.get_by_role("button", name="caffeine", exact=True).click()
    expect(page.get_by_role("heading", name="C₈H₁₀N₄O₂")).to_be_visible()
    box.fill("C6H6")
    box.press("Enter")
    expect(page.get_by_text("have this formula")).to_be_visible()
    page.locator(SETTLED).wait_for()


def test_flat_and_3d_are_pointed_at_and_picked_together(page: Page, address: str) -> None:
    opened(page, f"{address}/?structure=qm9:214")
    atom = page.locator(".flat g[data-site='3']")
    atom.hover()
    expect(page.locator(".viewer")).to_have_attribute("data-pointed", "3")
    expect(page.locator(".viewer .pointed")).to_be_visible()
    atom.click()
    expect(page.locator(".viewer")).to_have_attribute("data-selected", "3")
    # The other way round: by the 3D picture's keys, and by a bar of the chart.
    page.locator(".viewer").focus()
    page.keyboard.press("]")
    expect(page.locator(".flat")).to_have_attribute("data-selected", "4")
    page.wait_for_function(
        "document.querySelector('.st-key-atoms_chart .js-plotly-plot')?.gamnetLinked"
    )
    bar = page.locator(".st-key-atoms_chart .bars .point path").nth(1).bounding_box()
    page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    expect(page.locator(".flat g[data-site='1']")).to_have_class("pointed")
    page.locator(SETTLED).wait_for()
    with page.expect_download() as download:
        page.locator(".st-key-flat_svg button").first.click()
    assert download.value.suggested_filename == "qm9_214-homo-ga.svg"
