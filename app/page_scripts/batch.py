"""Batch: many structures in, a table of predictions out."""

import streamlit as st

from gamnet_app import batch_input, session_batch

job = session_batch.job()
if job is None:
    batch_input.choose()
    st.stop()

from gamnet_app import batch_panel  # noqa: E402 (pandas and RDKit: only once there is a batch)

if job.progress.finished:
    batch_panel.results(job)
else:
    batch_panel.progress(job)
