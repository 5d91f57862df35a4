"""The 3D viewer and what is linked to it, seen with a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from benchmarks.browser import NO_WEBGL, launch

pytestmark = pytest.mark.browser

# 3Dmol hangs its viewer on the canvas; the component keeps its parts in a shadow root. The page has
# other components, too.
_ROOT = (
    "[...document.querySelectorAll('.stBidiComponent [data-testid]')].map(e => e.shadowRoot)"
    ".find(root => root?.querySelector('.stage'))"
)
_CANVAS = f"{_ROOT}.querySelector('.stage canvas')"
VIEW = f"JSON.stringify({_CANVAS}._3dmol_viewer.getView())"
COLOURS = f"{_CANVAS}._3dmol_viewer.selectedAtoms({{}}).map(a => a.color)"
# Colours of the pixels that are not background, coarsely.
PIXELS = f"""() => {{
  const canvas = {_CANVAS};
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [120, 90];
  const context = copy.getContext('2d');
  context.drawImage(canvas, 0, 0, 120, 90);
  const data = context.getImageData(0, 0, 120, 90).data;
  const seen = {{}};
  for (let k = 0; k < data.length; k += 4) {{
    if (data[k + 3] < 255 || data[k] + data[k + 1] + data[k + 2] > 740) continue;
    const name = [data[k] >> 5, data[k + 1] >> 5, data[k + 2] >> 5].join();
    seen[name] = (seen[name] ?? 0) + 1;
  }}
  return seen;
}}"""


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/{query}")
    wait_for_viewer(page)


def wait_for_viewer(page: Page) -> None:
    page.locator(".viewer[data-ready]").wait_for()
    # The script has finished, so nothing will be drawn anew.
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def atom_position(page: Page, site: int) -> tuple[float, float]:
    """Where an atom is on the screen."""
    spot = page.evaluate(
        f"(site) => {{ const v = {_CANVAS}._3dmol_viewer;"
        " const p = v.modelToScreen(v.selectedAtoms({}).find(a => a.site === site));"
        " return [p.x - window.scrollX, p.y - window.scrollY]; }",
        site,
    )
    return tuple(spot)


def front_atom(page: Page) -> int:
    """The atom nearest to the viewer, which nothing hides."""
    return page.evaluate(
        f"() => {{ const v = {_CANVAS}._3dmol_viewer; const m = v.modelGroup.matrixWorld.elements;"
        " const depth = a => m[2] * a.x + m[6] * a.y + m[10] * a.z;"
        " return v.selectedAtoms({}).reduce((b, a) => depth(a) > depth(b) ? a : b).site; }"
    )


def upload(page: Page, path: Path) -> None:
    """Upload a file and wait until it is drawn."""
    shown = page.locator(".viewer").get_attribute("data-ready")
    choose(page, "File")
    page.locator("input[type=file]").set_input_files(path)
    # While a new structure is on its way there may be no viewer at all.
    drawn = page.locator(f".viewer[data-ready]:not([data-ready='{shown}'])")
    drawn.wait_for()
    wait_for_viewer(page)


def test_uploaded_file_is_drawn_and_recoloured(page: Page, address: str, data: Path) -> None:
    open_page(page, address)
    upload(page, data / "thymine.xyz")
    before_pixels, before, view = (page.evaluate(x) for x in (PIXELS, COLOURS, VIEW))
    assert sum(before_pixels.values()) > 300, "the canvas is empty"
    choose(page, "LUMO")
    page.wait_for_function(f"(old) => {COLOURS}.join() !== old.join()", arg=before)
    assert page.evaluate(PIXELS) != before_pixels
    assert page.evaluate(VIEW) == view


def test_bonds_have_their_orders_and_nothing_is_black(page: Page, address: str) -> None:
    open_page(page, address)  # thymine
    atoms = f"{_CANVAS}._3dmol_viewer.selectedAtoms({{}})"
    orders = page.evaluate(f"{atoms}.flatMap(a => a.bondOrder)")
    assert {order: orders.count(order) // 2 for order in set(orders)} == {1: 7, 1.5: 6, 2: 2}
    darkest = page.evaluate(
        f"() => {{ const c = {_CANVAS}; const copy = document.createElement('canvas');"
        " [copy.width, copy.height] = [c.width, c.height]; const ink = copy.getContext('2d');"
        " ink.drawImage(c, 0, 0); const data = ink.getImageData(0, 0, c.width, c.height).data;"
        " let least = 765; for (let k = 0; k < data.length; k += 4)"
        " if (data[k + 3] === 255) least = Math.min(least, data[k] + data[k + 1] + data[k + 2]);"
        " return least; }"
    )
    assert darkest > 90, "the edges are black"
    assert page.locator(".viewer select").nth(1).input_value() == "letters"


def test_camera_stays_when_anything_else_changes(page: Page, address: str) -> None:
    open_page(page, address)
    x, y = atom_position(page, 0)
    page.mouse.move(x + 150, y + 120)
    page.mouse.down()
    page.mouse.move(x + 60, y + 20, steps=5)
    page.mouse.up()
    view = page.evaluate(VIEW)
    colours = page.evaluate(COLOURS)
    for name in ("Contribution", "Gap", "Element"):
        choose(page, name)
        page.wait_for_function(f"(old) => {COLOURS}.join() !== old.join()", arg=colours)
        colours = page.evaluate(COLOURS)
        assert page.evaluate(VIEW) == view, f"the camera moved with {name}"


def test_click_selects_an_atom_everywhere(page: Page, address: str) -> None:
    open_page(page, address)
    site = front_atom(page)
    page.mouse.click(*atom_position(page, site))
    expect(page.locator(".viewer")).to_have_attribute("data-selected", str(site))
    # The chart fades the others: one full bar.
    bars = page.locator(".js-plotly-plot .bars .point path")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.js-plotly-plot .bars .point path')]"
        ".filter(p => Number(getComputedStyle(p).opacity) === 1).length === 1"
    )
    assert bars.count() == 15
    # Shift adds another one, a click beside the molecule clears.
    other = next(i for i in range(15) if i != site and is_hit(page, i))
    page.keyboard.down("Shift")
    page.mouse.click(*atom_position(page, other))
    page.keyboard.up("Shift")
    expect(page.locator(".viewer")).to_have_attribute("data-selected", f"{site},{other}")
    # Two picked atoms are measured, in the picture and in words.
    distance = re.compile(r"\d\.\d{3} Å")
    expect(page.locator(".viewer")).to_have_attribute("data-measure", distance)
    expect(page.get_by_text(re.compile(r"Distance \w+–\w+"))).to_contain_text(distance)
    box = page.locator(".viewer").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 15, box["y"] + box["height"] / 2)
    expect(page.locator(".viewer")).to_have_attribute("data-selected", "")


def is_hit(page: Page, site: int) -> bool:
    """Whether the ray through an atom's middle meets that atom first."""
    x, y = atom_position(page, site)
    return page.evaluate(
        f"([x, y, site]) => {{ const v = {_CANVAS}._3dmol_viewer; const m = v.mouseXY(x, y);"
        " const hits = v.targetedObjects(m.x, m.y, v.selectedAtoms({}));"
        " return hits.length > 0 && hits[0].clickable.site === site; }",
        [x, y, site],
    )


