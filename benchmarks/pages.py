"""How fast the pages react, and whether many visitors stay apart: python -m benchmarks.pages.

One visitor's clicks on every page, each until the page is drawn and at rest, several times; then
many visitors at once, each with a molecule of its own, who must see that one and no other.
Needs the browser of the tests. Run it on an otherwise idle machine.
"""

import argparse
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from benchmarks.browser import launch, serve
from gamnet.datasets.qm9 import QM9

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE = 60_000  # ms
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
# The page's own clock starts when the pointer goes down, and stops at the last sign of a running
# script, of a change on the page or of a busy browser before a second of rest.
START = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const now = () => performance.now();
  addEventListener('pointerdown', () => {
    window.__touched = window.__script = window.__drawn = window.__changed = now();
  }, true);
  // A short run may begin and end between two looks below, but its state, and what it drew, leave
  // their mark here; a click by itself changes other attributes alone.
  new MutationObserver(records => {
    window.__drawn = now();
    const state = r => r.target === app && r.attributeName === 'data-test-script-state';
    if (records.some(r => r.type !== 'attributes' || state(r))) window.__changed = now();
  }).observe(app, { childList: true, subtree: true, attributes: true, characterData: true });
  new PerformanceObserver(list => {
    for (const task of list.getEntries()) {
      window.__drawn = Math.max(window.__drawn, task.startTime + task.duration);
    }
  }).observe({ type: 'longtask' });
  (function look() {
    if (app.dataset.testScriptState !== 'notRunning') window.__script = now();
    setTimeout(look, 5);
  })();
}"""
STOP = """async () => {
  const last = () => Math.max(window.__script, window.__drawn);
  while (performance.now() - last() < 1000) await new Promise(r => setTimeout(r, 20));
  const ran = Math.max(window.__script, window.__changed) > window.__touched;
  return { ran, elapsed: last() - window.__touched };
}"""
VIEWER, CHART = ".viewer[data-ready]", ".js-plotly-plot .main-svg"


@dataclass(frozen=True)
class Tour:
    """What one visitor does on a page: its address, what is drawn first, and the clicks in turn.

    clicks : labels of buttons and links, or "label = option" for a list to choose from.
    """

    page: str
    address: str
    ready: str
    clicks: tuple[str, ...]


TOURS = (
    Tour(
        "Explain",
        "?structure=qm9:60000",
        VIEWER,
        (
            "LUMO",
            "Contribution",
            "Element",
            "GA score",
            "HOMO",
            "Local attention",
            "Is this map true?",
            "What if",
            "All atoms",
        ),
    ),
    Tour(
        "Compare",
        "compare?structures=qm9:60000&structures=qm9:60001",
        VIEWER,
        (
            "LUMO",
            "Contribution",
            "The structures shown",
            "GA score",
            "Same for every structure",
            "HOMO",
        ),
    ),
    Tour("Trajectory", "trajectory", VIEWER, ("LUMO", "HOMO")),
    Tour(
        "Explore, molecules",
        "explore",
        CHART,
        (
            "Colour = LUMO energy, DFT (eV)",
            "Across = HOMO energy, DFT (eV)",
            "Colour = HOMO energy, predicted (eV)",
            "Across = Map of structures, axis 1",
        ),
    ),
    Tour("Explore, atoms", "explore?tab=atoms", CHART, ("GA score", "LUMO", "Element", "HOMO")),
    Tour(
        "Explore, environments",
        "explore?tab=environments",
        CHART,
        ("LUMO", "Contribution", "GA score", "HOMO"),
    ),
    Tour("Batch", "batch", "input[type=file]", ("Paste a list", "Files")),
    Tour(
        "Models",
        "models",
        CHART,
        (
            "LUMO",
            "Where it errs",
            "How sure?",
            "Learning curve",
            "Is the attention true?",
            "Model card",
            "Parity",
            "HOMO",
        ),
    ),
    Tour(
        "from page to page",
        "?structure=qm9:60000",
        VIEWER,
        ("Trajectory", "Compare", "Explore", "Batch", "Models", "Explain"),
    ),
)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def opened(context: BrowserContext, address: str, ready: str = VIEWER) -> Page:
    """A page that is drawn and whose script has ended."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(ready).first.wait_for(state="attached")
    page.locator(IDLE).wait_for()
    return page


