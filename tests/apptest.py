"""What the tests of all pages share: open one, see that it is well, read its words."""

import json
from functools import cache
from pathlib import Path

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

# A server reads once what every installed package says of its components; each AppTest does anew,
# which takes longer than most pages.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

MAIN = Path(__file__).resolve().parent.parent / "app" / "main.py"


def page(name: str = "") -> AppTest:
    """A page of the dashboard, not yet run; Explain without a name."""
    app = AppTest.from_file(str(MAIN), default_timeout=180)
    if name:
        # As a browser asks for it: `switch_page` knows a page by its address only after a run.
        app._page_hash = calc_hash(name)
    return app


def healthy(app: AppTest) -> AppTest:
    """The page itself, which shows no traceback."""
    assert not app.exception, [e.value for e in app.exception]
    return app


def opened(app: AppTest, **address: str | list[str]) -> AppTest:
    """The page as a link with these parameters opens it."""
    for name, value in address.items():
        app.query_params[name] = value
    return healthy(app.run())


def texts(app: AppTest) -> str:
    """All words of the page outside of its widgets, without Markdown's escapes."""
    elements = [*app.caption, *app.markdown, *app.error, *app.warning, *app.info]
    return " ".join(element.value for element in elements).replace("\\", "")


def components(app: AppTest) -> list:
    """The page's components, without that of the browser's history and the flat drawing."""
    found, others = app.get("bidi_component"), ("gamnet.address", "gamnet.flat")
    return [one for one in found if one.proto.component_name not in others]


def scenes(app: AppTest) -> list[dict]:
    """The data of the page's 3D viewers, in the order of the page."""
    return [json.loads(component.proto.json) for component in components(app)]


def figures(app: AppTest) -> dict[str, dict]:
    """Figures by their title."""
    found = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return {figure["layout"]["title"]["text"]: figure for figure in found}


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    """Give a file to the page Explain, which must have been run before."""
    app.segmented_control(key="origin").set_value("File").run()
    app.file_uploader[0].upload(name, content, "application/octet-stream")
    return healthy(app.run())
