"""Navigation. Nothing heavy is imported here: the first page must be drawn at once."""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).with_name("icon.svg").read_text()  # a named icon would come from the network

st.set_page_config(page_title="GAMNet", page_icon=ICON, layout="wide")
st.logo(ICON, size="medium")
st.navigation(
    [
        st.Page("pages/explain.py", title="Explain", icon=":material/hub:", default=True),
        st.Page("pages/trajectory.py", title="Trajectory", icon=":material/animation:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("pages/batch.py", title="Batch", icon=":material/table_rows:"),
        st.Page("pages/models.py", title="Models", icon=":material/monitoring:"),
    ],
    position="top",
).run()
