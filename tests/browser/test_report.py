"""The report as its reader opens it: from a file, without a network."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from records import PROPERTIES

from gamnet.export.report import ModelAbout, to_html
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import make_structure

pytestmark = pytest.mark.browser

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>.xyz"
FIRST = "document.querySelector('.stage canvas')"
COLOURS = f"{FIRST}._3dmol_viewer.selectedAtoms({{}}).map(a => a.color).join()"
VIEW = f"JSON.stringify({FIRST}._3dmol_viewer.getView())"
INK = f"""() => {{
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [120, 90];
  const context = copy.getContext('2d');
  context.drawImage({FIRST}, 0, 0, 120, 90);
  const data = context.getImageData(0, 0, 120, 90).data;
  let count = 0;
  for (let k = 0; k < data.length; k += 4) {{
    if (data[k + 3] === 255 && data[k] + data[k + 1] + data[k + 2] < 740) count += 1;
  }}
  return count;
}}"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Two structures, one of them with a hostile name and comment."""
    rng = np.random.default_rng(0)
    predictions = []
    for source in (HOSTILE, "water.xyz"):
        structure = make_structure(
            [8, 1, 1], [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]], source=source,
            info=StructureInfo(title=HOSTILE),
        )  # fmt: skip
        properties = {}
        for pid in ("homo", "lumo"):
            parts = rng.normal(size=3)
            scores = rng.dirichlet(np.ones(3))
            properties[pid] = PropertyPrediction(
                PROPERTIES[pid], float(parts.sum()), 0.0, scores, parts
            )
        predictions.append(Prediction(source, 0, "tiny", structure, properties, (HOSTILE,)))
    path = tmp_path / "report.html"
    about = {"tiny": ModelAbout("tiny", "ab" * 32, "qm9")}
    path.write_text(to_html(predictions, about, "2026-11-23"))
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Page:
    """The report, opened by its file address without a network; `asked` lists what it asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.set_default_timeout(120_000)
    page.goto(report.as_uri())
    page.locator("#structure-1 .viewer[data-ready]").wait_for()
    yield page
    context.close()


def test_it_opens_offline_and_asks_for_nothing(page: Page, report: Path) -> None:
    assert page.evaluate(INK) > 50, "the canvas is empty"
    assert page.asked == [report.as_uri()]
    assert page.complaints == []


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    assert page.title() == f"GAMNet report: {HOSTILE}"
    assert page.locator("h2").first.text_content() == HOSTILE
    expect(page.locator("#structure-1 .about")).to_contain_text(HOSTILE)
    expect(page.locator("#structure-1 .warning")).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0


def test_colours_follow_the_choice_and_the_camera_stays(page: Page) -> None:
    colours, view = page.evaluate(COLOURS), page.evaluate(VIEW)
    title = page.locator("#structure-1 .chart .title")
    for choice, value in (("#colour", "contributions"), ("#property", "lumo")):
        page.locator(choice).select_option(value)
        page.wait_for_function(f"(old) => {COLOURS} !== old", arg=colours)
        colours = page.evaluate(COLOURS)
        assert page.evaluate(VIEW) == view
        bars = page.locator("#structure-1 .chart rect").evaluate_all(
            "bars => bars.map(bar => bar.getAttribute('fill')).join()"
        )
        assert bars == colours
    expect(title).to_have_text("Contribution to LUMO energy (eV)")


def test_a_bar_selects_its_atom_in_the_picture_and_the_table(page: Page) -> None:
    page.locator("#structure-1 .chart .bar").nth(1).click()
    expect(page.locator("#structure-1 .viewer")).to_have_attribute("data-selected", "1")
    expect(page.locator("#structure-1 tr[data-atom='1']")).to_have_class("selected")
    expect(page.locator("#structure-1 tr.selected")).to_have_count(1)
    page.keyboard.press("Tab")  # from the bar that was clicked to the next one
    page.keyboard.press("Enter")
    expect(page.locator("#structure-1 .viewer")).to_have_attribute("data-selected", "2")
    expect(page.locator("#structure-1 .chart .bar").nth(2)).to_be_focused()


def test_on_paper_everything_is_open_and_white(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.locator("#structure-2 .viewer[data-ready]").wait_for()
    assert page.locator("details:not([open])").count() == 0
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(background) != "rgb(255, 255, 255)"


def test_the_page_explain_hands_it_over(browser: Browser, address: str, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{address}/?structure=qm9:5347")
    page.locator(".viewer[data-ready]").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="html", exact=True).click()
    assert download.value.suggested_filename == "qm9_5347.html"
    path = tmp_path / "downloaded.html"
    download.value.save_as(path)
    context.set_offline(True)
    page.goto(path.as_uri())
    page.locator("#structure-1 .viewer[data-ready]").wait_for()
    expect(page.locator("#structure-1 .about").first).to_contain_text("C₇H₅N, 13 atoms")
    context.close()
