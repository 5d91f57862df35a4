"""Batch: many structures in, a table of predictions out."""

import streamlit as st

from gamnet_app.batch import input, state
from gamnet_app.shared.kept import HOURS

job = state.job()
if job is None:
    if state.gone():
        st.warning(
            f"The server does not have this batch any more: it is kept for {HOURS} hours after "
            "its last use, and not when the server restarts. Give it again.",
            icon=":material/history_toggle_off:",
        )
    input.choose()
    st.stop()

from gamnet_app.batch import panel  # noqa: E402 (pandas and RDKit: only once there is a batch)

if job.progress.finished:
    panel.results(job)
else:
    panel.progress(job)
