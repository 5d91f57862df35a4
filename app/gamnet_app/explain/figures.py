"""Plotly figures of the page Explain's sections from data; no Streamlit, no science."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gamnet.views.palettes import ACCENT, MARK, WARM


def share_matrix(
    shares: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    chosen: int | None = None,
    dark: bool = False,
) -> go.Figure:
    """A heat map of shares [n_rows, n_columns], 0 to 1, written into the cells as percent.

    chosen : the row whose arcs are drawn, framed.
    """
    shares = np.asarray(shares, dtype=float)
    largest = float(shares.max(initial=0.0)) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=100 * shares,
            x=list(columns),
            y=list(rows),
            zmin=0,
            zmax=100 * largest,
            colorscale="Blues_r" if dark else "Blues",
            showscale=False,
            xgap=1,
            ygap=1,
            text=[[f"{100 * share:.0f}" for share in row] for row in shares],
            texttemplate="%{text}",
            textfont={"size": 11},
            hovertemplate="%{y}, %{x}: %{z:.1f} %<extra></extra>",
        )
    )
    if chosen is not None:
        figure.add_shape(
            type="rect", x0=-0.5, x1=len(columns) - 0.5, y0=chosen - 0.5, y1=chosen + 0.5,
            line={"color": WARM, "width": 2},
        )  # fmt: skip
    figure.update_layout(**_layout(title, 92 + 25 * len(rows)))
    figure.update_xaxes(fixedrange=True, side="top", type="category", tickangle=0)
    figure.update_yaxes(fixedrange=True, autorange="reversed", type="category")
    return figure


def share_bars(labels: Sequence[str], shares: np.ndarray, *, title: str) -> go.Figure:
    """Shares [n], 0 to 1, as bars from the largest down."""
    figure = go.Figure(
        go.Bar(
            x=list(labels),
            y=100 * np.asarray(shares, dtype=float),
            width=0.7 if len(labels) > 6 else 0.4,
            marker={"color": ACCENT},
            hovertemplate="%{x}: %{y:.1f} %<extra></extra>",
        )
    )
    figure.update_layout(**_layout(title, 250))
    figure.update_xaxes(fixedrange=True, type="category", tickangle=0)
    figure.update_yaxes(fixedrange=True, ticksuffix=" %", rangemode="tozero")
    return figure


def deletion(
    values: np.ndarray,
    random_mean: np.ndarray,
    random_std: np.ndarray,
    removed: Sequence[str],
    *,
    value_title: str,
) -> go.Figure:
    """The value [n_steps + 1] as atoms are removed, over random orders with their spread."""
    steps = np.arange(len(values))
    hover = ["whole structure", *(f"without {name} too" for name in removed)]
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([steps, steps[::-1]]),
            y=np.concatenate([random_mean + random_std, (random_mean - random_std)[::-1]]),
            fill="toself", fillcolor="rgba(125,138,151,0.25)", line={"width": 0},
            hoverinfo="skip", name="spread of random orders", showlegend=False,
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=steps, y=random_mean, mode="lines", name="random orders, mean ± spread",
            line={"color": MARK, "dash": "dot", "width": 2},
            hovertemplate="random, %{x} removed: %{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=steps, y=values, mode="lines+markers", name="highest first",
            line={"color": ACCENT, "width": 2.5}, marker={"size": 6}, hovertext=hover,
            hovertemplate="%{hovertext}: %{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(**_layout(value_title, 310))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0}, hovermode="closest"
    )
    figure.update_xaxes(fixedrange=True, title="atoms removed", rangemode="tozero")
    figure.update_yaxes(fixedrange=True)
    return figure


def atom_scatter(
    x: np.ndarray,
    y: np.ndarray,
    labels: Sequence[str],
    light: np.ndarray,
    *,
    title: str,
    x_title: str,
    y_title: str,
    selected: Sequence[int] = (),
) -> go.Figure:
    """One point per atom; hydrogens (`light` [n] bool) are hollow and small, selected ones ringed.

    `customdata` of each point is the atom's index.
    """
    figure = go.Figure()
    for name, group in (("hydrogen", light), ("heavier atoms", ~light)):
        atoms = np.flatnonzero(group)
        if not len(atoms):
            continue
        named = name != "hydrogen" and len(atoms) <= 30
        chosen = [int(i) in set(selected) for i in atoms]
        figure.add_trace(
            go.Scatter(
                x=np.asarray(x)[atoms],
                y=np.asarray(y)[atoms],
                mode="markers+text" if named else "markers",
                name=name,
                text=[labels[i] for i in atoms],
                textposition="top center",
                textfont={"size": 11},
                cliponaxis=False,
                customdata=[[int(i)] for i in atoms],
                marker={
                    "size": 10 if name != "hydrogen" else 7,
                    "symbol": "circle" if name != "hydrogen" else "circle-open",
                    "color": ACCENT if name != "hydrogen" else MARK,
                    "line": {
                        "color": [WARM if c else MARK for c in chosen],
                        "width": [3 if c else 1 for c in chosen],
                    },
                },
                hovertemplate="%{text}: %{x:.3g}, %{y:.3g}<extra></extra>",
            )
        )
    figure.update_layout(**_layout(title, 310))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0})
    figure.update_xaxes(fixedrange=True, title=x_title, zeroline=False)
    figure.update_yaxes(fixedrange=True, title=y_title, zeroline=False)
    return figure


def curve(
    x: np.ndarray, y: np.ndarray, *, at: float, title: str, x_title: str, y_title: str
) -> go.Figure:
    """y against x, both [n], with the present place marked."""
    figure = go.Figure(
        go.Scatter(
            x=x, y=y, mode="lines+markers", line={"color": ACCENT, "width": 2},
            marker={"size": [12 if abs(one - at) < 1e-9 else 5 for one in x]},
            hovertemplate="%{x:g}: %{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(**_layout(title, 250))
    figure.update_xaxes(fixedrange=True, title=x_title)
    figure.update_yaxes(fixedrange=True, title=y_title)
    return figure


def _layout(title: str, height: int) -> dict[str, object]:
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 58 if height < 310 else 40, "b": 8},
        "title": {"text": title, "font": {"size": 14}, "x": 0, "y": 0.98, "yanchor": "top"},
        "showlegend": False,
        "dragmode": False,
    }
