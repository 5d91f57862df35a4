"""Make the golden vectors of the tests from the full ones: python -m benchmarks.shrink_golden.

Reads GOLDEN (weights, inputs, outputs and gradients of the reference implementation), writes
tests/data/golden. What `benchmarks.reference` and the tests compare is kept to the last bit: the
weights, the gradients and the padded batch of all structures.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np

LISTS = ("NaCl", "SmFe12", "SmFe11Ti_lowsym")
PAIRS = ("base_ganorm", "plus_noganorm", "plus_noganorm_crystal")
# Values on the way that nothing compares, and what is the sum of two others.
LEFT_OUT = re.compile(
    r".*/out/(dense_embed|rbf_\w+|neighbor_[dw]|geometry_features|bf_property)$|batch/loss$"
)


def shrunk(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that are compared, of the batch: it holds every structure."""
    singles = {name.split("/")[0] for name in arrays if "/in/" in name} - {"batch"}
    return {
        name: array
        for name, array in arrays.items()
        if name.split("/")[0] not in singles and not LEFT_OUT.fullmatch(name)
    }


def main() -> None:
    checkout = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("golden", type=Path, metavar="GOLDEN")
    parser.add_argument("--output", type=Path, default=checkout / "tests" / "data" / "golden")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    for pair in PAIRS:
        small = shrunk(dict(np.load(args.golden / f"{pair}.npz")))
        np.savez_compressed(args.output / f"{pair}.npz", **small)
        described = json.loads((args.golden / f"{pair}.json").read_text())
        (args.output / f"{pair}.json").write_text(json.dumps(described) + "\n")
        weights = args.golden / f"{pair}.h5"
        if weights.is_file():
            shutil.copyfile(weights, args.output / weights.name)
    lists = json.loads((args.golden / "neighbors.json").read_text())
    text = json.dumps({name: lists[name] for name in LISTS}, separators=(",", ":"))
    text = re.sub(r"-?\d+\.\d{10,}", lambda number: f"{float(number[0]):.9f}", text)
    (args.output / "neighbors.json").write_text(text + "\n")
    print(sum(path.stat().st_size for path in args.output.iterdir()), "bytes")


if __name__ == "__main__":
    main()
