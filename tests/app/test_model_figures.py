"""The figures of the page Models by the values of their traces."""

import numpy as np
import pandas as pd
import pytest
from records import PROPERTIES

from gamnet.evaluation.errors import ErrorSummary, summary
from gamnet_app.models import figures

HOMO = PROPERTIES["homo"]
TARGET = np.array([-7.0, -6.0, -5.0])
ERROR = np.array([10.0, -20.0, 500.0])  # meV


def parity(against: str):
    return figures.parity(["5", "6", "mp-8"], ["CH4", "CO", "H2O"], TARGET, ERROR, HOMO, against)


def test_parity_holds_every_structure_with_its_id() -> None:
    points, line = parity(figures.PREDICTED).data
    assert points.type == "scattergl"
    assert points.x.tolist() == TARGET.tolist()
    assert points.y.tolist() == pytest.approx([-6.99, -6.02, -4.5])
    assert [row[0] for row in points.customdata] == ["5", "6", "mp-8"]
    assert points.text[1] == "CO, error −20 meV"
    assert list(line.x) == list(line.y) == [-7.0, -5.0]


def test_parity_against_the_error() -> None:
    figure = parity(figures.ERROR)
    points, line = figure.data
    assert points.y.tolist() == ERROR.tolist() and list(line.y) == [0, 0]
    assert figure.layout.yaxis.title.text == "Predicted minus reference (meV)"


def test_histogram_leaves_no_molecule_out() -> None:
    error = np.append(np.random.default_rng(0).normal(scale=20, size=999), 9000.0)
    total = summary(error)
    figure = figures.error_histogram(error, total, HOMO)
    (bars,) = figure.data
    assert bars.customdata.sum() == 1000 and bars.y.sum() == pytest.approx(1)
    assert bars.x.max() < 100 and bars.customdata[-1] >= 1  # the outlier is in the last bar
    marks = sorted(shape.x0 for shape in figure.layout.shapes)
    assert marks == pytest.approx(sorted([-total.mae, total.mae, -total.tail, total.tail]))


def test_small_groups_are_pale_and_do_not_set_the_scale() -> None:
    groups = {3: ErrorSummary(2, 800, 800, 900, 0), 9: ErrorSummary(5000, 40, 30, 100, 0)}
    figure = figures.error_groups(groups, ErrorSummary(5002, 41, 30, 101, 0), HOMO, "Atoms")
    bars, median, tail = figure.data
    assert list(bars.x) == ["3<br>2", "9<br>5,000"] and list(bars.y) == [800, 40]
    assert list(median.x) == list(tail.x) == list(bars.x)
    assert list(median.y) == [800, 30] and list(tail.y) == [900, 100]
    assert bars.marker.opacity[0] < bars.marker.opacity[1]
    assert figure.layout.yaxis.range == pytest.approx((0, 1.15 * 101))
    assert [(note.x, note.text) for note in figure.layout.annotations] == [("3<br>2", "↑ 800")]


def test_learning_curve_over_epochs_and_hours() -> None:
    curve = pd.DataFrame({"epoch": [1, 2], "hours": [0.5, 1.0], "homo": [90.0, 70.0]})
    for over, x in (("epoch", [1, 2]), ("hours", [0.5, 1.0])):
        figure = figures.learning_curve(curve, HOMO, over, {"SCANN": 41.0})
        line, scann = figure.data
        assert line.x.tolist() == x and line.y.tolist() == [90.0, 70.0]
        assert figure.layout.yaxis.type == "log"
        assert list(scann.x) == x and list(scann.y) == [41.0, 41.0]
        assert list(figure.layout.yaxis.tickvals) == [40, 50, 70, 100]
        assert scann.text[1] == "SCANN, test: 41"
        assert not figure.layout.annotations  # which would be at 10 to the 41st


def test_calibration_has_a_point_per_group() -> None:
    found = {"expected": [20.0, 40.0], "actual": [18.0, 44.0]}
    line, groups = figures.calibration(found, HOMO).data
    assert list(groups.x) == [20.0, 40.0] and list(groups.y) == [18.0, 44.0]
    assert list(line.x) == list(line.y) and line.x[1] > 44.0


def test_faithfulness_shows_every_map_and_the_baseline_grey() -> None:
    def found(value: float) -> dict[str, float]:
        return {"pearson": value, "spearman": value / 2, "top1": 0.5, "n": 400}

    measured = {
        "homo": {"ga_scores": found(0.27), "element_mean": found(0.5)},
        "lumo": {
            "ga_scores": found(0.77), "contributions": found(-0.2), "element_mean": found(0.07),
        },
    }  # fmt: skip
    names = {"homo": "HOMO", "lumo": "LUMO"}
    figure = figures.faithfulness_bars(measured, names, "spearman")
    heights = {bar.name: list(bar.y) for bar in figure.data}
    assert heights == {
        "GA scores": [0.135, 0.385],
        "Contributions (magnitude)": [None, -0.1],
        "Element means (no skill)": [0.25, 0.035],
    }
    assert figure.data[-1].marker.color == "#7d8a97"
    assert figure.layout.yaxis.range[0] < -0.1
