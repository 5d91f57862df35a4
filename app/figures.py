"""Plotly figures from data; no Streamlit, no science."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

MAX_BARS = 60
# A neutral mark that is seen on light and dark backgrounds.
_MARK = "#7d8a97"


def atom_bars(
    labels: Sequence[str],
    values: np.ndarray,
    colours: Sequence[str],
    *,
    title: str,
    hover: Sequence[str],
    average: float | None = None,
    selected: Sequence[int] = (),
    height: int = 260,
) -> go.Figure:
    """One bar per atom, in the atoms' order and colours; others fade when some are selected.

    Of more than MAX_BARS atoms the largest (by absolute value) and the selected ones are drawn.
    average : where to mark the average atom. `customdata` of each bar is the atom's index.
    """
    shown = shown_atoms(values, selected)
    chosen = set(selected)
    names = [labels[i] for i in shown]
    figure = go.Figure(
        go.Bar(
            x=names,
            y=np.asarray(values, dtype=float)[shown],
            width=0.75 if len(shown) > 8 else 0.4,
            customdata=[[int(i)] for i in shown],
            hovertext=[hover[i] for i in shown],
            hovertemplate="<b>%{x}</b><br>%{hovertext}<extra></extra>",
            marker={
                "color": [colours[i] for i in shown],
                "opacity": [1.0 if not chosen or i in chosen else 0.35 for i in shown],
                "line": {"color": _MARK, "width": [2.5 if i in chosen else 0.5 for i in shown]},
            },
            # The selection is shown by our own marks, the same as in the picture and the table.
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.add_hline(y=0, line_color=_MARK, line_width=1)
    if average is not None:
        figure.add_hline(
            y=average, line_color=_MARK, line_width=1, line_dash="dot", annotation_text="average",
            annotation_position="top left", annotation_font_size=11, annotation_font_color=_MARK,
        )  # fmt: skip
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        title={"text": title, "font": {"size": 14}, "x": 0, "y": 0.98},
        showlegend=False,
        dragmode=False,
        xaxis={"fixedrange": True, "type": "category", "tickvals": names, "title": None},
        yaxis={"fixedrange": True, "title": None},
    )
    return figure


def shown_atoms(values: np.ndarray, selected: Sequence[int] = ()) -> np.ndarray:
    """Indices, ascending, of the atoms that `atom_bars` draws."""
    values = np.asarray(values, dtype=float)
    if len(values) <= MAX_BARS:
        return np.arange(len(values))
    first = list(dict.fromkeys(selected))[:MAX_BARS]
    order = np.argsort(-np.abs(values), kind="stable")
    rest = [int(i) for i in order if int(i) not in set(first)]
    return np.array(sorted(first + rest[: MAX_BARS - len(first)]))
