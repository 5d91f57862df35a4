"""Where the trajectory comes from: a shipped example or an uploaded file."""

import streamlit as st

from gamnet.examples import TRAJECTORIES
from gamnet_app.shared import address
from gamnet_app.shared.kept import HOURS
from gamnet_app.trajectory import state
from gamnet_app.trajectory.state import FILE, MAX_FRAMES, MAX_UPLOAD

_FORMATS = "xyz, extxyz, ASE .traj, XDATCAR, pdb with several models, sdf with several records"


def choose() -> str:
    """Draw the panel; return an example's id or FILE."""
    options = [*TRAJECTORIES, FILE]
    if state.named():
        address.start("trajectory", FILE)
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
        if state.named():
            st.caption(
                ":material/link: A link cannot hold a trajectory. This address finds it on this "
                f"server until it has not been used for {HOURS} hours, or the server restarts."
            )
    shown = state.named() if source == FILE else source
    address.write_address(trajectory=shown if shown and source != options[0] else None)
    return source


def _label(source: str) -> str:
    if source == FILE:
        return ":material/upload_file: Your file"
    return f":material/animation: {TRAJECTORIES[source].name}"
