"""How large the HTML report is, by number of molecules: python -m benchmarks.report."""

import argparse
from datetime import date

import numpy as np

import gamnet
from gamnet.datasets.qm9 import QM9
from gamnet.export.report import about, to_html


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("--molecules", type=int, nargs="+", default=[1, 10, 50], help="of QM9")
    args = parser.parse_args()
    source, model = QM9(), gamnet.load("qm9")
    table = source.table()
    members = np.random.default_rng(0).permutation(table.index[table["split"] == "test"])
    predictions = model.predict([source.structure(id) for id in members[: max(args.molecules)]])
    print("| molecules | size of the report (MB) |")
    print("| --- | --- |")
    for n in args.molecules:
        size = len(to_html(predictions[:n], about(model), date.today().isoformat()).encode())
        print(f"| {n} | {size / 1e6:.2f} |")


if __name__ == "__main__":
    main()
