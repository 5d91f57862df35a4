"""Where a model errs: sums checked by hand."""

import numpy as np
import pandas as pd
import pytest
from records import PROPERTIES

from gamnet.evaluation import errors

HOMO = PROPERTIES["homo"]


@pytest.fixture
def frame() -> pd.DataFrame:
    """Errors +10, -20, +30, -40 meV."""
    target = np.array([-6.0, -7.0, -5.0, -8.0], np.float32)
    return pd.DataFrame(
        {
            "id": ["4", "7", "9", "12"],
            "formula": ["CH4", "C2H6O", "CHF3", "C10H8"],
            "n_atoms": [5, 9, 5, 18],
            "homo": target,
            "homo_predicted": target + np.array([0.01, -0.02, 0.03, -0.04], np.float32),
        }
    )


def test_errors_are_in_the_display_unit(frame: pd.DataFrame) -> None:
    error = errors.errors(frame, HOMO)
    assert error == pytest.approx([10, -20, 30, -40], abs=1e-3)
    total = errors.summary(error)
    assert (total.n, total.mae, total.median, total.bias) == (
        4, pytest.approx(25, abs=1e-3), pytest.approx(25, abs=1e-3), pytest.approx(-5, abs=1e-3),
    )  # fmt: skip
    assert total.tail == pytest.approx(np.quantile([10, 20, 30, 40], 0.9), abs=1e-3)


def test_groups_by_size_and_element(frame: pd.DataFrame) -> None:
    assert errors.compositions(frame).loc[3].to_dict() == {"C": 10, "H": 8, "O": 0, "F": 0}
    sizes = errors.by_heavy_atoms(frame, HOMO)
    assert {n: group.n for n, group in sizes.items()} == {1: 1, 3: 1, 4: 1, 10: 1}
    assert sizes[4].mae == pytest.approx(30, abs=1e-3)
    elements = errors.by_element(frame, HOMO)
    assert {s: group.n for s, group in elements.items()} == {"C": 4, "H": 4, "O": 1, "F": 1}
    assert elements["O"].bias == pytest.approx(-20, abs=1e-3)
    # A molecule counts once for each of its elements; every molecule has carbon here.
    assert elements["C"] == errors.summary(errors.errors(frame, HOMO))


def test_largest_errors_come_first(frame: pd.DataFrame) -> None:
    worst = errors.largest(frame, HOMO, 2)
    assert worst["id"].tolist() == ["12", "9"] and worst["formula"].tolist() == ["C10H8", "CHF3"]
    assert worst["error"].tolist() == pytest.approx([-40, 30], abs=1e-3)
    assert worst["predicted"][0] == pytest.approx(-8.04)
