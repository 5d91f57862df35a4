"""Navigation. Nothing heavy is imported here: the first page must be drawn at once."""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).with_name("icon.svg").read_text()  # a named icon would come from the network

st.set_page_config(page_title="GAMNet", page_icon=ICON, layout="wide")
st.logo(ICON, size="medium")
# The folder is not called "pages": Streamlit would serve a folder of that name by itself, in its
# old layout, to whoever opens a page's address before this script has run once.
st.navigation(
    [
        st.Page("page_scripts/explain.py", title="Explain", icon=":material/hub:", default=True),
        st.Page("page_scripts/trajectory.py", title="Trajectory", icon=":material/animation:"),
        st.Page("page_scripts/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("page_scripts/explore.py", title="Explore", icon=":material/travel_explore:"),
        st.Page("page_scripts/batch.py", title="Batch", icon=":material/table_rows:"),
        st.Page("page_scripts/models.py", title="Models", icon=":material/monitoring:"),
    ],
    position="top",
).run()
