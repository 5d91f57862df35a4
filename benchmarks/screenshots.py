"""Pictures of every page for the documentation: `python -m benchmarks.screenshots`."""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import launch, serve

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "screenshots"
PATIENCE = 300_000  # ms; the first page loads the model and may unpack QM9


@dataclass(frozen=True)
class Shot:
    """One picture: the page's address, what must be there before it is taken, its size.

    sources : structures of a report, which is opened as a file; without any, a page is.
    """

    name: str
    path: str
    ready: str
    width: int = 1280
    height: int = 1080
    theme: str = "light"
    sources: tuple[str, ...] = ()


EXPLAIN = ".viewer[data-ready]"
ARCS = ".viewer[data-ready]:not([data-arcs='0'])"
PAIR = ".viewer[data-ready] >> nth=2"
REPORTED = ("qm9:5347", "qm9:29238")
POINTS = "[role=figure][data-ready] canvas"
SHOTS = (
    Shot("explain", "?structure=qm9:5347&property=lumo", EXPLAIN),
    Shot("explain-dark", "?structure=qm9:5347&property=lumo", EXPLAIN, theme="dark"),
    Shot("explain-contribution", "?property=alpha&colour=contribution", EXPLAIN),
    Shot("explain-tablet", "?structure=qm9:4565", EXPLAIN, width=820, height=1180),
    Shot("explain-local", "?structure=qm9:29238&section=attention&atoms=4", ARCS, height=1500),
    Shot("explain-truth", "?structure=qm9:5347&section=truth&property=lumo", EXPLAIN, height=1750),
    Shot("explain-whatif", "?structure=qm9:4565&section=whatif&atoms=14", PAIR, height=1900),
    Shot("trajectory", "trajectory", ".player .viewer[data-ready]"),
    Shot("compare", "compare", EXPLAIN),
    Shot("explore", "explore", POINTS),
    Shot(
        "explore-dark",
        "explore?x=dft_homo&y=predicted_homo&colour=error_homo",
        POINTS,
        theme="dark",
    ),
    Shot("explore-atoms", "explore?tab=atoms&colour=ga", "[data-testid=stDataFrame] canvas"),
    Shot("explore-environments", "explore?tab=environments", "[data-testid=stPlotlyChart] svg"),
    Shot(
        "explore-tablet",
        "explore?search=C%23N&x=predicted_lumo&y=predicted_homo&colour=split",
        POINTS,
        width=820,
        height=1180,
    ),
    Shot("batch", "batch", "input[type=file]", height=800),
    Shot("models", "models", ".js-plotly-plot"),
    Shot("models-errors", "models?view=errors&property=lumo", ".js-plotly-plot", theme="dark"),
    Shot("models-tablet", "models?view=errors", ".js-plotly-plot", width=820, height=1180),
    Shot("report", "", EXPLAIN, sources=REPORTED),
    Shot("report-dark", "", EXPLAIN, width=820, height=1180, theme="dark", sources=REPORTED),
)


def take(page: Page, address: str, shot: Shot) -> Path:
    """Open one page, wait until nothing moves any more, and save its picture."""
    page.set_default_timeout(PATIENCE)
    path = FOLDER / f"{shot.name}.png"
    with TemporaryDirectory() as folder:
        page.goto(_report(shot.sources, folder) if shot.sources else f"{address}/{shot.path}")
        page.locator(shot.ready).first.wait_for(state="attached")
        if not shot.sources:
            page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=path)
    return path


def _report(sources: tuple[str, ...], folder: str) -> str:
    """The file address of a report on these structures."""
    import gamnet
    from gamnet.export.report import about, to_html

    model = gamnet.load("qm9")
    structures = [structure for source in sources for structure in gamnet.read(source)]
    path = Path(folder) / "report.html"
    text = to_html(model.predict(structures), about(model), date.today().isoformat())
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


def main(names: list[str]) -> int:
    """Take the named pictures, or all."""
    unknown = set(names) - {shot.name for shot in SHOTS}
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve(CHECKOUT) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for shot in SHOTS:
            if names and shot.name not in names:
                continue
            context = browser.new_context(
                viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.theme
            )
            print(take(context.new_page(), address, shot))
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
