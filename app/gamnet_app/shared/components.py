"""Streamlit components made of the package's own scripts."""

from collections.abc import Callable
from functools import cache

import streamlit as st
from streamlit.errors import StreamlitAPIException


@cache
def component(name: str, script: str, isolated: bool = True) -> Callable | None:
    """What mounts a component; None where the package is not installed.

    name : as declared in pyproject.toml, <distribution>.<component>.  script : in gamnet/assets.
    """
    try:
        return st.components.v2.component(name, js=script, isolate_styles=isolated)
    except StreamlitAPIException:  # its assets are not served
        return None
