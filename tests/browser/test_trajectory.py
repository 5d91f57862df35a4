"""The trajectory player with a real browser: one frame, followed by every part of it."""

import re
from math import cos, pi, sin
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

pytestmark = pytest.mark.browser

_VIEWER = "canvas => canvas._3dmol_viewer"
VIEW = f"canvas => JSON.stringify(({_VIEWER})(canvas).getView())"
ATOMS = (
    f"canvas => ({_VIEWER})(canvas).selectedAtoms({{}})"
    ".map(a => [a.x.toFixed(3), a.y.toFixed(3), a.color].join())"
)


# Keeps the largest number of players that the page ever had at once.
COUNT_PLAYERS = """() => {
  const count = () => [...document.querySelectorAll('.stBidiComponent [data-testid]')]
    .filter(host => host.shadowRoot?.querySelector('.player')).length;
  window.__most = count();
  const look = () => { window.__most = Math.max(window.__most, count()); };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  setInterval(look, 20);  // what a component does in its own root changes nothing outside
}"""


def canvas(page: Page) -> Locator:
    return page.locator(".player .stage canvas").first


def player(page: Page) -> Locator:
    return page.locator(".player")


def frame(page: Page) -> int:
    return int(player(page).get_attribute("data-frame"))


def wait_for_player(page: Page) -> None:
    page.locator(".player[data-ready]").wait_for()
    page.locator(".player .viewer[data-ready]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


@pytest.fixture(scope="module")
def trajectory(browser: Browser, address: str) -> str:
    """The page's address, on a server that has drawn a page before."""
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("link", name="Trajectory").wait_for(timeout=120_000)
    page.close()
    return f"{address}/trajectory"


@pytest.fixture
def opened(page: Page, trajectory: str) -> Page:
    """The page with its first example."""
    page.goto(trajectory)
    wait_for_player(page)
    return page


def upload(page: Page, path: Path) -> None:
    page.get_by_role("radio", name="Your file").click()
    expect(player(page)).to_have_count(0)  # of the example: it must not pass for the file's
    page.locator("input[type=file]").set_input_files(path)


def track_point(page: Page, fraction: float, y: float) -> tuple[float, float]:
    """Where a fraction of the trajectory is on the screen, y pixels below the tracks' top."""
    box = page.locator(".tracks").bounding_box()
    return box["x"] + 58 + fraction * (box["width"] - 70), box["y"] + y


def strip_row(page: Page, row: int, n_rows: int) -> float:
    """Middle of a row of the heat strip, below the tracks' top."""
    height = page.locator(".tracks").bounding_box()["height"] - 258 - 40 - 44
    return 258 + (row + 0.5) * height / n_rows


def front_atom(page: Page) -> tuple[int, float, float]:
    """The atom nearest to the viewer, which nothing hides, and where it is on the screen."""
    return canvas(page).evaluate(
        "canvas => { const v = canvas._3dmol_viewer; const m = v.modelGroup.matrixWorld.elements;"
        " const depth = a => m[2] * a.x + m[6] * a.y + m[10] * a.z;"
        " const front = v.selectedAtoms({}).reduce((b, a) => depth(a) > depth(b) ? a : b);"
        " const p = v.modelToScreen(front);"
        " return [front.site, p.x - window.scrollX, p.y - window.scrollY]; }"
    )


def test_playing_moves_and_recolours_without_the_server(page: Page, trajectory: str) -> None:
    sent = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: sent.append(payload))

    page.on("websocket", listen)
    page.goto(trajectory)
    wait_for_player(page)
    assert sent, "the test must see the traffic"
    view, before = (canvas(page).evaluate(script) for script in (VIEW, ATOMS))
    quiet = len(sent)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => Number([...document.querySelectorAll('.stBidiComponent [data-testid]')]"
        ".map(e => e.shadowRoot).find(root => root?.querySelector('.player'))"
        ".querySelector('.player').dataset.frame) > 8"
    )
    page.get_by_role("button", name="Pause").click()
    expect(player(page)).to_have_attribute("data-playing", "false")
    stopped = frame(page)
    after = canvas(page).evaluate(ATOMS)
    assert all(a != b for a, b in zip(before, after, strict=True)), "an atom stood still"
    colours = [{text.split(",")[-1] for text in atoms} for atoms in (before, after)]
    assert colours[0] != colours[1]
    assert canvas(page).evaluate(VIEW) == view, "the camera moved"
    assert len(sent) == quiet, "playing asked the server"
    page.wait_for_timeout(300)
    assert frame(page) == stopped


