"""Batch: many structures in, a table of predictions out."""

import streamlit as st

from gamnet_app.batch import input, state

job = state.job()
if job is None:
    input.choose()
    st.stop()

from gamnet_app.batch import panel  # noqa: E402 (pandas and RDKit: only once there is a batch)

if job.progress.finished:
    panel.results(job)
else:
    panel.progress(job)
