"""The address of a page: what it says is chosen, and choices are written into it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    pass


def addressed(key: str, options: Sequence[str], default: str, name: str | None = None) -> None:
    """Start a widget with the value in the address, there under `name`, if it is an option."""
    if key not in st.session_state:
        asked = st.query_params.get(name or key, default)
        st.session_state[key] = asked if asked in options else default


def write_address(**values: str | None) -> None:
    """Make the address name what is shown; None leaves a parameter out."""
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def widget(key: str, default: object = None) -> object:
    """The present value of a widget."""
    return st.session_state.get(key, default)


def set_widget(key: str, value: object) -> None:
    """Set a widget before it is drawn, or in a callback."""
    st.session_state[key] = value
