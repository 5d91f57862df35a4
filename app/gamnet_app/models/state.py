"""What the Models page keeps: the shipped records of a model, the molecule that was asked for."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import session

if TYPE_CHECKING:
    import pandas as pd

_OPEN = "models_open"


@st.cache_resource(show_spinner=False)
def predictions(name: str) -> "pd.DataFrame | None":
    """The model's shipped predictions of its test split; None without. Do not change it."""
    from gamnet.prediction.shipped import FOLDER
    from gamnet.publishing.records import TEST_SUFFIX, read_predictions

    return read_predictions(FOLDER / f"{name}{TEST_SUFFIX}")


@st.cache_resource(show_spinner=False)
def curve(name: str) -> "pd.DataFrame | None":
    """The model's shipped learning curve; None without. Do not change it."""
    from gamnet.prediction.shipped import FOLDER
    from gamnet.publishing.records import LOG_SUFFIX, read_curve

    return read_curve(FOLDER / f"{name}{LOG_SUFFIX}")


@st.cache_resource(show_spinner=False)
def card(name: str) -> str:
    """The model's card, in Markdown."""
    from gamnet.prediction.shipped import FOLDER

    return (FOLDER / session.model_cards()[name]["card"]).read_text(encoding="utf-8")


def note_point() -> None:
    """Callback of the parity plot: remember the molecule that was clicked."""
    points = st.session_state["models_parity"]["selection"]["points"]
    if points and points[0].get("customdata"):
        st.session_state[_OPEN] = int(points[0]["customdata"][0])


def note_row(indices: list[int]) -> None:
    """Callback of the table of large errors, whose rows have these indices."""
    rows = st.session_state["models_largest"]["selection"]["rows"]
    if rows and rows[0] < len(indices):
        st.session_state[_OPEN] = indices[rows[0]]


def take_open() -> int | None:
    """The Index of the molecule asked for since the last call."""
    return st.session_state.pop(_OPEN, None)
