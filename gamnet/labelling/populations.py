"""Truth files of the data set 'organic': python -m gamnet.labelling.populations.

The populations that stand beside the anchors' labels, and of the training split those of the
molecules of QM9 that both data sets have, as pretrained/organic/truth/SPLIT.npz.
"""

import sys

import numpy as np
import pandas as pd

from gamnet.datasets import get_dataset
from gamnet.datasets.organic import ANCHORS, anchor_id
from gamnet.errors import GAMNetError
from gamnet.explanation.truth import Truth, read_truth, write_truth
from gamnet.home import PRETRAINED

FOLDER = PRETRAINED / "organic" / "truth"
QM9_TRUTH = PRETRAINED / "qm9" / "truth" / "train.npz"
NAMES = ("homo", "lumo")


def organic_truth(split: str) -> Truth:
    """Populations of the molecules of a split of 'organic'."""
    table = get_dataset("organic").table()
    members = set(table.index[table["split"] == split])
    found: list[tuple[str, dict[str, np.ndarray]]] = []
    for path in ANCHORS.values():
        for row in pd.read_parquet(path).to_dict("records"):
            id = anchor_id(row["smiles"], row["geometry"])
            if not row["reason"] and id in members:
                found.append((id, {name: row[f"{name}_population"] for name in NAMES}))
    if split == "train":
        known = read_truth(QM9_TRUTH)
        parts = {name: known.of(name) for name in NAMES}
        for k, id in enumerate(known.ids):
            if f"qm9-{id}" in members:
                found.append((f"qm9-{id}", {name: parts[name][k] for name in NAMES}))
    return Truth(
        np.array([id for id, _ in found]),
        np.array([len(values["homo"]) for _, values in found]),
        {
            name: np.concatenate([values[name] for _, values in found]).astype(np.float32)
            for name in NAMES
        },
    )


def main() -> int:
    try:
        for split in ("train", "validation", "test"):
            truth = organic_truth(split)
            path = FOLDER / f"{split}.npz"
            write_truth(path, truth)
            print(f"wrote {path}: {len(truth.ids)} molecules")
    except GAMNetError as error:
        print(f"gamnet: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
