"""A batch while it runs, and its results: summary, filters, table, files."""

import re
from functools import partial

import pandas as pd
import streamlit as st

from gamnet.properties import Property, unit_text
from gamnet.screening import results as batch_export
from gamnet.screening.items import Row
from gamnet.screening.job import BatchJob, Progress, Status
from gamnet_app.batch import state as session_batch
from gamnet_app.shared import reference, session, sources, wording

ALL, PREDICTED, FAILED = "all", "predicted", "failed"
_REFRESH = 0.7  # seconds
_TABLE_HEIGHT = 560  # pixels
_HIDDEN = ("model",)


@st.fragment(run_every=_REFRESH)
def progress(job: BatchJob) -> None:
    """How far the batch is, how long it will take, and the button that stops it."""
    state = job.progress
    if state.finished:
        st.rerun()
    if state.status is Status.WAITING:
        text = "Waiting: other batches are running on this server. Yours will start by itself."
    else:
        text = _pace(state)
    st.progress(min(1.0, state.fraction), text)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Stopping…" if job.stopping else "Stop", icon=":material/stop:", on_click=job.stop,
            disabled=job.stopping, key="batch_stop",
            help="What is done by then is kept.",
        )  # fmt: skip
        st.caption(
            "You can look at other pages meanwhile, or reload this one; closing it ends the batch."
        )


def results(job: BatchJob) -> None:
    """The finished batch."""
    state = job.progress
    frame = session_batch.table(state.rows)
    _ending(state)
    if frame.empty:
        return
    warnings = _warning_kinds(state.rows)
    _warning_list(warnings)
    shown = _filtered(frame, state.rows, warnings)
    _table(frame, shown, session_batch.properties(state.rows))
    chosen = session_batch.take_choice()
    if chosen is not None and chosen < len(shown):
        _open(state.rows[int(shown.index[chosen])])
    _downloads([state.rows[k] for k in shown.index], shown, len(frame))


def _pace(state: Progress) -> str:
    failed = sum(1 for row in list(state.rows) if row.prediction.error)
    of = f" of {state.total:,}" if state.total is not None else ""
    parts = [f"{state.n_read:,}{of} structures read, {len(state.rows):,} done"]
    if failed:
        parts.append(f"{failed:,} failed")
    if state.seconds_left is not None:
        parts.append(f"about {_duration(state.seconds_left)} left")
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _ending(state: Progress) -> None:
    n, failed = len(state.rows), sum(1 for row in state.rows if row.prediction.error)
    of = f" of {state.total:,}" if state.total is not None else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {n:,} structure{'s' if n != 1 else ''}", width="content")
        st.badge(f"{n - failed:,} predicted", color="green", icon=":material/check:")
        if failed:
            st.badge(f"{failed:,} failed", color="red", icon=":material/close:")
        if state.ended > state.started > 0:
            st.caption(f"in {_duration(state.ended - state.started)}", width="content")
        st.space("stretch")
        st.button("New batch", icon=":material/add:", on_click=session_batch.forget)
    if state.status is Status.STOPPED:
        st.info(
            f"Stopped after {n:,}{of} structures. What was done is kept; the others are not in "
            "the table.",
            icon=":material/stop_circle:",
        )
    elif state.status is Status.BROKEN:
        st.error(
            f"The batch broke off after {n:,}{of} structures because of a fault in the program, "
            "which is in the server's log. What was done is kept; try the others once more.",
            icon=":material/error:",
        )
    if state.cut:
        st.warning(f"{state.cut} The others are not in the table.", icon=":material/warning:")


def _warning_kinds(rows: list[Row]) -> dict[str, list[int]]:
    """Rows of each warning; those that differ in numbers or quoted names only count as one."""
    kinds: dict[str, list[int]] = {}
    texts: dict[str, str] = {}
    for k, row in enumerate(rows):
        for warning in row.prediction.warnings:
            text = texts.setdefault(re.sub(r"\d+|'[^']*'", "#", warning), warning)
            kinds.setdefault(text, []).append(k)
    return dict(sorted(kinds.items(), key=lambda item: -len(item[1])))


