"""Metal or insulator: thresholds that part made-up classes, and rates that count right."""

from types import SimpleNamespace

import numpy as np
import pytest

from gamnet.datasets import DATASETS
from gamnet.errors import ConfigError
from gamnet.evaluation import classes as fitted
from gamnet.evaluation.evaluate import Evaluation
from gamnet.prediction.classes import UNSURE, Classes
from gamnet.properties import Property


def gap(**changes: object) -> Property:
    return Property(
        **{
            "id": "gap", "symbol": "E", "name": "Gap", "unit": "eV", "display_unit": "meV",
            "display_factor": 1e3, "scaling": "intensive", "meaning": "Gap", "dataset": "made",
            "classes": ("metal", "insulator"),
        } | changes
    )  # fmt: skip


def evaluation(target: np.ndarray, predicted: np.ndarray) -> Evaluation:
    return Evaluation(
        SimpleNamespace(name="made"), "validation", np.arange(len(target)), (gap(classes=()),),
        target[:, None], predicted[:, None],
    )  # fmt: skip


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "made", SimpleNamespace(properties=(gap(),)))


def test_classes_apart_are_parted_between_them() -> None:
    values = np.array([0.0, 0.1, 0.2, 1.0, 1.5])
    is_high = np.array([False, False, False, True, True])
    assert fitted.best_threshold(values, is_high) == pytest.approx(0.6)
    assert fitted.sure_limits(values, is_high, 0.6) == (0.6, 0.6)


def test_the_threshold_is_the_best_of_all_by_brute_force() -> None:
    rng = np.random.default_rng(0)
    is_high = rng.random(60) < 0.6
    values = rng.normal(np.where(is_high, 1.0, 0.0), 0.7)

    def balanced(limit: float) -> float:
        called = values >= limit
        return (called[is_high].mean() + (~called[~is_high]).mean()) / 2

    best = max(balanced(limit) for limit in np.append(values, values.max() + 1))
    assert balanced(fitted.best_threshold(values, is_high)) == pytest.approx(best)


def test_verdicts_are_unsure_where_classes_overlap_and_right_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitted, "HOLDS", 0.95)
    rng = np.random.default_rng(1)
    target = np.where(rng.random(4000) < 0.5, 0.0, rng.uniform(0.2, 3.0, 4000))
    predicted = target + rng.normal(0, 0.3, 4000)
    (found,) = fitted.fit_classes(evaluation(target[:2000], predicted[:2000]))
    assert found.names == ("metal", "insulator") and found.low < found.high
    assert found.low <= found.threshold <= found.high
    assert found.verdict(-1.0) == "metal" and found.verdict(3.0) == "insulator"
    assert found.verdict((found.low + found.high) / 2) == UNSURE
    rates = fitted.check_classes([found], evaluation(target[2000:], predicted[2000:]))["gap"]
    assert sum(rates["n"]) == 2000 and 0 < rates["unsure"] < 0.5
    assert rates["accuracy_sure"] == pytest.approx(fitted.HOLDS, abs=0.05)
    assert rates["accuracy_sure"] > rates["accuracy"]
    called = predicted[2000:] >= found.threshold
    assert rates["accuracy"] == pytest.approx((called == (target[2000:] > 0)).mean())


def test_too_few_of_one_class_choose_nothing() -> None:
    target = np.append(np.zeros(200), np.ones(5))
    assert fitted.fit_classes(evaluation(target, target)) == ()


def test_a_record_survives_its_file_and_classes_are_two() -> None:
    one = Classes("gap", ("metal", "insulator"), 0.3, 0.1, 0.5)
    assert Classes(**one.to_dict()) == one
    with pytest.raises(ConfigError, match="classes"):
        gap(classes=("metal",))
