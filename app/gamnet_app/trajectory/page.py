"""Trajectory: a run in, its properties and the attention on every atom against time out."""

import streamlit as st

from gamnet_app.trajectory import source as trajectory_source
from gamnet_app.trajectory import state

source = trajectory_source.choose()

# Imported after the panel is drawn: torch and RDKit take seconds.
with st.spinner("Loading the model…"):
    from gamnet.errors import GAMNetError
    from gamnet_app.trajectory import panel

problem = None
try:
    with st.spinner("Loading the model…"):
        job = state.job(source)
except GAMNetError as error:
    problem = str(error)
if problem:
    panel.show_error(problem)
    st.stop()

if job is None:
    panel.empty()
    st.stop()

if not job.finished and not job.stopped:
    panel.work(job)
panel.result(job)
