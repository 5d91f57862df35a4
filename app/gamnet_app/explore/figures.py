"""Figures of the page Explore: plotly figures from arrays; no Streamlit, no science."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from gamnet.views.colours import element_colours
from gamnet.views.palettes import (
    ACCENT,
    CATEGORIES,
    DIVERGING,
    MARK,
    SEQUENTIAL,
    VISIBLE_ELEMENTS,
    WARM,
)

_OPACITY = 0.75
COVERED = 0.98  # share of all values that a colour scale spans


def cloud(
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    *,
    titles: tuple[str, str],
    colour: np.ndarray,
    colour_title: str,
    limits: tuple[float, float] | None = None,
    signed: bool = False,
    palette: Mapping[str, str] | None = None,
    hover: str = "",
    is_map: bool = False,
    equal_line: bool = False,
    axes: str = "",
    height: int = 560,
) -> go.Figure:
    """Points drawn by the graphics card; `customdata` of each is its row in the table.

    x, y : [n].  rows : [n] int.  colour : [n] numbers, or texts for one trace per category.
    limits : ends of the colour scale; values beyond get the end colour.
    palette : category -> colour.
    is_map : the axes mean nothing and are left out.  equal_line : draw y = x.
    axes : as long as it is the same, the browser keeps the zoom.
    """
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    rows = np.asarray(rows, np.int32)
    size = float(np.clip(9 - 1.5 * np.log10(max(len(x), 1)), 2, 8))
    figure = go.Figure()
    if colour.dtype.kind in "fiu":
        low, high = limits or (0.0, 1.0)
        scale = list(next(iter((DIVERGING if signed else SEQUENTIAL).values())))
        marker = {
            "size": size, "opacity": _OPACITY, "color": colour.astype(np.float32),
            "colorscale": scale, "cmin": low, "cmax": high,
            "colorbar": {"title": {"text": colour_title, "side": "right"}, "thickness": 12},
        }  # fmt: skip
        figure.add_trace(_points(x, y, rows, marker, hover))
    else:
        found = [name for name in palette or {} if (colour == name).any()]
        found += [name for name in np.unique(colour).tolist() if name not in found]
        for k, name in enumerate(found):
            chosen = colour == name
            shade = (palette or {}).get(name, CATEGORIES[k % len(CATEGORIES)])
            marker = {"size": size, "opacity": _OPACITY, "color": shade}
            if shade.lower() == "#ffffff":  # hydrogen, on a white ground
                marker["line"] = {"color": MARK, "width": 0.7}
            trace = _points(x[chosen], y[chosen], rows[chosen], marker, hover)
            figure.add_trace(trace.update(name=name, showlegend=True))
    if equal_line and len(x):
        ends = [float(min(x.min(), y.min())), float(max(x.max(), y.max()))]
        figure.add_shape(
            type="line", x0=ends[0], y0=ends[0], x1=ends[1], y1=ends[1],
            line={"color": MARK, "width": 1, "dash": "dot"},
        )  # fmt: skip
    hidden = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_layout(
        # Room on top for the menu. The browser adds the page's own look.
        height=height, margin={"l": 8, "r": 8, "t": 34, "b": 8}, dragmode="pan",
        hovermode="closest", clickmode="event", uirevision=axes, template="none",
        legend={"title": {"text": colour_title}, "itemsizing": "constant"},
        xaxis={"title": {"text": titles[0]}, **(hidden if is_map else {})},
        yaxis={"title": {"text": titles[1]}, **(hidden if is_map else {})},
    )  # fmt: skip
    return figure


def _points(
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    marker: dict[str, object],
    hover: str,
) -> go.Scattergl:
    return go.Scattergl(
        x=x, y=y, customdata=rows, mode="markers", marker=marker, showlegend=False,
        hovertemplate=hover + "<extra></extra>",
        unselected={"marker": {"opacity": 0.12}},
    )  # fmt: skip


def limits_of(values: np.ndarray, signed: bool) -> tuple[float, float]:
    """Ends of a colour scale that covers 98 % of these values; around zero for signed ones."""
    values = np.asarray(values, float)
    if not len(values):
        return 0.0, 1.0
    if signed:
        end = float(np.quantile(np.abs(values), COVERED)) or 1.0
        return -end, end
    tail = (1 - COVERED) / 2
    low, high = (float(v) for v in np.quantile(values, [tail, 1 - tail]))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def histograms(
    whole: Mapping[str, np.ndarray],
    part: Mapping[str, np.ndarray],
    *,
    columns: int = 3,
    bins: int = 36,
) -> go.Figure:
    """One small histogram per title: all in grey, the selection in colour, as shares.

    whole, part : title -> values.
    """
    titles = list(whole)
    columns = min(columns, max(1, len(titles)))
    figure = make_subplots(
        rows=-(-len(titles) // columns), cols=columns,
        # On two lines: beside each other the long names would run into one another.
        subplot_titles=[title.replace(", ", ",<br>") for title in titles],
        vertical_spacing=0.24, horizontal_spacing=0.12,
    )  # fmt: skip
    for k, title in enumerate(titles):
        place = {"row": k // columns + 1, "col": k % columns + 1}
        values = np.asarray(whole[title], float)
        ends = np.quantile(values, [0.002, 0.998]) if len(values) else (0.0, 1.0)
        counted = np.all(values == np.round(values)) and ends[1] - ends[0] < bins
        if counted:
            edges = np.arange(np.floor(values.min()) - 0.5, np.ceil(values.max()) + 1)
        else:
            edges = np.linspace(ends[0], ends[1] if ends[1] > ends[0] else ends[0] + 1, bins + 1)
        centres = (edges[:-1] + edges[1:]) / 2
        for name, data, shade, opacity in (
            ("All shown", values, MARK, 0.5),
            ("Selection", np.asarray(part.get(title, ()), float), ACCENT, 0.65),
        ):
            if not len(data):
                continue
            share = 100 * np.histogram(data, edges)[0] / len(data)
            figure.add_trace(
                go.Bar(
                    x=centres, y=share, width=np.diff(edges), name=name, legendgroup=name,
                    showlegend=k == 0 and bool(part), marker={"color": shade, "opacity": opacity},
                    hovertemplate="%{x:.3g}: %{y:.1f} %<extra>" + name + "</extra>",
                ),
                **place,
            )  # fmt: skip
        figure.update_yaxes(ticksuffix=" %", nticks=4, **place)
    figure.update_annotations(font_size=11)
    figure.update_layout(
        height=76 + 166 * -(-len(titles) // columns), barmode="overlay", bargap=0,
        margin={"l": 8, "r": 8, "t": 72, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.1, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure


def forest(
    names: Sequence[str],
    d: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    hover: Sequence[str],
    rows: np.ndarray,
) -> go.Figure:
    """Effect sizes with their intervals, the first name on top; `customdata` is the row."""
    figure = go.Figure(
        go.Scatter(
            x=d, y=list(names), mode="markers", customdata=np.asarray(rows, np.int32),
            hovertext=list(hover), hovertemplate="<b>%{y}</b><br>%{hovertext}<extra></extra>",
            marker={"size": 8, "color": np.where(np.asarray(d) >= 0, ACCENT, WARM)},
            error_x={
                "array": np.asarray(high) - np.asarray(d),
                "arrayminus": np.asarray(d) - np.asarray(low),
                "color": MARK, "thickness": 1.5, "width": 3,
            },
        )
    )  # fmt: skip
    figure.add_vline(x=0, line_color=MARK, line_width=1)
    figure.update_layout(
        height=90 + 22 * len(names), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        xaxis={"title": {"text": "Effect size d (in standard deviations)"}, "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True, "title": None},
    )  # fmt: skip
    return figure


def element_palette(symbols: Sequence[str]) -> dict[str, str]:
    """Element -> its usual colour, carbon and hydrogen dark and light enough to be seen."""
    colours = dict(zip(symbols, element_colours(symbols), strict=True))
    return colours | VISIBLE_ELEMENTS
