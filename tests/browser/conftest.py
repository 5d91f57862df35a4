"""The dashboard in a real browser: a server of its own and a headless Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from benchmarks.browser import launch, serve


@pytest.fixture(scope="session")
def address(checkout: Path) -> Iterator[str]:
    """The address of a running dashboard, started as the README says."""
    with serve(checkout) as url:
        yield url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright; what it waits for takes long on a machine that is busy with training."""
    expect.set_options(timeout=60_000)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that draws WebGL."""
    chromium = launch(playwright)
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page without network beyond this machine: the dashboard must work offline."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.route(
        lambda url: "//localhost" not in url and not url.startswith(("data:", "blob:")),
        lambda route: route.abort(),
    )
    context.set_default_timeout(120_000)  # also of pages that a test opens itself
    yield context.new_page()
    context.close()
