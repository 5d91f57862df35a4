"""What the Trajectory page keeps for a visitor: the source chosen and the job on it."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import address, kept, session

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
_NAME, _FILE = "trajectory_name", "trajectory_file_id"
_KEPT = "upload:"  # before the key of what the server keeps


def job(source: str) -> "TrajectoryJob | None":
    """The job on an example (its id) or on the uploaded file (FILE); None without a file.

    A visitor has one job; that on an upload is kept by the server, too, for a reload of the page.
    """
    from gamnet_app.trajectory.job import TrajectoryJob

    if source != FILE:
        if st.session_state.get(_KEY) != source:
            from gamnet.examples import TRAJECTORIES

            path = TRAJECTORIES[source].path
            st.session_state[_JOB], st.session_state[_KEY] = _job(str(path), path.name), source
        return st.session_state[_JOB]
    upload = st.session_state.get("trajectory_file")
    if upload is not None and (not named() or st.session_state.get(_FILE) != upload.file_id):
        content = upload.getvalue()
        made = _job(content, upload.name)
        # Beside the file there is what is made of it.
        name = _KEPT + kept.store().keep(made, 2 * len(content))
        st.session_state[_JOB], st.session_state[_KEY] = made, name
        st.session_state[_FILE] = upload.file_id
        address.set_widget(_NAME, name)
        address.write_address(trajectory=name)
    if st.session_state.get(_KEY) != named():
        key = named().removeprefix(_KEPT)[: kept.MAX_KEY]
        found = kept.store().find(key)
        # A key may be one of another page, whose things are no trajectories.
        st.session_state[_JOB] = found if isinstance(found, TrajectoryJob) else None
        st.session_state[_KEY] = named()
    return st.session_state[_JOB]


def _job(content: bytes | str, name: str) -> "TrajectoryJob":
    from gamnet_app.trajectory.job import Limits, TrajectoryJob

    limits = Limits(MAX_FRAMES, session.MAX_ATOMS, MAX_ALL_ATOMS)
    return TrajectoryJob(content, name, _model_for, limits)


def named() -> str:
    """What an address calls the uploaded file; "" before there is one."""
    asked = st.query_params.get("trajectory", "")
    address.start(_NAME, asked if asked.startswith(_KEPT) else "")
    return str(address.widget(_NAME))


def _model_for(structure: "Structure | None") -> "Model | AutoModel":
    """The model that fits; where none does the one that says so of every frame."""
    name = session.choice(structure).name if structure else None
    return session.model(name or session.AUTO)


def forget_file() -> None:
    """Callback of the uploader: a file that was taken away is dropped with its job."""
    if st.session_state.get("trajectory_file") is None:
        kept.store().drop(named().removeprefix(_KEPT))
        address.set_widget(_NAME, "")


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