def _warning_list(kinds: dict[str, list[int]]) -> None:
    if not kinds:
        return
    n = len(set().union(*kinds.values()))
    label = f"{n:,} row{'s have' if n > 1 else ' has'} warnings"
    with st.expander(label, icon=":material/warning:", expanded=len(kinds) <= 2):
        for text, members in kinds.items():
            rows = f"{len(members):,} row{'s' if len(members) > 1 else ''}"
            st.caption(f"**{rows}** · {wording.plain(text)}")


def _filtered(frame: pd.DataFrame, rows: list[Row], kinds: dict[str, list[int]]) -> pd.DataFrame:
    """The rows that the visitor asks for; the index stays the row's number in the batch."""
    failed = frame["error"].notna()
    counts = {ALL: len(frame), PREDICTED: int((~failed).sum()), FAILED: int(failed.sum())}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search", key="batch_search", placeholder="id, SMILES, formula or file",
            icon=":material/search:", width=250, persist_state="session",
        )  # fmt: skip
        outcome = st.segmented_control(
            "Rows", list(counts), key="batch_outcome", default=ALL, required=True,
            format_func=lambda name: f"{name.capitalize()} {counts[name]:,}",
            persist_state="session",
        )  # fmt: skip
        warning = st.selectbox(
            "Warning", ["", *kinds], key="batch_warning", width=220, disabled=not kinds,
            format_func=lambda text: text or "Any or none",
            persist_state="session",
        )  # fmt: skip
        limits = _range_filter(frame, session_batch.properties(rows))
    shown = frame
    if outcome != ALL:
        shown = shown[failed if outcome == FAILED else ~failed]
    if text:
        cells = shown[["id", "input", "source", "formula"]].fillna("").astype(str)
        found = cells.apply(
            lambda column: column.str.contains(text.strip(), case=False, regex=False)
        )
        shown = shown[found.any(axis=1)]
    if warning:
        shown = shown[shown.index.isin(kinds.get(warning, []))]
    for column, (low, high) in limits.items():
        shown = shown[shown[column].between(low, high).fillna(False).astype(bool)]
    return shown


