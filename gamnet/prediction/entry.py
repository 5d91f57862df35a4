"""Entry, what is measured of a shipped model and stored beside it as JSON."""

from typing import Any, NotRequired, TypedDict


class MeanError(TypedDict):
    """A mean absolute error, `value` in `unit`, the property's display unit."""

    value: float
    unit: str


class PartErrors(TypedDict):
    """Mean absolute error on the `n` structures of one part that know a property."""

    n: int
    value: float


class SplitErrors(TypedDict):
    """Mean absolute error per property on `n` structures of a split.

    parts : part of the data set -> property id -> its error in the unit of `mae`, where it has any.
    """

    split: str
    n: int
    mae: dict[str, MeanError]
    parts: NotRequired[dict[str, dict[str, PartErrors]]]


class MapAgreement(TypedDict):
    """Agreement of one kind of map with the truth, see `gamnet.explanation.agreement`."""

    pearson: float
    spearman: float
    top1: float
    n: int


class Estimates(TypedDict):
    """Error estimates against errors, see `gamnet.evaluation.calibrate.check_calibration`."""

    unit: str
    rank_correlation: float
    coverage: float
    expected: list[float]
    actual: list[float]
    domain: dict[str, list[float]]
    kinds: NotRequired[dict[str, list[float]]]


class ClassRates(TypedDict):
    """How often a verdict such as metal or insulator is right, see `gamnet.evaluation.classes`.

    names : of the two classes.  threshold, low, high : of the record, property units.
    n : structures of each class.  accuracy : of all at the threshold; missed : share of each class
    that is taken for the other one there.  unsure : share without a verdict; accuracy_sure : of the
    others.
    """

    names: list[str]
    threshold: float
    low: float
    high: float
    n: list[int]
    accuracy: float
    missed: list[float]
    unsure: float
    accuracy_sure: float


class Entry(TypedDict):
    """One shipped model.

    sha256, calibration_sha256 : of the weights and of the calibration.
    dataset : its name.  properties : records.  domain : what the training data held.
    test : on the test split, as `gamnet evaluate NAME --json` prints it.
    faithfulness : property id -> map -> agreement, and under "truth" the file compared with.
    uncertainty : property id -> estimates.  classes : property id -> rates of its verdicts.
    """

    sha256: str
    dataset: str
    properties: list[dict[str, Any]]
    domain: dict[str, Any]
    n_parameters: int
    test: SplitErrors
    faithfulness: NotRequired[dict[str, str | dict[str, MapAgreement]]]
    uncertainty: NotRequired[dict[str, Estimates]]
    classes: NotRequired[dict[str, ClassRates]]
    calibration_sha256: NotRequired[str]
