"""Figures of how a model was measured; no Streamlit, no science."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gamnet.evaluation.errors import MIN_GROUP, TAIL, ErrorSummary
from gamnet.explanation.verdicts import BASELINE, MAP_NAMES
from gamnet.properties import Property, unit_text
from gamnet.views.numbers import short
from gamnet.views.palettes import ACCENT, MARK, SECOND, THIRD

_MAP_COLOURS = {
    "ga_scores": ACCENT, "contributions": SECOND, "occlusion": THIRD, BASELINE: MARK,
}  # fmt: skip
PREDICTED, ERROR = "predicted", "error"


def parity(
    ids: Sequence[str],
    formula: Sequence[str],
    target: np.ndarray,
    error: np.ndarray,
    prop: Property,
    against: str = PREDICTED,
) -> go.Figure:
    """Every structure as a point: predicted value (or error) over target.

    ids, formula, target (property unit), error (display unit) : [m]. `customdata` of each point
    is its id. against : PREDICTED or ERROR, what the vertical axis shows.
    """
    unit, small = unit_text(prop.unit), unit_text(prop.display_unit)
    predicted = target + error / prop.display_factor
    y = predicted if against == PREDICTED else error
    end = [float(target.min()), float(target.max())]
    figure = go.Figure(
        go.Scattergl(
            x=target, y=y, mode="markers", name="test structures",
            # As lists: rows of a typed array come back from a click as something else.
            customdata=[[str(id)] for id in ids],
            text=[
                f"{f}, error {short(e, sign=True)} {small}"
                for f, e in zip(formula, error, strict=True)
            ],
            hovertemplate="<b>%{customdata[0]}</b>, %{text}<br>reference %{x:.4g} " + unit
            + "<extra></extra>",
            marker={"size": 4, "color": ACCENT, "opacity": 0.4},
            # A click opens the structure; there is nothing to fade meanwhile.
            unselected={"marker": {"opacity": 0.4}},
        )
    )  # fmt: skip
    figure.add_scatter(
        x=end, y=end if against == PREDICTED else [0, 0], mode="lines", hoverinfo="skip",
        name="no error", line={"color": MARK, "width": 1.5},
    )  # fmt: skip
    label = (
        f"Predicted ({unit})" if against == PREDICTED else f"Predicted minus reference ({small})"
    )
    figure.update_layout(
        _layout(440), xaxis={"title": f"Reference ({unit})"}, yaxis={"title": label},
        showlegend=False, dragmode="pan",
    )  # fmt: skip
    return figure


def error_histogram(error: np.ndarray, total: ErrorSummary, prop: Property) -> go.Figure:
    """How often which error occurs, with the mean magnitude and the tail marked on both sides.

    error : [m], display unit. The axis ends at the 99.5 % quantile, the last bars hold the rest.
    """
    unit = unit_text(prop.display_unit)
    end = float(np.quantile(np.abs(error), 0.995)) or 1.0
    counts, edges = np.histogram(np.clip(error, -end, end), 81, range=(-end, end))
    share = counts / len(error)
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2, y=share, width=np.diff(edges), customdata=counts,
            hovertemplate="%{x:.3g} " + unit + ": %{customdata:,} structures<extra></extra>",
            marker={"color": ACCENT, "opacity": 0.75, "line": {"width": 0}},
        )
    )  # fmt: skip
    for size, text, down in ((total.mae, "mean |error|", 0), (total.tail, f"{TAIL:.0%} below", 20)):
        for sign in (-1, 1):
            figure.add_vline(x=sign * size, line_color=MARK, line_dash="dot", line_width=1.2)
        figure.add_annotation(
            x=size, y=1, yref="paper", text=text, showarrow=False, xanchor="left", yanchor="top",
            font={"size": 11}, xshift=3, yshift=-down,
        )  # fmt: skip
    figure.update_layout(
        _layout(300), bargap=0, showlegend=False, dragmode=False,
        xaxis={"title": f"Predicted minus reference ({unit})", "fixedrange": True},
        yaxis={"title": "Share of structures", "fixedrange": True, "tickformat": ".0%"},
    )  # fmt: skip
    return figure


def error_groups(
    groups: dict[object, ErrorSummary], total: ErrorSummary, prop: Property, title: str
) -> go.Figure:
    """Mean magnitude of the error per group (bar), its median and tail (marks), and the total.

    Groups of fewer than MIN_GROUP structures are drawn pale and do not set the scale: where such a
    bar ends beyond it, its mean is written at its end.
    """
    unit = unit_text(prop.display_unit)
    found = list(groups.values())
    # A category called "3" would be taken for the fourth one; with its count it is no number.
    names = [f"{name}<br>{group.n:,}" for name, group in groups.items()]
    shown = [[str(name), group.n] for name, group in groups.items()]
    top = 1.15 * max(g.tail for g in [total, *(g for g in found if g.n >= MIN_GROUP)])
    figure = go.Figure(
        go.Bar(
            x=names, y=[g.mae for g in found], name="mean",
            customdata=shown,
            hovertemplate="%{customdata[0]}: mean %{y:.3g} " + unit
            + ", %{customdata[1]:,} structures<extra></extra>",
            marker={
                "color": ACCENT, "opacity": [0.85 if g.n >= MIN_GROUP else 0.3 for g in found]
            },
        )
    )  # fmt: skip
    for name, values, symbol in (
        ("median", [g.median for g in found], "line-ew"),
        (f"{TAIL:.0%} are below", [g.tail for g in found], "triangle-down"),
    ):
        figure.add_scatter(
            x=names, y=values, mode="markers", name=name, customdata=shown,
            hovertemplate="%{customdata[0]}: " + name + " %{y:.3g} " + unit + "<extra></extra>",
            marker={"symbol": symbol, "size": 9, "color": SECOND,
                    "line": {"width": 2, "color": SECOND}},
        )  # fmt: skip
    for name, group in zip(names, found, strict=True):
        if group.mae > top:
            figure.add_annotation(
                x=name, y=top, text=f"↑ {group.mae:.3g}", showarrow=False, yanchor="top",
                font={"size": 11},
            )  # fmt: skip
    figure.add_hline(y=total.mae, line_color=MARK, line_dash="dot", line_width=1.2)
    figure.update_layout(
        _layout(320), dragmode=False, legend=_LEGEND,
        xaxis={
            "title": f"{title} (below: number of structures)", "type": "category",
            "fixedrange": True,
        },
        yaxis={"title": f"|error| ({unit})", "fixedrange": True, "range": [0, top]},
    )  # fmt: skip
    return figure


def learning_curve(
    curve: pd.DataFrame, prop: Property, over: str, published: dict[str, float]
) -> go.Figure:
    """Validation MAE (display unit, logarithmic) over "epoch" or "hours".

    published : name -> test MAE of the paper, drawn as lines.
    """
    unit = unit_text(prop.display_unit)
    words = {"epoch": "Epoch", "hours": "Hours of training"}
    figure = go.Figure(
        go.Scatter(
            x=curve[over].to_numpy(), y=curve[prop.id].to_numpy(), mode="lines+markers",
            name="validation error", line={"color": ACCENT, "width": 2}, marker={"size": 5},
            customdata=curve[["epoch", "hours"]].to_numpy(),
            hovertemplate="epoch %{customdata[0]:.0f}, %{customdata[1]:.2f} h: %{y:.3g} " + unit
            + "<extra></extra>",
        )
    )  # fmt: skip
    # As traces: on a logarithmic axis plotly puts the text of a line at the power of ten.
    ends = [float(curve[over].min()), float(curve[over].max())]
    for (name, error), dash in zip(published.items(), ("dot", "dash"), strict=False):
        figure.add_scatter(
            x=ends, y=[error, error], mode="lines+text", name=name, hoverinfo="skip",
            line={"color": MARK, "dash": dash, "width": 1.2},
            text=["", f"{name}, test: {error:g}"], textposition="top left",
            textfont={"size": 11},
        )  # fmt: skip
    figure.update_layout(
        _layout(380), showlegend=False, dragmode=False,
        xaxis={"title": words[over], "fixedrange": True},
        yaxis={"title": f"Validation MAE ({unit})", "type": "log", "fixedrange": True,
               "tickvals": _log_ticks([*curve[prop.id], *published.values()])},
    )  # fmt: skip
    return figure


def calibration(found: dict[str, object], prop: Property) -> go.Figure:
    """Actual over expected mean error of groups of equal size, rising estimate, display unit.

    found : of the index entry's "uncertainty".
    """
    unit = unit_text(prop.display_unit)
    expected, actual = found["expected"], found["actual"]
    end = 1.08 * max(*expected, *actual)
    figure = go.Figure(
        go.Scatter(
            x=[0, end], y=[0, end], mode="lines", hoverinfo="skip",
            line={"color": MARK, "width": 1.5, "dash": "dot"},
        )
    )  # fmt: skip
    figure.add_scatter(
        x=expected, y=actual, mode="lines+markers", line={"color": ACCENT, "width": 1.5},
        marker={"size": 9, "color": ACCENT},
        hovertemplate="expected %{x:.3g} " + unit + "<br>actual %{y:.3g} " + unit
        + "<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        _layout(380), showlegend=False, dragmode=False,
        xaxis={"title": f"Expected error ({unit})", "fixedrange": True, "range": [0, end]},
        yaxis={"title": f"Actual mean error ({unit})", "fixedrange": True, "range": [0, end]},
    )  # fmt: skip
    return figure


def faithfulness_bars(
    measured: dict[str, dict[str, dict[str, float]]], names: dict[str, str], of: str
) -> go.Figure:
    """A group of bars per property, a bar per map, the no-skill baseline last and grey.

    measured : property id -> map -> agreement; names : property id -> what the axis calls it;
    of : the key of the agreement that is drawn.
    """
    present = [m for m in MAP_NAMES if any(m in maps for maps in measured.values())]
    figure = go.Figure()
    for k, map_name in enumerate(present):
        values = [maps[map_name][of] if map_name in maps else None for maps in measured.values()]
        figure.add_bar(
            x=[names[pid] for pid in measured], y=values, name=MAP_NAMES[map_name],
            marker={"color": _MAP_COLOURS.get(map_name, (THIRD, MARK)[k % 2])},
            text=[None if v is None else f"{v:.2f}" for v in values], textposition="outside",
            hovertemplate="%{x}, " + MAP_NAMES[map_name] + ": %{y:.3f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        _layout(320), barmode="group", dragmode=False, legend=_LEGEND, bargap=0.35,
        xaxis={"fixedrange": True},
        yaxis={"fixedrange": True, "range": [min(0, *_lowest(measured, of)) * 1.15, 1.08]},
    )  # fmt: skip
    figure.add_hline(y=0, line_color=MARK, line_width=1)
    return figure


def _log_ticks(values: Sequence[float]) -> list[float]:
    """Round numbers around the values of a logarithmic axis, which plotly would cut to a digit."""
    low, high = min(values) / 1.3, max(values) * 1.3
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)))
    marks = np.outer(powers, (1, 1.5, 2, 3, 4, 5, 7)).ravel()
    return [float(f"{mark:.2g}") for mark in marks if low <= mark <= high]


_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def _layout(height: int) -> dict[str, object]:
    return {"height": height, "margin": {"l": 8, "r": 8, "t": 28, "b": 8}, "hovermode": "closest"}


def _lowest(measured: dict[str, dict[str, dict[str, float]]], of: str) -> list[float]:
    return [0.0, *(found[of] for maps in measured.values() for found in maps.values())]