def test_scrubbing_in_the_plots_moves_everything(opened: Page) -> None:
    before = canvas(opened).evaluate(ATOMS)
    for fraction, y in ((0.25, 60), (0.5, 200), (0.75, strip_row(opened, 2, 9))):
        opened.mouse.click(*track_point(opened, fraction, y))
        expected = int(fraction * 200)
        assert abs(frame(opened) - expected) <= 1
        slider = opened.get_by_role("slider", name="Frame")
        assert int(slider.input_value()) == frame(opened)
        expect(opened.locator(".readout")).to_contain_text(f"Frame {frame(opened)} / 199")
        expect(opened.locator(".readout")).to_contain_text(f"{5 * frame(opened)} fs")
        assert canvas(opened).evaluate(ATOMS) != before
    x, y = track_point(opened, 0.1, 60)
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(*track_point(opened, 0.9, 60), steps=4)
    opened.mouse.up()
    assert abs(frame(opened) - 180) <= 1


def test_keys_play_and_step_and_do_not_reach_the_page(opened: Page) -> None:
    player(opened).focus()
    for key, expected in (
        ("ArrowRight", 1), ("Shift+ArrowRight", 11), (".", 12), ("ArrowLeft", 11), ("End", 199),
        ("ArrowRight", 199), ("Home", 0),
    ):  # fmt: skip
        opened.keyboard.press(key)
        assert frame(opened) == expected, key
    opened.keyboard.press("n")
    assert frame(opened) > 0
    for key in ("c", "r"):  # Streamlit's own
        opened.keyboard.press(key)
    expect(opened.get_by_role("dialog")).to_have_count(0)
    opened.keyboard.press("Space")
    expect(player(opened)).to_have_attribute("data-playing", "true")
    opened.keyboard.press("Space")
    expect(player(opened)).to_have_attribute("data-playing", "false")
    # In the picture arrows turn the molecule; the space bar still plays.
    at, view = frame(opened), canvas(opened).evaluate(VIEW)
    opened.locator(".player .viewer").focus()
    opened.keyboard.press("ArrowRight")
    assert frame(opened) == at and canvas(opened).evaluate(VIEW) != view
    opened.keyboard.press("Space")
    expect(player(opened)).to_have_attribute("data-playing", "true")


def test_jumps_go_to_the_largest_shifts(opened: Page) -> None:
    buttons = opened.locator(".jumps button")
    assert 1 <= buttons.count() <= 6
    for k in range(buttons.count()):
        buttons.nth(k).click()
        assert frame(opened) == int(buttons.nth(k).get_attribute("data-frame"))
        expect(buttons.nth(k)).to_have_attribute("aria-current", "true")


def test_atom_in_the_picture_and_row_in_the_strip_are_one(opened: Page) -> None:
    site, x, y = front_atom(opened)
    opened.mouse.click(x, y)
    expect(player(opened)).to_have_attribute("data-selected", str(site))
    expect(opened.locator(".readout")).to_contain_text("GA score")
    other = (site + 3) % 9
    box = opened.locator(".tracks").bounding_box()
    row = box["y"] + strip_row(opened, other, 9)
    opened.mouse.click(box["x"] + 40, row)  # its label
    expect(player(opened)).to_have_attribute("data-selected", str(other))
    expect(opened.locator(".player .viewer")).to_have_attribute("data-selected", str(other))
    opened.keyboard.press("Escape")
    expect(opened.locator(".player .viewer")).to_have_attribute("data-selected", "")


def test_another_property_keeps_frame_camera_and_selection(opened: Page) -> None:
    opened.mouse.click(*track_point(opened, 0.5, strip_row(opened, 1, 9)))
    at, selected = frame(opened), player(opened).get_attribute("data-selected")
    assert selected == "1"
    opened.locator(".player .viewer").focus()
    opened.keyboard.press("ArrowUp")
    view, before = (canvas(opened).evaluate(script) for script in (VIEW, ATOMS))
    opened.get_by_role("radio", name="LUMO", exact=True).click()
    expect(player(opened)).to_have_attribute("data-property", "lumo")
    assert frame(opened) == at
    expect(opened.locator(".player .viewer")).to_have_attribute("data-selected", "1")
    assert canvas(opened).evaluate(VIEW) == view
    assert canvas(opened).evaluate(ATOMS) != before


