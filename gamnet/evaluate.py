"""A model's error on a split of the data set that it was trained on."""

from gamnet.datasets import DATASETS
from gamnet.errors import UnknownDatasetError
from gamnet.metrics import mean_absolute_errors, predicted_values
from gamnet.predict import load
from gamnet.properties import get_property


def evaluate(name: str, split: str = "test", limit: int | None = None) -> dict[str, object]:
    """Mean absolute error per property: {"split", "n", "mae": {id: {"value", "unit"}}}.

    `limit` takes the first structures of the split. The data set is prepared if need be.
    """
    model = load(name)
    if model.dataset not in DATASETS:
        raise UnknownDatasetError(
            f"The model '{name}' names the data set '{model.dataset}'",
            f"It can be measured on: {', '.join(DATASETS)}",
        )
    dataset = DATASETS[model.dataset].prepare()
    positions = dataset.positions(split)[:limit]
    predicted = predicted_values(model.network, dataset, positions)
    columns = [dataset.property_ids.index(pid) for pid in model.property_ids]
    targets = dataset.targets[positions][:, columns]  # [n, p]
    errors = mean_absolute_errors(model.property_ids, predicted, targets)
    return {
        "split": split,
        "n": len(positions),
        "mae": {
            pid: {"value": value, "unit": get_property(pid).display_unit}
            for pid, value in errors.items()
        },
    }
