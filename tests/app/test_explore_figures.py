"""Figures of the page Explore by the values of their traces."""

import numpy as np
import pytest

from gamnet_app.explore import figures as figures


def cloud(**given: object) -> object:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    options = {
        "titles": ("X", "Y"), "colour": np.array([1.0, 2.0, 3.0, 4.0]), "colour_title": "C (eV)",
        "limits": (1.0, 3.0),
    }  # fmt: skip
    return figures.cloud(x, -x, np.array([7, 5, 3, 1]), **options | given)


def test_points_carry_the_rows_of_the_table() -> None:
    (trace,) = cloud().data
    assert trace.type == "scattergl"
    assert trace.customdata.tolist() == [7, 5, 3, 1]
    assert trace.x.dtype == np.float32 and trace.customdata.dtype == np.int32
    assert trace.y.tolist() == [0, -1, -2, -3]
    assert (trace.marker.cmin, trace.marker.cmax) == (1.0, 3.0)


def test_categories_are_traces_in_the_palettes_order() -> None:
    colour = np.array(["C", "H", "C", "Zz"])
    figure = cloud(colour=colour, palette={"H": "#c3cad1", "C": "#5b6670"})
    assert [trace.name for trace in figure.data] == ["H", "C", "Zz"]
    assert figure.data[1].customdata.tolist() == [7, 3]
    assert figure.data[1].marker.color == "#5b6670"


def test_maps_have_no_axes_and_parity_plots_a_diagonal() -> None:
    assert cloud(is_map=True).layout.xaxis.showticklabels is False
    (line,) = cloud(equal_line=True).layout.shapes
    assert (line.x0, line.x1) == (line.y0, line.y1) == (-3.0, 3.0)


def test_limits_cover_98_percent() -> None:
    values = np.arange(1001.0)
    assert figures.limits_of(values, signed=False) == pytest.approx((10, 990))
    assert figures.limits_of(values - 900, signed=True) == pytest.approx((-880, 880))
    assert figures.limits_of(np.full(5, 2.0), signed=False) == (1.5, 2.5)
    assert figures.limits_of(np.array([]), signed=False) == (0.0, 1.0)


def test_histograms_are_shares_of_each_group() -> None:
    whole = {"A": np.arange(100) / 7, "n": np.repeat([1, 2, 3], [50, 30, 20])}
    part = {"A": np.arange(10) / 7, "n": np.array([2, 2, 3, 3])}
    figure = figures.histograms(whole, part, columns=2)
    assert [trace.name for trace in figure.data] == ["All shown", "Selection"] * 2
    counts = figure.data[2]
    assert counts.x.tolist() == [1, 2, 3] and counts.y.tolist() == pytest.approx([50, 30, 20])
    assert figure.data[3].y.tolist() == pytest.approx([0, 50, 50])
    assert sum(figure.data[0].y) == pytest.approx(100, abs=2.1)  # the far ends are cut off
    assert len(figures.histograms(whole, {}).data) == 2


def test_forest_draws_the_intervals() -> None:
    d, low, high = np.array([2.0, -1.0]), np.array([1.5, -1.2]), np.array([2.6, -0.7])
    figure = figures.forest(["a", "b"], d, low, high, ["", ""], np.array([4, 9]))
    trace = figure.data[0]
    assert (trace.x + trace.error_x.array).tolist() == pytest.approx(high.tolist())
    assert (trace.x - trace.error_x.arrayminus).tolist() == pytest.approx(low.tolist())
    assert trace.customdata.tolist() == [4, 9] and list(trace.y) == ["a", "b"]