def test_bar_click_selects_the_atom_in_the_picture(page: Page, address: str) -> None:
    open_page(page, address)
    bar = page.locator(".js-plotly-plot .bars .point path").nth(4)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".viewer")).to_have_attribute("data-selected", "4")


def test_hover_names_the_atom(page: Page, address: str) -> None:
    open_page(page, address)
    site = front_atom(page)
    page.mouse.move(*atom_position(page, site), steps=3)
    tip = page.locator(".viewer .tip")
    expect(tip).to_contain_text(f"atom {site}")
    expect(tip).to_contain_text("GA score")
    expect(tip).to_contain_text("Contribution")


def test_keys_turn_the_picture_and_do_not_reach_the_page(page: Page, address: str) -> None:
    open_page(page, address)
    page.locator(".viewer").focus()
    view = page.evaluate(VIEW)
    page.keyboard.press("ArrowLeft")
    turned = page.evaluate(VIEW)
    assert turned != view
    page.keyboard.press("c")  # Streamlit's own key: clear caches
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("]")
    expect(page.locator(".viewer")).to_have_attribute("data-selected", "0")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer")).to_have_attribute("data-selected", "")
    assert page.evaluate(VIEW) == turned


def test_picture_is_saved_at_print_resolution(page: Page, address: str, tmp_path: Path) -> None:
    from PIL import Image

    open_page(page, address)
    view = page.evaluate(VIEW)
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "qm9_29238-homo-ga.png"
    picture = Image.open(path).convert("RGB")
    assert max(picture.size) >= 3000
    assert len(picture.resize((160, 120)).getcolors(160 * 120)) > 50, "the picture is empty"
    assert page.evaluate(VIEW) == view