def touch(page: Page, click: str) -> None:
    """Click a button or a link by its label, or choose from a list, and see that it is chosen."""
    if " = " in click:
        label, option = click.split(" = ")
        box = page.get_by_test_id("stSelectbox").filter(
            has=page.get_by_text(label, exact=True)
        ).locator("input")  # fmt: skip
        box.click()
        box.fill(option)  # long lists draw what is in sight alone
        page.get_by_role("option", name=option, exact=True).click()
        expect(box).to_have_value(option)
        return
    named = re.compile(rf"(^|[a-z_\s]){re.escape(click)}$")  # an icon's name may come before it
    target = (
        page.locator("[data-testid=stMain] button, header a, header button")
        .filter(has_text=named)
        .first
    )
    chosen = "aria-checked" if target.get_attribute("role") == "radio" else "aria-current"
    if target.get_attribute(chosen) in ("true", "page"):
        raise RuntimeError(f"“{click}” is chosen already: a click on it does nothing")
    target.click()
    expect(target).to_have_attribute(chosen, re.compile("true|page"))


def reactions(
    context: BrowserContext, address: str, tour: Tour, rounds: int
) -> dict[str, list[float]]:
    """Seconds from each click until the page is at rest; the first round is not counted.

    Raises RuntimeError when a click has no effect.
    """
    page = opened(context, f"{address}/{tour.address}", tour.ready)
    found: dict[str, list[float]] = {}
    page.evaluate(START)
    for number in range(rounds + 1):
        for click in tour.clicks:
            touch(page, click)
            reaction = page.evaluate(STOP)
            if not reaction["ran"]:
                raise RuntimeError(f"{tour.page}: “{click}” had no effect")
            if number:
                times = found.setdefault(f"{tour.page}: {click}", [])
                times.append(reaction["elapsed"] / 1000)
    page.close()
    return found


def fresh_pages(context: BrowserContext, address: str, rounds: int) -> list[float]:
    """Seconds until a new browser page shows another molecule, drawn."""
    indices = np.random.default_rng(0).permutation(QM9().table().index)[:rounds]
    return [
        seconds(lambda target=f"{address}/?structure=qm9:{k}": opened(context, target).close())
        for k in indices
    ]


def visitors(context: BrowserContext, address: str, count: int) -> tuple[list[float], list[str]]:
    """Seconds until each of `count` visitors has its molecule, and whoever saw another one."""
    indices = np.random.default_rng(1).permutation(QM9().table().index)[:count].tolist()
    pages = []
    for _ in indices:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        pages.append(page)
    start = time.perf_counter()
    for page, index in zip(pages, indices, strict=True):
        page.goto(f"{address}/?structure=qm9:{index}", wait_until="commit")
    waited, strays = [], []
    for page, index in zip(pages, indices, strict=True):
        page.get_by_text(f"QM9 {index}", exact=True).first.wait_for()
        page.locator(IDLE).wait_for()
        waited.append(time.perf_counter() - start)
        seen = page.locator("[data-testid=stMain]").inner_text()
        strays += [f"{index} sees {o}" for o in indices if o != index and f"QM9 {o}\n" in seen]
    for page in pages:
        page.close()
    return waited, strays


def report(name: str, times: list[float]) -> None:
    low, median, high = np.percentile(times, [25, 50, 75])
    print(f"| {name} | {median:.2f} | {low:.2f}-{high:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("pages", nargs="*", help=f"of: {', '.join(t.page for t in TOURS)} (all)")
    args = parser.parse_args()
    QM9().prepare()
    with serve(CHECKOUT) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(PATIENCE)
        print("| action, seconds | median | quartiles |\n| --- | --- | --- |")
        for tour in TOURS:
            if args.pages and tour.page not in args.pages:
                continue
            for name, times in reactions(context, address, tour, args.rounds).items():
                report(name, times)
        report("a fresh browser page, another molecule", fresh_pages(context, address, args.rounds))
        waited, strays = visitors(context, address, args.visitors)
        print(
            f"\n{args.visitors} visitors at once: first molecule after {min(waited):.1f} s, "
            f"the last after {max(waited):.1f} s; saw another's molecule: {strays or 'none'}"
        )
        browser.close()


if __name__ == "__main__":
    main()
