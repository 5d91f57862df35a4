"""Explore in a real browser: draw around points, and go on to Explain."""

import re

import pytest
from playwright.sync_api import Page, expect

from gamnet.atlas.tables import locate, read_atlas
from gamnet.prediction.shipped import available

pytestmark = pytest.mark.browser

_CHART = ".st-key-explore_chart_molecules .js-plotly-plot"


def open_explore(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/explore{query}")
    page.locator(f"{_CHART} canvas").first.wait_for(timeout=300_000)
    settle(page)


def settle(page: Page) -> None:
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def tool(page: Page, name: str) -> None:
    """Choose a tool of the chart's menu."""
    page.locator(_CHART).hover()
    page.locator(f"{_CHART} .modebar-btn[data-title='{name}']").click()


def plot_area(page: Page) -> dict[str, float]:
    return page.locator(f"{_CHART} .draglayer .nsewdrag").first.bounding_box()


def drag_box(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Drag over a part of the chart, given as shares of its area."""
    area = plot_area(page)
    page.mouse.move(area["x"] + left * area["width"], area["y"] + top * area["height"])
    page.mouse.down()
    page.mouse.move(
        area["x"] + right * area["width"], area["y"] + bottom * area["height"], steps=12
    )
    page.mouse.up()


def drag_lasso(page: Page, *corners: tuple[float, float]) -> None:
    """Draw through these places, given as shares of the chart's area."""
    area = plot_area(page)
    places = [(area["x"] + u * area["width"], area["y"] + v * area["height"]) for u, v in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def test_points_follow_the_theme(page: Page, address: str) -> None:
    open_explore(page, address)
    paper = page.locator(f"{_CHART} .main-svg").first
    expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="dark")
    expect(paper).to_have_css("background-color", "rgb(18, 22, 27)")


def test_a_lasso_leads_to_pictures_and_on_to_explain(page: Page, address: str) -> None:
    open_explore(page, address, "?x=target_homo&y=predicted_homo")
    expect(page.get_by_text("0 of", exact=False).first).to_be_visible()
    tool(page, "Lasso Select")
    drag_lasso(page, (0.4, 0.3), (0.7, 0.3), (0.75, 0.7), (0.4, 0.7), (0.4, 0.32))
    chosen = page.get_by_text("selected molecules, in the order of the colour")
    expect(chosen).to_be_visible()
    # What is selected stays so with another colour.
    heading = page.get_by_role("heading", name=re.compile(r"^[\d,]+ of [\d,]+ selected$"))
    before = heading.inner_text()
    page.get_by_role("combobox", name="Colour").fill("Split of")
    page.keyboard.press("Enter")
    page.wait_for_url("**colour=split**")
    settle(page)
    expect(heading).to_have_text(before)
    # The script's end is not the chart's: it draws when it has got its figure.
    marked = f"document.querySelector('{_CHART}').data.map(t => t.selectedpoints?.length)"
    page.wait_for_function(f"() => {marked}.filter(Number.isInteger).length === 3")
    assert f"{sum(page.evaluate(marked)):,} of" in before
    first = page.locator(".st-key-explore_gallery button").first
    name = first.inner_text()
    first.click()
    index = name.removeprefix("QM9 ")
    page.wait_for_url(re.compile(rf"structure=qm9(:|%3A){index}$"))
    page.locator(".viewer[data-ready]").wait_for()
    expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_another_colour_keeps_the_zoom_and_the_canvas(page: Page, address: str) -> None:
    open_explore(page, address)
    ranges = f"document.querySelector('{_CHART}')._fullLayout.xaxis.range.slice()"
    whole = page.evaluate(ranges)
    page.locator(_CHART).hover()
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"old => {ranges}.join() !== old.join()", arg=whole)
    page.wait_for_timeout(500)  # the wheel comes to rest
    zoomed = page.evaluate(ranges)
    page.evaluate(f"window.__canvas = document.querySelector('{_CHART} canvas')")
    title = f"document.querySelector('{_CHART}').data[0].marker.colorbar.title.text"
    page.get_by_role("combobox", name="Colour").fill("LUMO energy, reference")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {title}.startsWith('LUMO energy, reference')")
    settle(page)
    assert page.evaluate(ranges) == zoomed
    assert page.evaluate(f"window.__canvas === document.querySelector('{_CHART} canvas')")
    # Other axes mean other places.
    page.get_by_role("combobox", name="Across").fill("HOMO energy, reference")
    page.keyboard.press("Enter")
    page.wait_for_function(f"old => {ranges}.join() !== old.join()", arg=zoomed)


def test_a_box_on_the_map_and_taking_it_back(page: Page, address: str) -> None:
    open_explore(page, address)
    tool(page, "Box Select")
    drag_box(page, 0.1, 0.1, 0.9, 0.9)
    expect(page.get_by_text("selected molecules, in the order of the colour")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="0 of")).to_be_visible()
    expect(page.get_by_text("Select molecules to see how they differ")).to_be_visible()
    unmarked = f"document.querySelector('{_CHART}')._fullData.every(t => !t.selectedpoints)"
    page.wait_for_function(f"() => {unmarked}")


