"""What the Models page keeps: the shipped records of a model, the molecule that was asked for."""

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd

_OPEN = "models_open"


@st.cache_resource(show_spinner=False)
def predictions(name: str) -> "pd.DataFrame | None":
    """The model's shipped predictions of its test split; None without. Do not change it."""
    from gamnet.prediction.shipped import TEST, folder
    from gamnet.publishing.records import read_predictions

    return read_predictions(folder(name) / TEST)


@st.cache_resource(show_spinner=False)
def curve(name: str) -> "pd.DataFrame | None":
    """The model's shipped learning curve; None without. Do not change it."""
    from gamnet.prediction.shipped import LOG, folder
    from gamnet.publishing.records import read_curve

    return read_curve(folder(name) / LOG)


@st.cache_resource(show_spinner=False)
def card(name: str) -> str:
    """The model's card, in Markdown."""
    from gamnet.prediction.shipped import CARD, folder

    return (folder(name) / CARD).read_text(encoding="utf-8")


def note_point() -> None:
    """Callback of the parity plot: remember the molecule that was clicked."""
    points = st.session_state["models_parity"]["selection"]["points"]
    if points and points[0].get("customdata"):
        st.session_state[_OPEN] = str(points[0]["customdata"][0])


def note_row(ids: list[str]) -> None:
    """Callback of the table of large errors, whose rows have these ids."""
    rows = st.session_state["models_largest"]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        st.session_state[_OPEN] = ids[rows[0]]


def take_open() -> str | None:
    """The id of the structure asked for since the last call."""
    return st.session_state.pop(_OPEN, None)
