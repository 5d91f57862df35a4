"""Navigation: which pages there are. Nothing heavy is imported: the first must be drawn at once."""

from pathlib import Path

import streamlit as st

from gamnet.errors import GAMNetError
from gamnet_app.shared import address, readers

FOLDER = Path(__file__).parent
# Folder, which is the address as well -> title and icon, in their order; the first is the start.
# No folder is called "pages": Streamlit would serve a folder of that name by itself, in its old
# layout, to whoever opens a page's address before the main script has run once.
PAGES = {
    "explain": ("Explain", ":material/hub:"),
    "trajectory": ("Trajectory", ":material/animation:"),
    "compare": ("Compare", ":material/compare:"),
    "explore": ("Explore", ":material/travel_explore:"),
    "batch": ("Batch", ":material/table_rows:"),
    "models": ("Models", ":material/monitoring:"),
}


def show() -> None:
    """Draw the frame of the dashboard and in it the page that the address names."""
    icon = (FOLDER / "icon.svg").read_text()  # a named icon would come from the network
    st.set_page_config(page_icon=icon, layout="wide")
    st.logo(icon, size="medium")
    st.html(FOLDER / "style.css")
    pages = [
        st.Page(
            FOLDER / name / "page.py",
            title=title,
            icon=symbol,
            url_path=name,
            default=name == next(iter(PAGES)),
        )
        for name, (title, symbol) in PAGES.items()
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · GAMNet")
    st.html(f'<h1 class="unseen">GAMNet</h1><h2 class="unseen">{page.title}</h2>')
    address.begin(page.url_path)
    readers.warm()
    try:
        page.run()
    except GAMNetError as error:  # of this server: a disk that is full, files that are damaged
        from gamnet_app.shared.wording import plain

        st.error(plain(str(error)), icon=":material/error:")
