"""Trajectory: a run in, its properties and the attention on every atom against time out."""

import streamlit as st

from gamnet_app import session_trajectory, trajectory_source

source = trajectory_source.choose()

# Imported after the panel is drawn: torch, RDKit and pymatgen take seconds.
with st.spinner("Loading the model…"):
    from gamnet.errors import GAMNetError
    from gamnet_app import trajectory_panel

problem = None
try:
    with st.spinner("Loading the model…"):
        job = session_trajectory.job(source)
except GAMNetError as error:
    problem = str(error)
if problem:
    trajectory_panel.show_error(problem)
    st.stop()

if job is None:
    trajectory_panel.empty()
    st.stop()

if not job.finished and not job.stopped:
    trajectory_panel.work(job)
trajectory_panel.result(job)
