"""Search and filters of the molecules in Explore, and how the address names them.

In the address: filter=split:test;n_heavy:3..7;target_gap:-0.5..2.25, what is not limited left out.
"""

import math

import numpy as np
import pandas as pd
import streamlit as st

from gamnet.atlas.columns import Column
from gamnet.atlas.search import MAX_TEXT
from gamnet.datasets.dataset import SPLITS
from gamnet.properties import unit_text
from gamnet_app.explore import state
from gamnet_app.shared import address

SPLIT = "split"
Limits = tuple[float, float]


def title(column: Column) -> str:
    """A column's name with its unit."""
    return f"{column.name} ({unit_text(column.unit)})" if column.unit else column.name


def show(frame: pd.DataFrame, columns: dict[str, Column]) -> tuple[str, np.ndarray, str]:
    """Draw them; the searched text, [n_molecules] bool: passes, and the filters as a text."""
    bonded = "smiles" in frame
    address.start("explore_search", st.query_params.get("search", "")[:MAX_TEXT])
    text = st.text_input(
        "Search", key="explore_search", width=240, icon=":material/search:", max_chars=MAX_TEXT,
        placeholder="Id, formula, SMILES, SMARTS" if bonded else "Id or formula",
        persist_state="session",
        help="An id, a formula such as C6H6, or a part of the molecule: C#N, or a SMARTS such as "
        "[OX2H]." if bonded else "An id, or a formula.",
    )  # fmt: skip
    asked = state.asked_filters()
    splits, limits = read(asked, columns)
    with st.popover("Filters", icon=":material/filter_alt:"):
        keep, said = _split_filter(frame, splits)
        for kept, parts in (
            _count_filters(frame, columns, limits),
            _range_filters(frame, columns, limits),
        ):
            keep = keep & kept
            said += parts
        st.button(
            "Reset", icon=":material/restart_alt:", key="explore_reset",
            on_click=state.reset_filters, help="No filter, no search",
        )  # fmt: skip
    return text.strip(), keep, ";".join(said)


def read(text: str, columns: dict[str, Column]) -> tuple[list[str], dict[str, Limits]]:
    """Splits and limits that a text of the address asks for; what it cannot mean is left out."""
    splits, limits = list(SPLITS), {}
    for part in text.split(";"):
        name, _, value = part.partition(":")
        low, dots, high = value.partition("..")
        if name == SPLIT:
            splits = [split for split in SPLITS if split in value.split(",")]
        elif dots and name in columns and columns[name].kind in ("count", "number"):
            try:
                ends = float(low), float(high)
            except ValueError:  # the address was written by hand
                continue
            if all(map(math.isfinite, ends)):
                limits[name] = ends
    return splits, limits


def _within(asked: Limits | None, low: float, high: float) -> Limits:
    """The asked limits as far as there is something to choose; everything if there is nothing."""
    first, last = (min(max(end, low), high) for end in asked or (low, high))
    return (first, last) if first <= last else (low, high)


def _split_filter(frame: pd.DataFrame, start: list[str]) -> tuple[np.ndarray, list[str]]:
    address.start("explore_filter_split", start)
    chosen = st.pills(
        "Split", list(SPLITS), selection_mode="multi",
        key="explore_filter_split", format_func=str.capitalize, persist_state="session",
        help="Training: the model has seen their values. Test: it has not.",
    )  # fmt: skip
    said = [f"{SPLIT}:{','.join(chosen)}"] if len(chosen) < len(SPLITS) else []
    return frame["split"].isin(chosen).to_numpy(), said


def _count_filters(
    frame: pd.DataFrame, columns: dict[str, Column], asked: dict[str, Limits]
) -> tuple[np.ndarray, list[str]]:
    keep, said = np.ones(len(frame), dtype=bool), []
    counts = [column for column in columns.values() if column.kind == "count"]
    with st.grid(2, min_column_width=180, gap="small", key="explore_counts"):
        for column in counts:
            values = frame[column.id].to_numpy()
            low, high = int(values.min()), int(values.max())
            if low == high:
                continue
            start = tuple(int(end) for end in _within(asked.get(column.id), low, high))
            address.start(f"explore_filter_{column.id}", start)
            chosen = st.slider(
                column.name, low, high, key=f"explore_filter_{column.id}", persist_state="session"
            )
            if chosen != (low, high):
                keep &= (values >= chosen[0]) & (values <= chosen[1])
                said.append(f"{column.id}:{chosen[0]}..{chosen[1]}")
    return keep, said


def _range_filters(
    frame: pd.DataFrame, columns: dict[str, Column], asked: dict[str, Limits]
) -> tuple[np.ndarray, list[str]]:
    numbers = [name for name, column in columns.items() if column.kind == "number"]
    address.start("explore_filter_columns", [name for name in numbers if name in asked])
    chosen = st.multiselect(
        "Ranges of", numbers, format_func=lambda name: title(columns[name]),
        key="explore_filter_columns", placeholder="Choose columns", persist_state="session",
    )  # fmt: skip
    keep, said = np.ones(len(frame), dtype=bool), []
    for name in chosen:
        values = columns[name].values(frame)
        # Whole steps outside of all values, so that the ends leave nothing out.
        step = 10.0 ** np.floor(np.log10(max(float(np.ptp(values)), 1e-6) / 200))
        low = float(np.floor(values.min() / step) * step)
        high = float(np.ceil(values.max() / step) * step)
        key = f"explore_filter_range_{name}"
        address.start(key, _within(asked.get(name), low, high))
        limits = st.slider(
            title(columns[name]), low, high, step=float(step), key=key, persist_state="session"
        )
        keep &= (values >= limits[0] - step / 1e3) & (values <= limits[1] + step / 1e3)
        said.append(f"{name}:{limits[0]:.6g}..{limits[1]:.6g}")
    return keep, said
