"""What the tests of all pages share: open one, see that it is well, read its words."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).resolve().parent.parent / "app" / "streamlit_app.py"


def page(name: str = "") -> AppTest:
    """A page of the dashboard, not yet run; Explain without a name."""
    app = AppTest.from_file(str(MAIN), default_timeout=180)
    return app.switch_page(f"page_scripts/{name}.py") if name else app


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
