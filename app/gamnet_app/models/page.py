"""Models: what is shipped, how accurate it is, where it errs, and what its attention is worth."""

import streamlit as st

from gamnet_app.shared import session

with st.spinner("Loading…"):
    from gamnet_app.models import panel

    entries = session.model_cards()
if not entries:
    st.info(
        "No model is shipped with this checkout. Train one with "
        "`gamnet train CONFIG`, then ship it with "
        "`python -m gamnet.publishing.publish FILE`.",
        icon=":material/model_training:",
    )
    st.stop()
name = panel.choose_model(entries)
panel.header(name, entries[name])
panel.details(name, entries[name])
