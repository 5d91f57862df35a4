"""A trajectory as the page shows it: the work, what to know about it, the player, the files."""

from contextlib import closing
from functools import partial
from pathlib import PurePath

import numpy as np
import streamlit as st

from gamnet.export import files
from gamnet.export.trajectory import frames_csv
from gamnet.prediction.trajectory import Trajectory
from gamnet.properties import unit_text
from gamnet.structures.times import frame_times
from gamnet.views.player import Geometry, player_data, trajectory_scale
from gamnet_app.shared import controls, reference, session, sources, viewer, wording
from gamnet_app.shared.kept import HOURS
from gamnet_app.trajectory import state
from gamnet_app.trajectory.job import TrajectoryJob

HEIGHT = 470  # pixels of the 3D view
_SHOWN_REASONS = 5


def show_error(text: str) -> None:
    """A plain message; it may name what the visitor uploaded."""
    st.error(wording.plain(text), icon=":material/error:")


def empty() -> None:
    """What is seen before a file is chosen, or once the server has forgotten it."""
    if state.named():
        st.warning(
            f"The server does not have this file any more: it is kept for {HOURS} hours after its "
            "last use, and not when the server restarts. Choose it again.",
            icon=":material/history_toggle_off:",
        )
    st.info(
        "Choose a file with several frames to play it, with its predicted properties and the "
        "attention on every atom against time.",
        icon=":material/upload_file:",
    )


def work(job: TrajectoryJob) -> None:
    """Do the job's work, with its progress and a button that stops it."""
    place = st.container(border=True)
    with place:
        bar = st.progress(0.0, "Reading the file…")
        st.button(
            "Stop", icon=":material/stop:", key="trajectory_stop",
            on_click=state.stop, help="What is predicted by then is shown.",
        )  # fmt: skip
    with closing(job.steps()) as steps:
        for report in steps:
            # A click on the button, as any other, ends this run; the job itself can go on later.
            bar.progress(report.fraction or 0.0, report.text)
    with place:
        bar.progress(1.0, "Preparing the picture…")
    trajectory, _ = job.shown()
    reference.scale_limits(trajectory.model)
    st.rerun()


def result(job: TrajectoryJob) -> None:
    """Everything below the source: notes, player, files."""
    if job.n_predicted == 0:
        if job.broken:
            show_error("The file could not be worked on; the server's log says why.")
        else:
            _stopped(job)
        return
    trajectory, drawn = job.shown()
    if drawn is None:
        _all_failed(trajectory)
        return
    _header(job, trajectory)
    # One place however many notes there are: below them the player must keep its own, or Streamlit
    # mounts another and shows the one before beside it until the run ends.
    with st.container():
        _notes(job, trajectory)
    _view(job, trajectory, drawn)


@st.fragment
def _view(job: TrajectoryJob, trajectory: Trajectory, drawn: Geometry) -> None:
    frame = state.take_open()
    if frame is not None:
        sources.open_in_explain(trajectory.frames[frame])
    property_id, by, limit, palette = controls.choices(
        trajectory.model, trajectory.properties, trajectory.contributions is not None,
        "This trajectory only",
    )  # fmt: skip
    _numbers(trajectory, property_id)
    quantity = controls.quantity(by)
    scale = trajectory_scale(trajectory, property_id, quantity, limit, palette)
    data = player_data(
        trajectory, drawn, property_id, quantity, scale,
        element_colours=by == controls.ELEMENT, height=HEIGHT,
        file_name=f"{_stem(job.name)}-{property_id}-{by}",
    )  # fmt: skip
    if not viewer.show_trajectory(data, key="trajectory_player", on_open=state.note_open):
        _without_player(trajectory, property_id)
    st.caption(
        "Drag in the plots to move through time; click an atom in the picture, or its row, to "
        "follow it (shift: several). Keys: space plays, arrows step (shift: ten frames; inside "
        "the picture they turn it, and , and . step), N and P go to the next and previous "
        "attention shift, Home and End to the ends, Esc clears the selection."
    )
    _downloads(job, trajectory, property_id)


