"""Models: what is shipped, how accurate it is, and what it was trained on."""

import streamlit as st

from gamnet_app import session

st.subheader("Models", anchor=False)
st.caption("What is shipped with this version. The errors are measured on molecules held back.")
with st.spinner("Loading…"):
    from gamnet_app import model_panel

    cards = session.model_cards()
if not cards:
    st.info("No model is shipped with this checkout. Train one: gamnet train configs/qm9.yaml")
for name, entry in cards.items():
    model_panel.card(name, entry)
