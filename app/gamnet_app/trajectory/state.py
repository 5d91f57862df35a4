"""What the Trajectory page keeps for a visitor: the source chosen and the job on it."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import session

if TYPE_CHECKING:
    from gamnet.prediction.auto import AutoModel
    from gamnet.prediction.model import Model
    from gamnet.structures.structure import Structure
    from gamnet_app.trajectory.job import TrajectoryJob

MAX_UPLOAD = 100  # MB
MAX_FRAMES = 10_000
MAX_ALL_ATOMS = 1_000_000  # atoms of all frames together
FILE = "file"
_JOB, _KEY = "trajectory_job", "trajectory_job_key"


def job(source: str) -> "TrajectoryJob | None":
    """The job on an example (its id) or on the uploaded file (FILE); None without a file.

    A visitor has one job: choosing another source drops it.
    """
    from gamnet.examples import TRAJECTORIES
    from gamnet_app.trajectory.job import Limits, TrajectoryJob

    upload = st.session_state.get("trajectory_file")
    kept_key = st.session_state.get(_KEY, (None,))
    if source == FILE and upload is None:
        # The uploader forgets its file when another page is visited; the job need not.
        return st.session_state[_JOB] if kept_key[0] == FILE else None
    key = (source, upload.file_id if source == FILE else None)
    if kept_key != key:
        example = None if source == FILE else TRAJECTORIES[source]
        content = upload.getvalue() if example is None else example.path
        name = upload.name if example is None else example.path.name
        limits = Limits(MAX_FRAMES, session.MAX_ATOMS, MAX_ALL_ATOMS)
        st.session_state[_JOB] = TrajectoryJob(content, name, _model_for, limits)
        st.session_state[_KEY] = key
    return st.session_state[_JOB]


def _model_for(structure: "Structure | None") -> "Model | AutoModel":
    """The model that fits; where none does the one that says so of every frame."""
    name = session.choice(structure).name if structure else None
    return session.model(name or session.AUTO)


def forget_file() -> None:
    """Callback of the uploader: a file that was taken away is dropped with its job."""
    if st.session_state.get("trajectory_file") is None:
        st.session_state.pop(_JOB, None)
        st.session_state.pop(_KEY, None)


def stop() -> None:
    """Stop the job after the frame at hand; what is done is kept."""
    st.session_state[_JOB].stopped = True


def resume() -> None:
    """Go on with a job that was stopped."""
    st.session_state[_JOB].stopped = False


def note_open() -> None:
    """Callback of the player: remember the frame that Explain is to show."""
    st.session_state["trajectory_open"] = st.session_state["trajectory_player"].get("open")


def take_open() -> int | None:
    """The frame asked for since the last call."""
    frame = st.session_state.pop("trajectory_open", None)
    return frame if isinstance(frame, int) else None