def test_gaps_and_changing_atoms_are_shown_and_nothing_becomes_markup(
    opened: Page, tmp_path: Path
) -> None:
    water = "3\n\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n"
    ammonia = "4\n\nN 0 0 0.1\nH 0.94 0 -0.2\nH -0.47 0.81 -0.2\nH -0.47 -0.81 -0.2\n"
    bad = "1\n\n<img src=x onerror=document.title='owned'> 0 0 0\n"
    gold = "2\n\nAu 0 0 0\nH 0 0 1.5\n"
    path = tmp_path / "<b>run.xyz"
    path.write_text(water + bad + ammonia + gold + water)
    upload(opened, path)
    expect(opened.get_by_text("2 of 5 frames could not be predicted")).to_be_visible()
    wait_for_player(opened)
    expect(opened.get_by_text("3 to 4 atoms")).to_be_visible()
    player(opened).focus()
    opened.keyboard.press("ArrowRight")
    fault = opened.locator(".fault")
    expect(fault).to_contain_text("Unknown element")
    expect(opened.get_by_role("button", name="Open in Explain")).to_be_disabled()
    opened.keyboard.press("ArrowRight")
    expect(fault).to_be_hidden()
    assert len(canvas(opened).evaluate(ATOMS)) == 4
    box = opened.locator(".tracks").bounding_box()
    opened.mouse.click(box["x"] + 40, box["y"] + strip_row(opened, 3, 4))
    expect(player(opened)).to_have_attribute("data-selected", "3")
    opened.keyboard.press("ArrowRight")
    expect(fault).to_contain_text("contains Au")
    opened.keyboard.press("ArrowRight")
    expect(opened.locator(".readout")).to_contain_text("this frame has no atom 3")
    assert len(canvas(opened).evaluate(ATOMS)) == 3
    assert opened.title() != "owned" and opened.locator("img[src=x]").count() == 0


def test_frame_opens_in_explain(opened: Page) -> None:
    player(opened).focus()
    opened.keyboard.press("End")
    opened.get_by_role("button", name="Open in Explain").click()
    expect(player(opened)).to_have_count(0)
    expect(opened.get_by_text("malonaldehyde.extxyz").first).to_be_visible()
    assert "/trajectory" not in opened.url


def test_long_run_can_be_stopped_and_continued(opened: Page, tmp_path: Path) -> None:
    def benzenes(stretch: float) -> str:
        """Large enough that a fast machine, too, has not done all before Stop is pressed."""
        atoms = [
            f"{symbol} {stretch * radius * cos(angle):.5f} {stretch * radius * sin(angle):.5f} {z}"
            for z in (0.0, 3.5, 7.0, 10.5)
            for symbol, radius in (("C", 1.39), ("H", 2.48))
            for angle in (k * pi / 3 for k in range(6))
        ]
        return "\n".join(["48", "", *atoms, ""])

    path = tmp_path / "long.xyz"
    path.write_text("".join(benzenes(1 + 1e-6 * k) for k in range(6000)))
    upload(opened, path)
    opened.get_by_text(re.compile("Predicting: [1-9]")).wait_for()  # of none, none are shown
    # At once: click() first waits until nothing on the page moves, and the run may end before.
    stop = opened.get_by_test_id("stButton").get_by_role("button", name="Stop")
    stop.dispatch_event("click")
    expect(opened.get_by_text("of 6,000 frames are shown")).to_be_visible()
    wait_for_player(opened)
    some = int(opened.get_by_role("slider", name="Frame").get_attribute("max"))
    assert some < 5999
    opened.evaluate(COUNT_PLAYERS)
    opened.get_by_role("button", name="Continue").click()
    expect(opened.get_by_text("6,000 frames", exact=True)).to_be_visible(timeout=300_000)
    expect(opened.get_by_text("are shown")).to_have_count(0)
    # The one player takes the new frames; a second beside it, even for a moment, is a defect.
    expect(player(opened).get_by_role("slider", name="Frame")).to_have_attribute("max", "5999")
    wait_for_player(opened)
    expect(player(opened)).to_have_count(1)
    assert opened.evaluate("window.__most") == 1
