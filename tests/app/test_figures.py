"""Figures by the values of their traces."""

import re

import numpy as np
import pytest

from gamnet_app.shared.figures import MAX_BARS, atom_bars, distribution, shown_atoms


def bars(values, selected=(), **kwargs):
    n = len(values)
    labels = [f"C{i}" for i in range(n)]
    colours = [f"#{i:06x}" for i in range(n)]
    hover = [f"atom {i}" for i in range(n)]
    figure = atom_bars(
        labels, np.array(values), colours, title="t", hover=hover, selected=selected, **kwargs
    )
    return figure, figure.data[0]


def test_every_atom_has_its_value_colour_and_index() -> None:
    _, trace = bars([0.5, -1.0, 2.0])
    assert list(trace.x) == ["C0", "C1", "C2"]
    assert list(trace.y) == [0.5, -1.0, 2.0]
    assert [row[0] for row in trace.customdata] == [0, 1, 2]
    assert list(trace.marker.color) == ["#000000", "#000001", "#000002"]
    assert list(trace.marker.opacity) == [1, 1, 1]


def test_selected_atoms_stand_out() -> None:
    _, trace = bars([1.0, 2.0, 3.0], selected=[1])
    assert trace.marker.opacity[1] == 1 > max(trace.marker.opacity[0], trace.marker.opacity[2])
    assert trace.marker.line.width[1] > trace.marker.line.width[0]


def test_average_is_marked_only_where_it_means_something() -> None:
    with_average, _ = bars([1.0, 1.0], average=1.0)
    without, _ = bars([1.0, 1.0])
    assert [shape.y0 for shape in with_average.layout.shapes] == [0, 1.0]
    assert [shape.y0 for shape in without.layout.shapes] == [0]


def test_of_many_atoms_the_largest_and_the_selected_are_drawn_in_order() -> None:
    values = np.linspace(-1, 1, 500)
    shown = shown_atoms(values, selected=[250])  # the smallest of all
    assert len(shown) == MAX_BARS
    assert 250 in shown and 0 in shown and 499 in shown
    assert (np.diff(shown) > 0).all()
    left_out = np.setdiff1d(np.arange(500), shown)
    assert np.abs(values[left_out]).max() <= np.abs(values[np.setdiff1d(shown, [250])]).min()
    _, trace = bars(values, selected=[250])
    assert [row[0] for row in trace.customdata] == shown.tolist()


@pytest.mark.parametrize(("value", "at"), [(5.0, 50.0), (2.5, 25.0), (-100.0, 1.0), (99.0, 99.0)])
def test_distribution_marks_the_value(value: float, at: float) -> None:
    svg = distribution(np.array([1, 4, 2, 0]), np.linspace(0, 10, 5), value)
    assert float(re.search(r'd="M([\d.]+) 0V', svg)[1]) == at
    heights = [float(y) for y in re.findall(r"L[\d.]+ ([\d.]+)H", svg)]
    assert heights == [15.0, 0.0, 10.0, 20.0]  # from the top: the fullest bin touches it
