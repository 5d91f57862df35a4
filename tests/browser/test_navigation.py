"""The pages' addresses on a server that nobody has visited yet."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser import serve

pytestmark = pytest.mark.browser


def test_any_address_may_be_the_first_one_opened(page: Page, checkout: Path) -> None:
    with serve(checkout) as address:
        page.goto(f"{address}/models")
        # The top navigation, and not the file names that Streamlit finds by itself.
        expect(page.get_by_role("link", name="Trajectory")).to_be_visible()
        expect(page.get_by_text("qm9", exact=False).first).to_be_visible()
        expect(page.get_by_role("link", name="streamlit app")).to_have_count(0)
