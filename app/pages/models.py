"""Models: what is shipped, how accurate it is, and what it was trained on."""

import streamlit as st

from gamnet_app import session

st.markdown("## Models")
with st.spinner("Loading…"):
    from gamnet.errors import GAMNetError
    from gamnet_app import model_panel

    try:
        cards = session.model_cards()
    except GAMNetError as error:
        model_panel.show_error(error)
        st.stop()
for name in cards:
    model_panel.card(name)