def _header(job: TrajectoryJob, trajectory: Trajectory) -> None:
    predicted = [f for k, f in enumerate(trajectory.frames) if k not in trajectory.errors]
    formulas = list(dict.fromkeys(frame.formula for frame in predicted))
    n_atoms = sorted({frame.n_atoms for frame in predicted})
    times = frame_times(trajectory.frames)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = wording.formula(formulas[0]) if len(formulas) == 1 else "Changing composition"
        st.markdown(f"### {title}", width="content")
        several = trajectory.n_frames > 1
        st.badge(f"{trajectory.n_frames:,} frame{'s' if several else ''}", color="gray")
        if times is not None:
            span = np.nanmax(times) - np.nanmin(times)
            text = f"{span / 1000:.4g} ps" if span >= 1000 else f"{span:.4g} fs"
            st.badge(text, color="gray", help="From the file's time of each frame, taken as fs")
        ends = dict.fromkeys((n_atoms[0], n_atoms[-1]))
        st.badge(f"{' to '.join(f'{n:,}' for n in ends)} atoms", color="gray")
        if any(frame.periodic for frame in predicted):
            st.badge("periodic", color="gray")
        _domains(trajectory)
        st.text(job.name, width="content")


def _domains(trajectory: Trajectory) -> None:
    """A badge per verdict on the frames, with their number and a reason."""
    judged = [domain for domain in trajectory.domains if domain is not None]
    for verdict, name in wording.DOMAIN_NAMES.items():
        found = [domain for domain in judged if domain.verdict == verdict]
        if not found:
            continue
        every = len(found) == trajectory.n_frames
        because = next((f" Because {'; '.join(d.reasons)}." for d in found if d.reasons), "")
        st.badge(
            name if every else f"{len(found):,} {name}", color=wording.DOMAIN_COLOURS[verdict],
            help=wording.DOMAIN_EXPLAINED[verdict] + wording.plain(because),
        )  # fmt: skip


def _notes(job: TrajectoryJob, trajectory: Trajectory) -> None:
    if not job.finished:
        _stopped(job)
    elif job.broken:
        show_error(
            f"The run broke off after {job.n_predicted:,} of {job.n_taken:,} frames; the server's "
            "log says why."
        )
    elif job.n_taken < job.n_in_file:
        limit = f"{job.limits.frames:,} frames or {job.limits.all_atoms:,} atoms in all"
        st.warning(
            f"{job.n_taken:,} of {job.n_in_file:,} frames: this page takes up to {limit}. "
            "`gamnet predict` takes files of any length.",
            icon=":material/content_cut:",
        )
    if trajectory.n_frames == 1:
        st.info(
            "This file has a single frame; the page Explain shows it in more detail.",
            icon=":material/info:",
        )
    if trajectory.errors:
        _failures(trajectory)
    for warning, count in trajectory.warnings.items():
        where = "" if count == trajectory.n_frames else f" ({count:,} frames)"
        st.warning(wording.plain(warning + where), icon=":material/warning:")
    source = reference.dataset_of(trajectory.model)
    if source is not None:
        st.caption(
            f"Model {wording.plain(trajectory.model)}, trained on {wording.plain(source.title)}: "
            "on geometries unlike those, such as the bent and stretched bonds of a hot molecule, "
            "it extrapolates, and its errors are larger than the typical ones."
        )


def _stopped(job: TrajectoryJob) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        if job.n_predicted:
            text = f"Stopped: {job.n_predicted:,} of {job.n_taken:,} frames are shown."
        else:
            text = "Stopped before the first prediction."
        st.markdown(text, width="content")
        st.button(
            "Continue", icon=":material/play_arrow:", key="trajectory_resume",
            on_click=state.resume,
        )  # fmt: skip