def test_an_environments_example_lights_up_and_opens_with_its_atom(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/explore?tab=environments&element=O")
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    settle(page)
    box = page.locator("[data-testid=stDataFrame]").first.bounding_box()
    page.mouse.click(box["x"] + 17, box["y"] + 34 + 35 * 1 + 17)
    page.locator(".viewer[data-ready]").wait_for()
    expect(page.get_by_text("examples, the atom of this environment")).to_be_visible()
    page.get_by_role("button", name="Open in Explain").click()
    page.wait_for_url(re.compile(r"structure=qm9(:|%3A)\d+"))
    page.locator(".viewer[data-ready]").wait_for()
    expect(page.get_by_text(re.compile(r"^QM9 \d+$")).first).to_be_visible()


def test_a_click_on_a_molecule_shows_it_beside_the_map(page: Page, address: str) -> None:
    # Few points, so that none hides another.
    open_explore(page, address, "?x=target_homo&y=target_lumo&filter=n_heavy:1..4")
    # Its place on the page and its row: of the point that is farthest from all others.
    x, y, row = page.evaluate(
        f"""() => {{
          const chart = document.querySelector('{_CHART}'), trace = chart._fullData[0];
          const {{xaxis, yaxis}} = chart._fullLayout, area = chart.getBoundingClientRect();
          const at = k => [
            xaxis._offset + xaxis.d2p(trace.x[k]), yaxis._offset + yaxis.d2p(trace.y[k])];
          const places = Array.from(trace.x, (_, k) => at(k));
          const room = places.map((p, k) => Math.min(...places.map(
            (q, l) => k === l ? Infinity : Math.hypot(p[0] - q[0], p[1] - q[1]))));
          const best = room.indexOf(Math.max(...room));
          return [area.x + places[best][0], area.y + places[best][1], trace.customdata[best]];
        }}"""
    )
    # The server's own: of all molecules where this machine has built it, else the ready-made one.
    folder, _ = locate("qm9", available()["qm9"]["sha256"])
    molecules = read_atlas(folder).molecules
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.locator(f"{_CHART} .hoverlayer .hovertext").wait_for()  # a click means what is hovered
    card = page.locator(".gamnet-card")
    expect(card).to_contain_text(f"QM9 {molecules['id'].iloc[row]}")
    expect(card.locator("svg")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    page.locator(".viewer[data-ready]").wait_for()
    expect(page.locator(_CHART)).to_be_visible()
    page.get_by_role("button", name="Open in Explain").click()
    page.wait_for_url(re.compile(rf"structure=qm9(:|%3A){molecules['id'].iloc[row]}$"))
