"""Plotly figures from data; no Streamlit, no science."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gamnet.views.palettes import ACCENT, MARK

MAX_BARS = 60


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
                "line": {"color": MARK, "width": [2.5 if i in chosen else 0.5 for i in shown]},
            },
            # The selection is shown by our own marks, the same as in the picture and the table.
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.add_hline(y=0, line_color=MARK, line_width=1)
    if average is not None:
        figure.add_hline(y=average, line_color=MARK, line_width=1, line_dash="dot")
        figure.add_annotation(
            text="average", xref="paper", x=1, xanchor="left", y=average, showarrow=False,
            font={"size": 11},
        )  # fmt: skip
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8 if average is None else 56, "t": 34, "b": 8},
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


def distribution(counts: np.ndarray, edges: np.ndarray, value: float) -> str:
    """A histogram as a small SVG, with a line where `value` lies; at the rim if it is outside.

    counts : [n_bins]; edges : [n_bins + 1].
    """
    width, height = 100.0, 20.0
    position = width * float(np.clip((value - edges[0]) / (edges[-1] - edges[0]), 0.01, 0.99))
    tops = height * (1 - np.asarray(counts) / max(np.max(counts), 1))
    step = width / len(tops)
    steps = "".join(f"L{k * step:.1f} {y:.1f}H{(k + 1) * step:.1f}" for k, y in enumerate(tops))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'preserveAspectRatio="none"><path d="M0 {height:.0f}{steps}V{height:.0f}Z" '
        f'fill="{MARK}" opacity="0.45"/><path d="M{position:.1f} 0V{height:.0f}" '
        f'stroke="{ACCENT}" stroke-width="2.5" vector-effect="non-scaling-stroke"/></svg>'
    )
