"""Where the trajectory comes from: a shipped example or an uploaded file."""

import streamlit as st

from gamnet.examples import TRAJECTORIES
from gamnet_app.shared import address
from gamnet_app.trajectory import state
from gamnet_app.trajectory.state import FILE, MAX_FRAMES, MAX_UPLOAD

_FORMATS = "xyz, extxyz, ASE .traj, XDATCAR, pdb with several models, sdf with several records"


def choose() -> str:
    """Draw the panel; return an example's id or FILE."""
    options = [*TRAJECTORIES, FILE]
    address.addressed("trajectory", options, options[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        source = st.segmented_control(
            "Trajectory", options, format_func=_label, key="trajectory", required=True,
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        if source != FILE:
            example = TRAJECTORIES[source]
            st.caption(
                f"{example.shows}. GFN2-xTB molecular dynamics, {example.temperature:g} K, "
                f"{example.n_frames} frames, {example.interval} fs apart."
            )
    if source == FILE:
        st.file_uploader(
            f"Trajectory file, at most {MAX_UPLOAD} MB and {MAX_FRAMES:,} frames",
            key="trajectory_file", max_upload_size=MAX_UPLOAD,
            on_change=state.forget_file,
            help=f"Formats: {_FORMATS}. The number of atoms may change from frame to frame.",
        )  # fmt: skip
    # An address cannot name an uploaded file.
    address.write_address(trajectory=None if source in (FILE, options[0]) else source)
    return source


def _label(source: str) -> str:
    if source == FILE:
        return ":material/upload_file: Your file"
    return f":material/animation: {TRAJECTORIES[source].name}"
