"""Back and Forward of a real browser: one entry per place, and each shows what was there."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def settled(page: Page) -> None:
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()


def chosen(page: Page, name: str) -> None:
    expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()


def headline(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()
    settled(page)


def entries(page: Page) -> int:
    return page.evaluate("history.length")


def test_back_restores_structures_and_leaves_colours_alone(page: Page, address: str) -> None:
    page.goto(address)
    headline(page, "C₅H₆N₂O₂")
    # A press before is another test's.
    page.wait_for_function("window.gamnetHistory?.installed")
    first = entries(page)
    for name in ("Contribution", "LUMO"):
        choose(page, name)
    page.wait_for_url("**colour=contribution**property=lumo**")
    settled(page)
    assert entries(page) == first, "another colour is no other place"
    page.get_by_role("button", name="Benzonitrile", exact=True).click()
    headline(page, "C₇H₅N")
    page.get_by_role("button", name="Acetamide", exact=True).click()
    headline(page, "C₂H₅NO")
    assert entries(page) == first + 2
    choose(page, "HOMO")
    page.wait_for_url(lambda url: "property" not in url)
    settled(page)
    page.go_back()
    headline(page, "C₇H₅N")
    chosen(page, "LUMO")
    page.go_back()
    headline(page, "C₅H₆N₂O₂")
    chosen(page, "Contribution")
    page.go_forward()
    headline(page, "C₇H₅N")
    page.go_forward()
    headline(page, "C₂H₅NO")
    chosen(page, "HOMO")


def test_back_crosses_pages(page: Page, address: str) -> None:
    """Also to the very first address, which names nothing."""
    page.goto(address)
    headline(page, "C₅H₆N₂O₂")
    first = entries(page)
    page.get_by_role("link", name="Models").click()
    page.get_by_role("radio", name="Where it errs").click()
    page.wait_for_url("**/models?view=errors")
    settled(page)
    page.get_by_role("link", name="Explain").click()
    page.get_by_role("button", name="Acetamide", exact=True).click()
    headline(page, "C₂H₅NO")
    page.go_back()
    headline(page, "C₅H₆N₂O₂")
    page.go_back()
    chosen(page, "Where it errs")
    page.go_back()
    chosen(page, "Parity")
    page.go_back()
    headline(page, "C₅H₆N₂O₂")
    assert entries(page) == first + 4


def test_a_press_before_the_address_is_watched_has_its_entry(page: Page, address: str) -> None:
    """The script that watches comes from the server, on a slow way later than the first press."""
    held = []
    page.route("**/address/component.js*", lambda route: held.append(route))
    with page.expect_request("**/address/component.js*"):
        page.goto(address)
    headline(page, "C₅H₆N₂O₂")
    first = entries(page)
    page.get_by_role("link", name="Models").hover()
    page.mouse.down()
    held[0].continue_()
    page.wait_for_function("window.gamnetHistory?.installed")
    page.mouse.up()
    chosen(page, "Parity")
    assert entries(page) == first + 1
    page.go_back()
    headline(page, "C₅H₆N₂O₂")


def test_back_restores_filters_and_inputs(page: Page, address: str) -> None:
    page.goto(f"{address}/explore?search=C%23N")
    search = page.get_by_role("textbox", name="Search")
    expect(search).to_have_value("C#N")
    settled(page)
    page.get_by_role("radio", name="Environments").click()
    page.wait_for_url("**tab=environments**")
    settled(page)
    page.go_back()
    expect(search).to_have_value("C#N")
    page.goto(f"{address}/compare?structures=smiles:C&structures=smiles:CC")
    first = page.get_by_role("textbox", name="A:")
    expect(first).to_have_value("C")
    settled(page)
    first.fill("N")
    first.press("Enter")
    page.wait_for_url("**structures=smiles%3AN**")
    settled(page)
    page.go_back()
    expect(first).to_have_value("C")


def test_an_upload_is_there_after_a_reload(page: Page, address: str, tmp_path: Path) -> None:
    one, two = tmp_path / "water.xyz", tmp_path / "run.xyz"
    one.write_text("3\n\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n")
    two.write_text("".join(f"2\n\nH 0 0 0\nF 0 0 {0.9 + 0.05 * k}\n" for k in range(3)))
    page.goto(address)
    headline(page, "C₅H₆N₂O₂")
    choose(page, "File")
    for path, formula, name in ((one, "H₂O", "xyz"), (two, "FH", "upload")):
        page.locator("input[type=file]").set_input_files(path)
        headline(page, formula)
        page.wait_for_url(f"**structure={name}%3A**")
        page.reload()
        headline(page, formula)
        page.locator(".viewer[data-ready]").wait_for()