def test_figure_has_the_size_asked_for_and_no_ground(
    page: Page, address: str, tmp_path: Path
) -> None:
    from PIL import Image

    open_page(page, address)
    view = page.evaluate(VIEW)
    page.get_by_role("button", name="Figure", exact=True).click()
    page.get_by_label("Width (mm)").fill("50.8")
    page.get_by_label("Height (mm)").fill("25.4")
    page.get_by_label("Resolution (dpi)").fill("200")
    page.get_by_label("Transparent").check()
    expect(page.get_by_label("Caption")).to_have_value(re.compile("C5H6N2O2.*GA score.*range"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save figure").click()
    path = tmp_path / "figure.png"
    download.value.save_as(path)
    picture = Image.open(path)
    assert picture.size == (400, 200)  # 2 x 1 inches
    assert picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (0, 255)
    assert page.evaluate(VIEW) == view


def test_address_reopens_what_is_shown(page: Page, address: str) -> None:
    open_page(page, address)
    page.get_by_role("button", name="Benzonitrile", exact=True).click()
    expect(page.get_by_text("QM9 5347")).to_be_visible()
    choose(page, "LUMO")
    page.wait_for_url("**property=lumo**")
    copy = page.context.new_page()
    copy.goto(page.url)
    wait_for_viewer(copy)
    expect(copy.get_by_text("QM9 5347")).to_be_visible()
    expect(copy.get_by_role("radio", name="LUMO", exact=True)).to_be_checked()


def test_viewers_context_is_freed(page: Page, address: str) -> None:
    """Leaving and coming back many times must not run out of WebGL contexts (about 16)."""
    open_page(page, address)
    for _ in range(9):
        page.get_by_role("link", name="Models").click()
        page.locator(".viewer").wait_for(state="detached")
        page.get_by_role("link", name="Explain").click()
        wait_for_viewer(page)
    assert sum(page.evaluate(PIXELS).values()) > 300


def test_names_of_uploads_never_become_markup(page: Page, address: str, tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=document.title='owned'>**b**.xyz"
    path.write_text("1\n<script>document.title='owned'</script>\nH 0 0 0\n")
    open_page(page, address)
    upload(page, path)
    expect(page.get_by_text("1 atom", exact=True)).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("img[src=x]").count() == 0


def test_without_webgl_a_message_and_the_numbers(playwright: Playwright, address: str) -> None:
    browser = launch(playwright, NO_WEBGL)
    page = browser.new_page()
    page.goto(address)
    expect(page.locator(".viewer .message")).to_contain_text("WebGL", timeout=120_000)
    expect(page.locator(".js-plotly-plot .bars").first).to_be_visible()
    browser.close()


def test_without_3dmol_a_message_and_the_numbers(page: Page, address: str) -> None:
    page.route("**/3Dmol.es6-min.js", lambda route: route.abort())
    page.goto(address)
    expect(page.locator(".viewer .message")).to_contain_text("python -m gamnet.assets")
    expect(page.locator(".js-plotly-plot .bars").first).to_be_visible()
