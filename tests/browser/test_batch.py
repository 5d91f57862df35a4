"""Batch in a real browser: a bad row stays, a tick opens a structure, the files arrive."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LIST = "compound_id,SMILES\nA,CCO\nbad,C1CC\nA,qm9:29238\n"
HOSTILE = "id,SMILES\n<img src=x onerror=document.title='owned'>,**CC**\n=1+1,CCO\n"


def open_batch(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Batch").click()
    page.get_by_text("Properties of many structures").wait_for()


def predict(page: Page, path: Path, text: str, count: int) -> None:
    path.write_text(text)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=f"Predict {count}").click()
    page.get_by_role("button", name="New batch").wait_for(timeout=180_000)
    page.locator("[data-testid=stDataFrame] canvas").first.wait_for()


def tick(page: Page, row: int) -> None:
    """Click the box at a row's left end; the table is a canvas."""
    box = page.locator("[data-testid=stDataFrame]").bounding_box()
    page.mouse.click(box["x"] + 17, box["y"] + 34 + 33 * row + 16)


def test_bad_row_stays_and_a_tick_opens_the_structure(
    page: Page, address: str, tmp_path: Path
) -> None:
    open_batch(page, address)
    predict(page, tmp_path / "list.csv", LIST, 3)
    expect(page.get_by_text("2 predicted")).to_be_visible()
    expect(page.get_by_text("1 failed")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="csv", exact=True).click()
    table = pd.read_csv(download.value.path())
    assert table["id"].tolist() == ["A", "bad", "A"]
    assert table["homo [eV]"].isna().tolist() == [False, True, False]
    with page.expect_download() as download:
        page.get_by_role("button", name="parquet").click()
    assert pd.read_parquet(download.value.path())["id"].tolist() == ["A", "bad", "A"]
    tick(page, 1)
    reason = page.get_by_role("alert").filter(has_text="not a valid SMILES")
    expect(reason).to_be_visible(timeout=60_000)
    tick(page, 2)
    expect(page.get_by_text("QM9 29238")).to_be_visible(timeout=60_000)
    page.locator(".viewer[data-ready]").wait_for()
    page.get_by_role("link", name="Batch").click()
    expect(page.get_by_text("2 predicted")).to_be_visible(timeout=60_000)


def test_text_of_a_list_never_becomes_markup(page: Page, address: str, tmp_path: Path) -> None:
    open_batch(page, address)
    predict(page, tmp_path / "list.csv", HOSTILE, 2)
    tick(page, 0)
    reason = page.get_by_role("alert").filter(has_text="**CC**")
    expect(reason).to_be_visible(timeout=60_000)
    assert page.title() != "owned" and page.locator("img[src=x]").count() == 0
