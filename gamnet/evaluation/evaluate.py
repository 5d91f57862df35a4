"""A model's error on a split of the data set that it was trained on."""

from dataclasses import dataclass

import numpy as np

from gamnet.datasets import DATASETS
from gamnet.datasets.dataset import Dataset
from gamnet.errors import UnknownDatasetError
from gamnet.evaluation.metrics import mean_absolute_errors
from gamnet.prediction.inference import predicted_values
from gamnet.prediction.model import Model, load
from gamnet.properties import get_property

_SEED = 0  # of the sample that `limit` takes


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model's values beside a data set's own, in the data set's order.

    positions : [m], places of the structures in the data set.
    property_ids : p names.  targets, predicted : [m, p], in each property's unit.
    """

    dataset: Dataset
    split: str
    positions: np.ndarray
    property_ids: tuple[str, ...]
    targets: np.ndarray
    predicted: np.ndarray

    def summary(self) -> dict[str, object]:
        """Mean absolute error per property: {"split", "n", "mae": {id: {"value", "unit"}}}."""
        errors = mean_absolute_errors(self.property_ids, self.predicted, self.targets)
        return {
            "split": self.split,
            "n": len(self.positions),
            "mae": {
                pid: {"value": value, "unit": get_property(pid).display_unit}
                for pid, value in errors.items()
            },
        }


def measure(model: Model, split: str = "test", limit: int | None = None) -> Evaluation:
    """Predict a split, or a random sample of `limit` of its structures.

    The sample is the same every time, and a larger one contains the smaller; the first structures
    of a split would be its smallest. The data set is prepared if need be.
    Raises UnknownDatasetError for a data set or a split that does not exist.
    """
    if model.dataset not in DATASETS:
        raise UnknownDatasetError(
            f"The model '{model.name}' names the data set '{model.dataset}'",
            f"It can be measured on: {', '.join(DATASETS)}",
        )
    dataset = DATASETS[model.dataset].prepare()
    members = dataset.positions(split)
    chosen = np.sort(np.random.default_rng(_SEED).permutation(members)[:limit])  # [m]
    columns = [dataset.property_ids.index(pid) for pid in model.property_ids]
    return Evaluation(
        dataset=dataset,
        split=split,
        positions=chosen,
        property_ids=model.property_ids,
        targets=dataset.targets[chosen][:, columns],
        predicted=predicted_values(model.network, dataset, chosen),
    )


def evaluate(name: str, split: str = "test", limit: int | None = None) -> dict[str, object]:
    """Mean absolute error per property of a shipped model or a file, as `Evaluation.summary`."""
    return measure(load(name), split, limit).summary()