def _failures(trajectory: Trajectory) -> None:
    failed = trajectory.errors
    st.warning(
        f"{len(failed):,} of {trajectory.n_frames:,} frames could not be predicted; they are gaps "
        "in the plots.",
        icon=":material/warning:",
    )
    with st.expander("Why"):
        first = list(failed.items())[:_SHOWN_REASONS]
        for k, text in first:
            st.markdown(f"Frame {trajectory.frames[k].frame}: {wording.plain(text)}")
        if len(failed) > len(first):
            st.caption(f"{len(first)} of {len(failed):,} reasons; the csv file has all.")


def _all_failed(trajectory: Trajectory) -> None:
    first = next(iter(trajectory.errors.values()))
    if trajectory.n_frames == 1:
        show_error(first)
    else:
        show_error(f"None of the {trajectory.n_frames:,} frames could be predicted. {first}")


def _numbers(trajectory: Trajectory, property_id: str) -> None:
    """Mean, spread and range of the property, beside the model's typical error."""
    prop = trajectory.properties[trajectory.column(property_id)]
    values = trajectory.values[:, trajectory.column(property_id)]
    values = values[~np.isnan(values)]
    unit = unit_text(prop.unit)
    decimals = 3 if prop.unit == "eV" else 2
    mean, low, high = (
        wording.number(float(x), decimals) for x in (values.mean(), values.min(), values.max())
    )
    text = (
        f"**{prop.name}**: mean {mean} {unit}, standard deviation "
        f"{wording.number(float(values.std()), decimals)} {unit}, from {low} to {high} {unit}"
    )
    stated = _stated_error(trajectory, property_id)
    if stated is not None:
        text += f" ({wording.plain(stated[0])})"
        spread = float(values.max() - values.min()) * prop.display_factor
        if len(values) > 1 and spread < stated[1]:
            text += "; all of its changes are smaller than this error"
    st.markdown(f"{text}.")


def _stated_error(trajectory: Trajectory, property_id: str) -> tuple[str, float] | None:
    """What is stated of the values' errors, in words and in display units."""
    column = trajectory.column(property_id)
    prop = trajectory.properties[column]
    unsure = trajectory.uncertainties[:, column]
    unsure = unsure[~np.isnan(unsure)] * prop.display_factor
    mae = session.test_mae(trajectory).get(property_id)
    if len(unsure):
        middle = float(np.median(unsure))
        worst = wording.error(prop, float(unsure.max()))
        return f"expected error {wording.error(prop, middle)}, at most {worst}", middle
    if any(domain is not None and domain.unlike for domain in trajectory.domains):
        return "error unknown", 0.0
    return None if mae is None else (f"typical error {wording.error(prop, mae)}", mae)


def _without_player(trajectory: Trajectory, property_id: str) -> None:
    """The property against time, where the player cannot be served."""
    prop = trajectory.properties[trajectory.column(property_id)]
    values = trajectory.values[:, trajectory.column(property_id)]
    st.line_chart({f"{prop.name} ({unit_text(prop.unit)})": values}, x_label="Frame", height=HEIGHT)


def _downloads(job: TrajectoryJob, trajectory: Trajectory, property_id: str) -> None:
    stem = _stem(job.name)
    with st.container(horizontal=True):
        st.download_button(
            "csv", partial(frames_csv, trajectory), f"{stem}.csv", "text/csv",
            icon=":material/download:", on_click="ignore",
            help="A row per frame: time, all properties with errors, domain, the atom with the "
            "largest GA score, the attention shift",
        )  # fmt: skip
        st.download_button(
            "extxyz", partial(_extxyz, trajectory, property_id), f"{stem}-{property_id}.extxyz",
            "chemical/x-xyz", icon=":material/download:", on_click="ignore",
            help="All frames with the shown property's value, GA scores and contributions per atom",
        )  # fmt: skip


def _extxyz(trajectory: Trajectory, property_id: str) -> str:
    return files.to_extxyz(trajectory.predictions(property_id))


def _stem(name: str) -> str:
    """A file name from the source, with nothing that a file system could take amiss."""
    stem = PurePath(name).stem
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem)[:60] or "trajectory"
