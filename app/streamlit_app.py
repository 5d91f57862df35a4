"""Navigation. Nothing heavy is imported here: the first page must be drawn at once."""

from pathlib import Path

import streamlit as st

# A named icon would come from the network.
ICON = (Path(__file__).parent / "gamnet_app" / "icon.svg").read_text()

st.set_page_config(page_title="GAMNet", page_icon=ICON, layout="wide")
st.logo(ICON, size="medium")
# No folder is called "pages": Streamlit would serve a folder of that name by itself, in its
# old layout, to whoever opens a page's address before this script has run once.
PAGES = {
    "explain": ("Explain", ":material/hub:"),
    "trajectory": ("Trajectory", ":material/animation:"),
    "compare": ("Compare", ":material/compare:"),
    "explore": ("Explore", ":material/travel_explore:"),
    "batch": ("Batch", ":material/table_rows:"),
    "models": ("Models", ":material/monitoring:"),
}
st.navigation(
    [
        st.Page(
            f"gamnet_app/{name}/page.py",
            title=title,
            icon=icon,
            url_path=name,
            default=name == "explain",
        )
        for name, (title, icon) in PAGES.items()
    ],
    position="top",
).run()
