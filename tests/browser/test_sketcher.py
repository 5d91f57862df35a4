"""Drawing a molecule with the mouse and the keyboard, and seeing its prediction."""

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

# The editor's tools are a picture of two columns: where some of them are, in pixels.
TOOLS = {"clear": (11, 10), "bond": (11, 115), "benzene": (32, 199), "oxygen": (11, 283)}
SPOT = {"x": 400, "y": 200}  # where the drawing starts, far from the edges
BOND = 24  # pixels


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/{query}")
    page.locator(".viewer[data-ready]").wait_for()
    settled(page)


def open_editor(page: Page) -> None:
    page.get_by_role("radio", name="Draw", exact=True).click()
    page.locator(".sketcher[data-ready]").wait_for()
    settled(page)


def settled(page: Page) -> None:
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose_tool(page: Page, name: str) -> None:
    x, y = TOOLS[name]
    page.get_by_label("Drawing tools").click(position={"x": x, "y": y})


def canvas(page: Page) -> Locator:
    return page.get_by_label("Drawing", exact=True)


def drawn(page: Page) -> Locator:
    """The formula under the canvas."""
    return page.locator(".sketcher .drawn")


def use(page: Page) -> None:
    page.get_by_role("button", name="Use this molecule").click()


def test_a_molecule_is_drawn_used_and_linked_to(page: Page, address: str) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    open_page(page, address)
    assert not [url for url in loaded if "openchemlib" in url], "loaded before anybody draws"
    open_editor(page)
    # It starts with the molecule that is shown.
    expect(drawn(page)).to_have_text("C5H6N2O2")
    choose_tool(page, "clear")
    expect(drawn(page)).to_have_text("Nothing drawn yet")
    use(page)
    expect(page.get_by_text("The drawing is empty")).to_be_visible()

    choose_tool(page, "benzene")
    canvas(page).click(position=SPOT)
    expect(drawn(page)).to_have_text("C6H6")
    choose_tool(page, "bond")
    canvas(page).click(position=SPOT)
    expect(drawn(page)).to_have_text("C7H8")
    # The ring's atom below the first one becomes nitrogen by its key.
    page.mouse.move(0, 0)
    canvas(page).hover(position={"x": SPOT["x"], "y": SPOT["y"] + BOND})
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(drawn(page)).to_have_text("C6H7N")

    use(page)
    expect(page.get_by_role("heading", name="C₆H₇N")).to_be_visible()
    expect(page.get_by_text("Geometry made by ETKDG")).to_be_visible()
    page.wait_for_url("**structure=smiles%3ACc1ccccn1**")
    # For a moment the picture of the molecule before is still there, too.
    page.locator(".viewer[data-ready][aria-label^='3D picture of C6H7N']").wait_for()
    settled(page)
    expect(drawn(page)).to_have_text("C6H7N")
    copy = page.context.new_page()
    copy.goto(page.url)
    expect(copy.get_by_role("heading", name="C₆H₇N")).to_be_visible(timeout=120_000)
    expect(copy.get_by_role("textbox", name="Molecule")).to_have_value("Cc1ccccn1")


def test_a_begun_drawing_survives_a_look_elsewhere(page: Page, address: str) -> None:
    open_page(page, address, "?structure=qm9:214")
    open_editor(page)
    expect(drawn(page)).to_have_text("C6H6")
    choose_tool(page, "clear")
    choose_tool(page, "oxygen")
    canvas(page).click(position=SPOT)
    expect(drawn(page)).to_have_text("H2O")
    page.get_by_role("radio", name="Examples", exact=True).click()
    page.locator(".sketcher").wait_for(state="detached")
    page.get_by_role("radio", name="Draw", exact=True).click()
    expect(drawn(page)).to_have_text("H2O")
    # What is shown has not changed; another choice of structure starts anew.
    expect(page.get_by_role("heading", name="C₆H₆")).to_be_visible()
    page.get_by_role("radio", name="Examples", exact=True).click()
    page.get_by_role("button", name="Acetamide", exact=True).click()
    expect(page.get_by_role("heading", name="C₂H₅NO")).to_be_visible()
    page.get_by_role("radio", name="Draw", exact=True).click()
    expect(drawn(page)).to_have_text("C2H5NO")


def test_keys_draw_and_do_not_reach_the_page(page: Page, address: str) -> None:
    open_page(page, address)
    open_editor(page)
    canvas(page).hover(position=SPOT)
    choose_tool(page, "clear")
    choose_tool(page, "oxygen")
    canvas(page).click(position=SPOT)
    expect(drawn(page)).to_have_text("H2O")
    page.mouse.move(0, 0)
    page.evaluate("window.seen = []; document.addEventListener('keydown', e => seen.push(e.key))")
    page.keyboard.press("c")  # with r, Streamlit's own key
    page.keyboard.press("r")
    canvas(page).hover(position=SPOT)
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    expect(drawn(page)).to_have_text("HF")
    assert page.evaluate("seen") == []


def test_without_openchemlib_a_message_and_the_rest(page: Page, address: str) -> None:
    page.route("**/openchemlib.js", lambda route: route.abort())
    open_page(page, address)
    page.get_by_role("radio", name="Draw", exact=True).click()
    expect(page.locator(".sketcher .failed")).to_contain_text("python -m gamnet.assets")
    expect(page.get_by_role("button", name="Use this molecule")).to_be_disabled()
    page.get_by_role("textbox", name="Molecule").fill("CCO")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="C₂H₆O")).to_be_visible()
