"""How fast the pages react, and whether many visitors stay apart: python -m benchmarks.pages.

One visitor's actions on a QM9 molecule, from the click to the end of the rerun, several times each;
then many visitors at once, each with a molecule of its own, who must see that one and no other.
Needs the browser of the tests. Run it on an otherwise idle machine.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Page, sync_playwright

from gamnet.datasets import qm9
from gamnet_app.browser import launch, serve

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE = 600_000  # ms
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
# The page's own clock: from the click to the first moment of a second without a rerun.
WATCH = """async (label) => {
  const app = document.querySelector('[data-testid=stApp]');
  const target = [...document.querySelectorAll('button')].find(b => b.innerText.trim() === label);
  if (!target) throw new Error(`no button ${label}`);
  const start = performance.now();
  target.click();
  let last = start;
  while (performance.now() - last < 1000) {
    await new Promise(resolve => setTimeout(resolve, 5));
    if (app.dataset.testScriptState !== 'notRunning') last = performance.now();
  }
  return last - start;
}"""


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def opened(context: BrowserContext, address: str) -> Page:
    """A page whose molecule is drawn and whose script has ended."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(".viewer[data-ready]").first.wait_for(state="attached")
    page.locator(IDLE).wait_for()
    return page


def reactions(context: BrowserContext, address: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of each action on Explain, and of opening the other pages."""
    page = opened(context, f"{address}/?structure=qm9:60000")
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for label in ("LUMO", "Contribution", "Element", "GA score", "HOMO"):
            elapsed = page.evaluate(WATCH, label) / 1000
            found.setdefault(f"Explain: {label}", []).append(elapsed)
    for index in np.random.default_rng(0).permutation(qm9.load_table().index)[:rounds]:
        target = f"{address}/?structure=qm9:{index}"
        found.setdefault("Explain: another molecule", []).append(
            seconds(lambda target=target: opened(context, target).close())
        )
    page.close()
    return found


def visitors(context: BrowserContext, address: str, count: int) -> tuple[list[float], list[str]]:
    """Seconds until each of `count` visitors has its molecule, and whoever saw another one."""
    indices = np.random.default_rng(1).permutation(qm9.load_table().index)[:count].tolist()
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--visitors", type=int, default=20)
    args = parser.parse_args()
    qm9.prepare()
    with serve(CHECKOUT) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(PATIENCE)
        print("| action, seconds | median | quartiles |\n| --- | --- | --- |")
        for name, times in reactions(context, address, args.rounds).items():
            low, median, high = np.percentile(times, [25, 50, 75])
            print(f"| {name} | {median:.2f} | {low:.2f}-{high:.2f} |", flush=True)
        waited, strays = visitors(context, address, args.visitors)
        print(
            f"\n{args.visitors} visitors at once: first molecule after {min(waited):.1f} s, "
            f"the last after {max(waited):.1f} s; saw another's molecule: {strays or 'none'}"
        )
        browser.close()


if __name__ == "__main__":
    main()