def _range_filter(
    frame: pd.DataFrame, properties: list[Property]
) -> dict[str, tuple[float, float]]:
    shown = {batch_export.value_column(prop): prop for prop in properties}
    limits = {}
    with st.popover("Values", icon=":material/filter_alt:"):
        for column, prop in shown.items():
            values = frame[column].dropna()
            if values.nunique() < 2:
                continue
            # Whole hundredths outside of all values, so that the ends leave nothing out.
            low = float(values.min() // 0.01) * 0.01
            high = float(-(-values.max() // 0.01)) * 0.01
            chosen = st.slider(
                f"{wording.symbol(prop)} ({unit_text(prop.unit)})", low, high, (low, high),
                step=0.01, key=f"batch_range_{prop.id}", persist_state="session",
            )  # fmt: skip
            if chosen != (low, high):
                limits[column] = chosen
        if frame[list(shown)].isna().all(axis=None):
            st.caption("No row has values.")
    return limits


def _table(frame: pd.DataFrame, shown: pd.DataFrame, properties: list[Property]) -> None:
    mae = session.model().test_mae
    drop = [name for name in _HIDDEN if name in shown]
    drop += [name for name in ("input", "warnings") if not frame[name].any()]
    drop += [name for name in frame if frame[name].isna().all()]
    drop += ["frame"] if (frame["frame"] == 0).all() else []
    # A row of a list has no other source than what stands in its cell.
    listed = (frame["input"] != "") | frame["error"].notna()
    drop += ["source"] if listed.all() and (frame["input"] != "").any() else []
    if not shown.empty and shown["error"].notna().all():
        values = [name for name in frame if "[" in name]
        drop += [*values, "formula", "n_atoms", "warnings", "split", "domain"]
    # A reason at the far end of the row would not be seen; an error stands beside its value.
    first = ["id", "input", "source", "frame", "error", "formula", "n_atoms", "domain"]
    for prop in properties:
        reference_column = batch_export.value_column(prop, reference=True)
        first += [
            batch_export.value_column(prop), batch_export.error_column(prop), reference_column
        ]  # fmt: skip
    first = [name for name in first if name in frame]
    order = [*first, *(name for name in frame if name not in first)]
    columns = [name for name in order if name not in drop]
    if len(shown) < len(frame):
        st.caption(f"{len(shown):,} of {len(frame):,} rows shown.")
    st.dataframe(
        shown[columns], key="batch_results", on_select=session_batch.note_choice,
        selection_mode="single-row", hide_index=True, placeholder="",
        height=min(37 + 33 * max(1, len(shown)), _TABLE_HEIGHT),
        column_config=_column_config(columns, properties, mae),
        alt="Results, one row per structure",
    )  # fmt: skip
    st.caption(
        "Tick a row, at its left end, to open the structure in Explain. A click on a column's "
        "head sorts; a double click on a cell shows all of its text."
    )


def _column_config(
    columns: list[str], properties: list[Property], mae: dict[str, float]
) -> dict[str, object]:
    column = st.column_config
    width = 160 if "formula" in columns else "large"  # alone, the reasons have the room
    config = {
        "id": column.TextColumn("Id", help="As in the input", width=130),
        "input": column.TextColumn("Input", help="SMILES or id as given", width=160),
        "source": column.TextColumn("Source", width=130),
        "frame": column.NumberColumn("Frame", help="Place in its file, from 0", width=60),
        "formula": column.TextColumn("Formula", width=90),
        "n_atoms": column.NumberColumn("Atoms", width=60),
        "warnings": column.TextColumn("Warnings", width=220),
        "error": column.TextColumn("Why it failed", width=width),
        "split": column.TextColumn("Split", help="Of the data set", width=90),
        "domain": column.TextColumn(
            "Domain", help="How like the model's training data the structure is", width=90
        ),
    }
    for prop in properties:
        name, unit = wording.symbol(prop), unit_text(prop.unit)
        error = f" Typical error {wording.error(prop, mae[prop.id])}." if prop.id in mae else ""
        form = "%.3f" if prop.unit == "eV" else "%.2f"
        config[batch_export.value_column(prop)] = column.NumberColumn(
            f"{name} ({unit})", format=form, help=f"{prop.name}, predicted.{error}", width=100
        )
        config[batch_export.error_column(prop)] = column.NumberColumn(
            f"{name} ±", format="%.3f", width=75, help=f"Expected error of {prop.name}, {unit}; "
            "empty where nothing like the structure was held back. A geometry made from bonds "
            "adds to it.",
        )  # fmt: skip
        config[batch_export.value_column(prop, reference=True)] = column.NumberColumn(
            f"{name} reference", format=form, width=90,
            help=f"{prop.name} in {unit}, the data set's own value"
            + (f" ({prop.level})" if prop.level else ""),
        )  # fmt: skip
    return {name: setting for name, setting in config.items() if name in columns}


def _open(row: Row) -> None:
    """Show the structure on the page Explain, or say why it cannot be."""
    structure = row.prediction.structure
    if structure is None:
        st.error(wording.plain(row.prediction.error), icon=":material/error:")
        return
    named = row.text or reference.known(structure)
    sources.open_in_explain(structure.source if named else structure)


def _downloads(rows: list[Row], shown: pd.DataFrame, total: int) -> None:
    formats = {
        "csv": (partial(batch_export.frame_csv, shown), "text/csv", "A row per structure"),
        "parquet": (
            partial(batch_export.frame_parquet, shown), "application/vnd.apache.parquet",
            "A row per structure, with types, for pandas, R or DuckDB",
        ),
        "sdf": (
            partial(batch_export.rows_sdf, rows), "chemical/x-mdl-sdfile",
            "Predicted molecules with the values as fields; failed rows and crystals are left out",
        ),
        "extxyz": (
            partial(batch_export.rows_extxyz, rows), "chemical/x-xyz",
            "Predicted structures with scores and contributions per atom; failed rows are left out",
        ),
    }  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        for suffix, (write, mime, text) in formats.items():
            st.download_button(
                suffix, write, f"gamnet-batch.{suffix}", mime, help=text, disabled=shown.empty,
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
        if len(shown) < total:
            st.caption(f"The files hold the {len(shown):,} rows shown, not all {total:,}.")
        else:
            st.caption(f"The files hold all {total:,} rows.")
