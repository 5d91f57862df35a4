"""What the maps of crystals say, held against what is known: python -m benchmarks.crystals.

On the test split of mp2018: the contribution of each element to the formation energy against
Pauling electronegativities and against the increments of a fit per element; how equal the scores of
sites are that symmetry makes equal; how equal a crystal's results are in another cell.
"""

import argparse

import numpy as np
from pymatgen.core import Element
from scipy.stats import bootstrap, spearmanr

from gamnet.datasets import get_dataset
from gamnet.formulas import element_counts
from gamnet.prediction.result import Prediction
from gamnet.prediction.shipped import load_one
from gamnet.structures.cell import supercell
from gamnet.structures.structure import Structure
from gamnet.structures.symmetry import SymmetryError, find_symmetry, standard_cell

MODEL, PROPERTY = "mp2018", "e_form"
MIN_CRYSTALS = 5  # with an element, of which a mean is taken
SYMMETRIC = 200  # crystals whose equal sites are compared
EXACT = 1e-3  # A: sites that are farther from equal may well have other scores
RIDGE = 1.0  # of the fit per element: some stand in a few crystals only


def site_values(prediction: Prediction) -> np.ndarray:
    """[n_atoms] n times the contribution: a site's own part, whose mean is value - baseline."""
    predicted = prediction[PROPERTY]
    assert predicted.contributions is not None
    return len(predicted.contributions) * predicted.contributions


def element_means(predictions: list[Prediction]) -> dict[str, float]:
    """Mean site value per element, over crystals: each crystal's mean counts once."""
    found: dict[str, list[float]] = {}
    for prediction in predictions:
        structure = prediction.known_structure
        values, symbols = site_values(prediction), np.array(structure.symbols)
        for symbol in set(structure.symbols):
            found.setdefault(symbol, []).append(float(values[symbols == symbol].mean()))
    return {s: float(np.mean(v)) for s, v in found.items() if len(v) >= MIN_CRYSTALS}


def fitted_increments(dataset_name: str) -> dict[str, float]:
    """Ridge fit of the training crystals' values to compositions: eV per atom of an element."""
    table = get_dataset(dataset_name).table()
    table = table[table["split"] == "train"]
    counts = element_counts(table["formula"])
    symbols = sorted(counts)
    x = np.stack([counts[s] for s in symbols], axis=1).astype(float)
    x /= x.sum(axis=1, keepdims=True)
    y = table[PROPERTY].to_numpy()
    centre = y.mean()
    weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(len(symbols)), x.T @ (y - centre))
    return dict(zip(symbols, weights.tolist(), strict=True))


def correlation(first: np.ndarray, second: np.ndarray) -> str:
    """Spearman's correlation with a 95 % interval (bootstrap over the elements)."""
    value = spearmanr(first, second).statistic
    interval = bootstrap(
        (first, second), lambda a, b: spearmanr(a, b).statistic, paired=True, vectorized=False,
        n_resamples=2000, method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return f"{value:+.2f} ({interval.low:+.2f} to {interval.high:+.2f})"


def unequal(structure: Structure, prediction: Prediction) -> float:
    """Largest difference of the GA scores of equal sites, over all properties."""
    groups = find_symmetry(structure, EXACT).groups
    return max(
        float(np.ptp(predicted.ga_scores[list(group.atoms)]))
        for predicted in prediction.properties.values()
        for group in groups
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crystals", description=__doc__)
    parser.add_argument("--limit", type=int, help="only so many crystals of the split")
    args = parser.parse_args()
    model, source = load_one(MODEL), get_dataset(MODEL)
    table = source.table()
    ids = np.random.default_rng(0).permutation(table.index[table["split"] == "test"])[: args.limit]
    structures = [source.structure(id) for id in ids]
    predictions = model.predict(structures)

    means = element_means(predictions)
    symbols = [s for s in means if not np.isnan(Element(s).X)]
    ours = np.array([means[s] for s in symbols])
    chi = np.array([Element(s).X for s in symbols])
    fitted = fitted_increments(MODEL)
    print(
        f"{len(predictions)} crystals of the test split, {len(symbols)} elements in "
        f"{MIN_CRYSTALS} or more of them; Spearman over the elements, 95 % interval:\n"
    )
    print("| mean contribution of an element to the formation energy against | correlation |")
    print("| --- | --- |")
    print(
        f"| its increment in a fit to compositions | "
        f"{correlation(ours, np.array([fitted[s] for s in symbols]))} |"
    )
    print(f"| Pauling electronegativity | {correlation(ours, chi)} |")
    print(
        f"| distance of the electronegativity from the median | "
        f"{correlation(ours, np.abs(chi - np.median(chi)))} |"
    )
    order = np.argsort(ours)
    for name, some in (("lowest", order[:8]), ("highest", order[::-1][:8])):
        print(
            f"\n{name}: "
            + ", ".join(f"{symbols[k]} {ours[k]:+.2f}" for k in some)
            + " eV per atom of the element"
        )

    differences, cells = [], []
    for structure, prediction in zip(structures, predictions, strict=True):
        if len(differences) == SYMMETRIC:
            break
        try:
            differences.append(unequal(structure, prediction))
            others = [standard_cell(structure, "primitive"), supercell(structure, (2, 1, 1))]
        except SymmetryError:
            continue
        for other in model.predict(others):
            cells.append(
                max(
                    abs(other[p].value - prediction[p].value) for p in prediction.properties
                )
            )  # fmt: skip
    print(
        f"\nEqual sites of {len(differences)} crystals: their GA scores differ by at most "
        f"{max(differences):.1e}, in the median {np.median(differences):.1e}. Values of "
        f"{len(cells)} primitive cells and cells of twice the length differ by at most "
        f"{1e3 * max(cells):.2g}, in the median by {1e3 * float(np.median(cells)):.2g} meV."
    )


if __name__ == "__main__":
    main()
