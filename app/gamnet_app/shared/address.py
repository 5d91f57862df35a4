"""The address of a page: what it says is chosen, choices are written into it, Back undoes them.

A choice lives in the session, under a key, and the address names it. Where the two differ the
session is right, except after Back and Forward: then the address is, so the choices that it could
name are forgotten before the page is drawn.
"""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gamnet_app.shared.components import component

_PAGE, _FOLLOWED = "address_page", "address_followed"
_HISTORY = ("gamnet.address", "address/component.js")
# What another of is another place, and so an entry of the browser's history; anything else, such
# as a colour, changes how a place is looked at and replaces the entry.
PLACES = (
    "structure", "structures", "compare", "trajectory", "section", "tab", "view", "model", "batch"
)  # fmt: skip


def begin(page: str) -> None:
    """Start a run of a page: after Back or Forward its address decides anew."""
    st.session_state[_PAGE] = page
    if _by_history():
        for key in st.session_state.get(_FOLLOWED, {}).pop(page, ()):
            st.session_state.pop(key, None)
    draw = component(*_HISTORY)
    if draw is not None:
        with st.container(key="address_keeper"):
            draw(key="address", data={"places": list(PLACES)}, height=1)


def _by_history() -> bool:
    """Whether this run is one that the browser's Back or Forward asked for."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def start(key: str, value: object) -> None:
    """Give a choice its first value, which the address has a say in; later ones stay."""
    st.session_state.setdefault(_FOLLOWED, {}).setdefault(_page(), set()).add(key)
    if key not in st.session_state:
        st.session_state[key] = value


def _page() -> str:
    return st.session_state.get(_PAGE, "")


def addressed(key: str, options: Sequence[str], default: str, name: str | None = None) -> None:
    """Start a widget with the value in the address, there under `name`, if it is an option.

    What was chosen where there were other options, such as another model's properties, gives way.
    """
    asked = st.query_params.get(name or key, default)
    start(key, asked if asked in options else default)
    if st.session_state[key] not in options:
        st.session_state[key] = default


def write_address(**values: str | Sequence[str] | None) -> None:
    """Make the address name what is shown, in one step; None leaves a parameter out."""
    before = {name: st.query_params.get_all(name) for name in st.query_params}
    asked = {name: [v] if isinstance(v, str) else list(v or ()) for name, v in values.items()}
    after = {name: texts for name, texts in (before | asked).items() if texts}
    if after != before:
        st.query_params.from_dict(after)


def widget(key: str, default: object = None) -> object:
    """The present value of a widget."""
    return st.session_state.get(key, default)


def set_widget(key: str, value: object) -> None:
    """Set a widget before it is drawn, or in a callback."""
    st.session_state[key] = value
