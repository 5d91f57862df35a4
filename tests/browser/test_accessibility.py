"""Every page in both themes, checked by axe-core; what is heard and what a finger does."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tools.axe import AXE

pytestmark = pytest.mark.browser

PAGES = {
    "explain": ("", ".viewer[data-ready]"),
    "truth": ("?section=truth", ".viewer[data-ready]"),
    "trajectory": ("trajectory", ".player .viewer[data-ready]"),
    "compare": ("compare", ".viewer[data-ready]"),
    "explore": ("explore", "[role=figure][data-ready]"),
    "batch": ("batch", "input[type=file]"),
    "models": ("models", ".js-plotly-plot"),
}
# Of Streamlit's file uploader, whose drop zone a page cannot change.
FOREIGN = ("presentation-role-conflict",)


def opened(page: Page, address: str, name: str) -> None:
    path, ready = PAGES[name]
    page.goto(address)
    page.get_by_role("link", name="Models").wait_for()
    page.goto(f"{address}/{path}")
    page.locator(ready).first.wait_for(state="attached")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


@pytest.fixture(params=["light", "dark"])
def themed(page: Page, request: pytest.FixtureRequest) -> Page:
    page.emulate_media(color_scheme=request.param)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(themed: Page, address: str, name: str) -> None:
    opened(themed, address, name)
    themed.add_script_tag(content=AXE.path.read_text())
    found = themed.evaluate(
        "rules => axe.run(document, { rules, resultTypes: ['violations'] })",
        {rule: {"enabled": False} for rule in FOREIGN},
    )
    told = [
        (v["id"], [(n["target"], n["any"][0]["message"] if n["any"] else "") for n in v["nodes"]])
        for v in found["violations"]
    ]
    assert not told, json.dumps(told, indent=1, ensure_ascii=False)


def test_every_page_has_its_title(page: Page, address: str) -> None:
    page.goto(address)
    expect(page).to_have_title("Explain · GAMNet")
    page.get_by_role("link", name="Models").click()
    expect(page).to_have_title("Models · GAMNet")
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_attached()


def test_a_picked_atom_is_announced(page: Page, address: str) -> None:
    opened(page, address, "explain")
    spoken = page.locator(".viewer [aria-live=polite]")
    page.locator(".viewer").press("]")
    expect(spoken).to_contain_text("C, atom 0, GA score")
    page.locator(".viewer").press("Escape")
    expect(spoken).to_have_text("No atom selected")


_VIEW = """() => [...document.querySelectorAll('.stBidiComponent [data-testid]')]
  .map(e => e.shadowRoot?.querySelector('.stage canvas')?._3dmol_viewer?.getView())
  .filter(Boolean)[0]"""
_SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def test_one_finger_scrolls_the_page_and_two_turn_the_picture(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(
        viewport={"width": 412, "height": 840}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    opened(page, address, "explain")
    picture = page.locator(".viewer")
    picture.scroll_into_view_if_needed()
    box, before, at = picture.bounding_box(), page.evaluate(_VIEW), page.evaluate(_SCROLLED)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6
    touch = page.context.new_cdp_session(page)

    def drag(*fingers: tuple[float, float]) -> None:
        for step, kind in enumerate(["touchStart", *["touchMove"] * 8]):
            points = [{"x": fx, "y": fy - 12 * step, "id": k} for k, (fx, fy) in enumerate(fingers)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    drag((x, y))
    page.wait_for_function(f"at => {_SCROLLED} > at + 30", arg=at)
    assert page.evaluate(_VIEW) == before
    box = picture.bounding_box()
    y = box["y"] + box["height"] * 0.6
    drag((x - 40, y), (x + 40, y))
    page.wait_for_function(
        f"before => JSON.stringify(({_VIEW})()) !== before", arg=json.dumps(before)
    )
    assert page.evaluate(_VIEW)[:3] == pytest.approx(before[:3])
    context.close()
