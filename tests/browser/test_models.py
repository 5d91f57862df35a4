"""The page Models with a real browser: from a point of the parity plot to its molecule."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# Index and place on the screen of the molecule with the highest DFT value: it lies alone.
RIGHTMOST = """() => {
  const plot = document.querySelector('.js-plotly-plot');
  const points = plot._fullData[0];
  const k = points.x.reduce((best, x, i) => (x > points.x[best] ? i : best), 0);
  const { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return [
    points.customdata[k][0],
    box.left + xaxis._offset + xaxis.l2p(points.x[k]),
    box.top + yaxis._offset + yaxis.l2p(points.y[k]),
    points.x.length,
  ];
}"""


def test_a_point_of_the_parity_plot_opens_its_molecule(page: Page, address: str) -> None:
    page.goto(f"{address}/models")
    page.locator(".js-plotly-plot .gl-container canvas").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.locator(".js-plotly-plot").scroll_into_view_if_needed()
    index, x, y, n = page.evaluate(RIGHTMOST)
    assert n == 10_831
    page.mouse.move(x, y, steps=4)
    expect(page.locator(".js-plotly-plot .hoverlayer")).to_contain_text(f"{index}, ")
    page.mouse.click(x, y)
    page.locator(".viewer[data-ready]").wait_for()
    expect(page).to_have_url(re.compile(f"structure=qm9:{index}$|structure=qm9%3A{index}$"))
