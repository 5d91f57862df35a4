"""A model's error on a split of the data set that it was trained on."""

from dataclasses import dataclass

import numpy as np

from gamnet.datasets import get_dataset
from gamnet.datasets.dataset import Dataset
from gamnet.evaluation.metrics import mean_absolute_errors
from gamnet.prediction.entry import PartErrors, SplitErrors
from gamnet.prediction.inference import predicted_values
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import load_one
from gamnet.properties import Property

_SEED = 0  # of the sample that `limit` takes


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model's values beside a data set's own, in the data set's order.

    positions : [m], places of the structures in the data set.
    properties : p records.  targets, predicted : [m, p], in each property's unit.
    """

    dataset: Dataset
    split: str
    positions: np.ndarray
    properties: tuple[Property, ...]
    targets: np.ndarray
    predicted: np.ndarray

    def summary(self) -> SplitErrors:
        """Mean absolute error per property."""
        errors = mean_absolute_errors(self.properties, self.predicted, self.targets)
        summary: SplitErrors = {
            "split": self.split,
            "n": len(self.positions),
            "mae": {
                prop.id: {"value": errors[prop.id], "unit": prop.display_unit}
                for prop in self.properties
            },
        }
        if self.dataset.parts is not None:
            parts = self.dataset.parts[self.positions]  # [m]
            summary["parts"] = {
                str(part): self._part(parts == part) for part in dict.fromkeys(parts.tolist())
            }
        return summary

    def _part(self, own: np.ndarray) -> dict[str, PartErrors]:
        """Errors of the structures `own` [m], of the properties that any of them knows."""
        error = np.abs(self.predicted - self.targets)[own]  # [own, p]
        known = np.isfinite(error).sum(axis=0)  # [p]
        return {
            prop.id: {
                "n": int(known[column]),
                "value": float(np.nanmean(error[:, column]) * prop.display_factor),
            }
            for column, prop in enumerate(self.properties)
            if known[column]
        }


def measure(model: Model, split: str = "test", limit: int | None = None) -> Evaluation:
    """Predict a split, or a random sample of `limit` of its structures.

    The sample is the same every time, and a larger one contains the smaller; the first structures
    of a split would be its smallest. The data set is prepared with the model's rule if need be.
    Raises UnknownDatasetError for a data set or a split that does not exist.
    """
    dataset = get_dataset(model.dataset).prepare(rule=model.info.rule)
    members = dataset.positions(split)
    chosen = np.sort(np.random.default_rng(_SEED).permutation(members)[:limit])  # [m]
    columns = [dataset.property_ids.index(pid) for pid in model.property_ids]
    return Evaluation(
        dataset=dataset,
        split=split,
        positions=chosen,
        properties=model.properties,
        targets=dataset.targets[chosen][:, columns],
        predicted=predicted_values(model.network, dataset, chosen),
    )


def evaluate(name: str, split: str = "test", limit: int | None = None) -> SplitErrors:
    """Mean absolute error per property of a shipped model or a file, as `Evaluation.summary`."""
    return measure(load_one(name), split, limit).summary()
