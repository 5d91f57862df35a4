"""Navigation. Nothing heavy is imported here: the first page must be drawn at once."""

from pathlib import Path

import streamlit as st

# A named icon would come from the network.
ICON = (Path(__file__).parent / "gamnet_app" / "icon.svg").read_text()

st.set_page_config(page_title="GAMNet", page_icon=ICON, layout="wide")
st.logo(ICON, size="medium")
# No folder is called "pages": Streamlit would serve a folder of that name by itself, in its
# old layout, to whoever opens a page's address before this script has run once.
st.navigation(
    [
        st.Page("gamnet_app/explain/page.py", title="Explain", icon=":material/hub:", default=True),
        st.Page("gamnet_app/trajectory/page.py", title="Trajectory", icon=":material/animation:"),
        st.Page("gamnet_app/compare/page.py", title="Compare", icon=":material/compare:"),
        st.Page("gamnet_app/explore/page.py", title="Explore", icon=":material/travel_explore:"),
        st.Page("gamnet_app/batch/page.py", title="Batch", icon=":material/table_rows:"),
        st.Page("gamnet_app/models/page.py", title="Models", icon=":material/monitoring:"),
    ],
    position="top",
).run()
