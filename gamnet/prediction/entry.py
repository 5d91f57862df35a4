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


class Entry(TypedDict):
    """One shipped model.

    sha256, calibration_sha256 : of the weights and of the calibration.
    dataset : its name.  properties : records.  domain : what the training data held.
    test : on the test split, as `gamnet evaluate NAME --json` prints it.
    faithfulness : property id -> map -> agreement, and under "truth" the file compared with.
    uncertainty : property id -> estimates.
    """

    sha256: str
    dataset: str
    properties: list[dict[str, Any]]
    domain: dict[str, Any]
    n_parameters: int
    test: SplitErrors
    faithfulness: NotRequired[dict[str, str | dict[str, MapAgreement]]]
    uncertainty: NotRequired[dict[str, Estimates]]
    calibration_sha256: NotRequired[str]
