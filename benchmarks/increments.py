"""Are contributions group increments? python -m benchmarks.increments.

For the extensive properties there is no orbital to compare with, but a century of group additivity:
a property is about a sum over groups, a heavy atom with what it is bonded to and its hydrogens.
Three such sums predict the DFT values of test molecules: one fitted per element, one whose
increments are the model's mean contributions (only the constant is fitted), one fitted per group,
the best that any increments can do. The closer the second is to the third, the more the
contributions are what a chemist means by a group's share.
"""

import argparse
from collections import Counter

import numpy as np

from gamnet.datasets.qm9 import QM9
from gamnet.explanation.environments import atom_environments, parse_smiles
from gamnet.prediction.shipped import load_one
from gamnet.properties import find_property

MIN_COUNT = 20  # molecules with a group, below which it has no increment of its own
RIDGE = 1e-3  # counts are linearly dependent: every bond has two ends


def groups_of(index: str) -> tuple[list[str], np.ndarray] | None:
    """Group of each heavy atom, and for every atom the place of its heavy atom; None if unclear."""
    structure = QM9().structure(index)
    molecule = parse_smiles(QM9().table().loc[index, "smiles"])
    found = atom_environments(molecule, structure.numbers, structure.positions)
    if found is None:
        return None
    heavy = np.flatnonzero(structure.numbers > 1)
    gap = structure.positions[:, None] - structure.positions[None, heavy]  # [n, n_heavy, 3]
    owner = (gap**2).sum(axis=-1).argmin(axis=1)  # [n]
    names = [f"{found[k].element}({found[k].neighbours}) {found[k].ring}" for k in heavy]
    return names, owner


def sample(split: str, count: int) -> list[str]:
    """Random molecules of a split, always the same."""
    table = QM9().table()
    members = np.sort(table.index[table["split"] == split].to_numpy(str))
    return np.random.default_rng(0).permutation(members)[:count].tolist()


def errors(name: str, n_train: int, n_test: int) -> dict[str, tuple[float, float, float]]:
    """Property -> MAE (display unit) of the sum per element, of the model's, and per group."""
    model, table = load_one(name), QM9().table()
    pids = [prop.id for prop in model.properties if prop.extensive]
    known = {k: g for k in sample("train", n_train) + sample("test", n_test)
             if (g := groups_of(k)) is not None}  # fmt: skip
    train = [k for k in sample("train", n_train) if k in known]
    test = [k for k in sample("test", n_test) if k in known]
    seen = Counter(group for k in train for group in set(known[k][0]))
    names = [group for group, times in seen.items() if times >= MIN_COUNT]
    place = {group: n for n, group in enumerate(names)}
    test = [k for k in test if all(group in place for group in known[k][0])]
    train = [k for k in train if all(group in place for group in known[k][0])]

    def counts(chosen: list[str]) -> np.ndarray:
        table = np.zeros((len(chosen), len(names)))
        for row, k in enumerate(chosen):
            np.add.at(table[row], [place[group] for group in known[k][0]], 1)
        return table  # [m, g]

    def elements(chosen: list[str]) -> np.ndarray:
        return np.array([np.bincount(QM9().structure(k).numbers, minlength=10) for k in chosen])

    total = {pid: np.zeros(len(names)) for pid in pids}
    for k, prediction in zip(train, model.predict(map(QM9().structure, train), pids), strict=True):
        groups, owner = known[k]
        for pid in pids:
            share = np.bincount(owner, prediction[pid].contributions, minlength=len(groups))
            np.add.at(total[pid], [place[group] for group in groups], share)
    in_train, in_test = counts(train), counts(test)
    result = {}
    for pid in pids:
        truth, held = table.loc[train, pid].to_numpy(), table.loc[test, pid].to_numpy()
        read = total[pid] / np.maximum(in_train.sum(axis=0), 1)  # [g]
        constant = np.median(truth - in_train @ read)
        found = (
            held - _fit(elements(train), truth, elements(test)),
            held - constant - in_test @ read,
            held - _fit(in_train, truth, in_test),
        )
        factor = find_property(QM9.properties, pid).display_factor
        result[pid] = tuple(float(np.abs(error).mean() * factor) for error in found)
    print(f"{len(test):,} test molecules, {len(names)} groups from {len(train):,} molecules\n")
    return result


def _fit(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Values of `new` [m, g] by least squares on x [n, g] and y [n], with a constant."""
    one, two = (np.column_stack([a, np.ones(len(a))]) for a in (x, new))
    return two @ np.linalg.solve(one.T @ one + RIDGE * np.eye(one.shape[1]), one.T @ y)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.increments", description=__doc__)
    parser.add_argument("--model", default="qm9")
    parser.add_argument("--train", type=int, default=5_000, help="molecules that give increments")
    parser.add_argument("--test", type=int, default=2_000)
    args = parser.parse_args()
    found = errors(args.model, args.train, args.test)
    print("| MAE against DFT | per element, fitted | model's contributions | per group, fitted |")
    print("| --- | --- | --- | --- |")
    for pid, values in found.items():
        figures = " | ".join(f"{value:.3g}" for value in values)
        print(f"| {pid} ({find_property(QM9.properties, pid).display_unit}) | {figures} |")


if __name__ == "__main__":
    main()
