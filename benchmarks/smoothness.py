"""Do values jump where neighbours come and go? python -m benchmarks.smoothness MODEL.

Walks straight lines between successive frames of the shipped trajectories, in many small steps,
once with neighbours that count fully or not at all and once with neighbours that fade in and out.
Of a smooth function no step is much larger than the median step of its path; a jump is. The network
runs in double precision, so that rounding is no step. Scores and contributions are told by their
largest change in any atom. Below the table: what fading costs, as neighbours per atom of random
molecules of QM9.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from gamnet.datasets.qm9 import QM9
from gamnet.examples import TRAJECTORIES
from gamnet.graphs.graph import build_graph
from gamnet.graphs.rule import MOLECULE_RULE, SMOOTH_RULE, NeighborRule, default_rule
from gamnet.network.scann import GAMNet
from gamnet.prediction.inference import graph_batches
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import load_one
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure, make_structure

POINTS = 401


@dataclass(frozen=True, eq=False)
class Walk:
    """What a network says along a path of m points.

    values : [m, p], ga_scores, contributions : [m, n_atoms, p], in property units; no contributions
    of the paper's head.
    """

    values: np.ndarray
    ga_scores: np.ndarray
    contributions: np.ndarray | None

    def steps(self) -> dict[str, np.ndarray]:
        """Size of every step, [m - 1, p] each: of the value, and the largest of any atom."""
        found = {"value": np.abs(np.diff(self.values, axis=0))}
        for name, told in (("GA scores", self.ga_scores), ("contributions", self.contributions)):
            if told is not None:
                found[name] = np.abs(np.diff(told, axis=0)).max(axis=1)
        return found


def path(start: Structure, end: Structure, points: int = POINTS) -> Iterator[Structure]:
    """The structures on the straight line between two with the same atoms, both ends included."""
    for share in np.linspace(0, 1, points):
        positions = (1 - share) * start.positions + share * end.positions
        yield make_structure(start.numbers, positions, start.lattice, start.pbc)


def walk(network: GAMNet, rule: NeighborRule, structures: list[Structure]) -> Walk:
    """A network of double precision along structures with the same atoms, under a rule."""
    values, scores, contributions = [], [], []
    for batch in graph_batches([build_graph(structure, rule) for structure in structures]):
        with torch.inference_mode():
            out = network(batch.to(torch.float64))
        values.append(out.values)
        scores.append(out.ga_scores)
        if out.contributions is not None:
            contributions.append(out.contributions)
    shape = (len(structures), -1, len(network.config.properties))
    return Walk(
        torch.cat(values).numpy(),
        torch.cat(scores).view(shape).numpy(),
        torch.cat(contributions).view(shape).numpy() if contributions else None,
    )


def frame_pairs(count: int) -> Iterator[tuple[Structure, Structure]]:
    """`count` pairs of successive frames of every shipped trajectory, evenly spread."""
    for example in TRAJECTORIES.values():
        frames = read(str(example.path))
        for first in np.linspace(0, len(frames) - 2, count).round().astype(int):
            yield frames[first], frames[first + 1]


def fading_rule(model: Model) -> NeighborRule:
    """The model's own rule, or one to compare with where its own does not fade."""
    return model.info.rule if model.info.rule.fades else SMOOTH_RULE


def measure(model: Model, pairs: int, points: int) -> list[dict[str, object]]:
    """One row per property and quantity: median and largest step, and the worst ratio of a path."""
    network = model.network.double()
    fading = fading_rule(model)
    found: dict[str, list[dict[str, np.ndarray]]] = {"hard": [], "fading": []}
    for start, end in frame_pairs(pairs):
        structures = list(path(start, end, points))
        for name, rule in (("hard", default_rule(start)), ("fading", fading)):
            found[name].append(walk(network, rule, structures).steps())
    rows = []
    for k, prop in enumerate(model.properties):
        for quantity in found["hard"][0]:
            plain = quantity == "GA scores"
            factor, unit = (1.0, "") if plain else (prop.display_factor, prop.display_unit)
            row: dict[str, object] = {"property": prop.id, "quantity": quantity, "unit": unit}
            for name, walks in found.items():
                steps = np.stack([steps[quantity][:, k] for steps in walks]) * factor  # [paths, m]
                row[name] = {
                    "median": float(np.median(steps)),
                    "largest": float(steps.max()),
                    "ratio": float((steps.max(axis=1) / np.median(steps, axis=1)).max()),
                }
            rows.append(row)
    return rows


def neighbours_per_atom(rules: dict[str, NeighborRule], count: int) -> dict[str, float]:
    """Mean number of neighbours that an atom of `count` random molecules of QM9 has, per rule."""
    ids = np.random.default_rng(0).permutation(QM9().table().index)[:count]
    structures = [QM9().structure(str(id)) for id in ids]
    n_atoms = sum(structure.n_atoms for structure in structures)
    return {
        name: sum(build_graph(s, rule).n_edges for s in structures) / n_atoms
        for name, rule in rules.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smoothness", description=__doc__)
    parser.add_argument("model", nargs="?", default="qm9", help="name or model file")
    parser.add_argument("--pairs", type=int, default=5, help="of frames, per trajectory")
    parser.add_argument("--points", type=int, default=POINTS, help="per path")
    parser.add_argument("--molecules", type=int, default=400, help="of QM9, to count neighbours")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = load_one(args.model)
    fading = fading_rule(model)
    rules = {
        f"hard ({MOLECULE_RULE.label})": MOLECULE_RULE,
        f"fading ({fading.label})": fading,
        "fading from 0 sr": replace(fading, min_angle=0.0),
    }
    counted = neighbours_per_atom(rules, args.molecules)
    rows = measure(model, args.pairs, args.points)
    if args.json:
        told = {"model": args.model, "points": args.points, "rows": rows}
        print(json.dumps({**told, "neighbours_per_atom": counted}, indent=1))
        return
    print("| | hard: median step | largest | ratio | fading: median step | largest | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        unit = f" ({row['unit']})" if row["unit"] else ""
        figures = [
            f"{row[name]['median']:.2g} | {row[name]['largest']:.2g} | {row[name]['ratio']:,.1f}"
            for name in ("hard", "fading")
        ]
        print(f"| {row['property']}, {row['quantity']}{unit} | {' | '.join(figures)} |")
    print("\nNeighbours per atom:", ", ".join(f"{name} {n:.2f}" for name, n in counted.items()))


if __name__ == "__main__":
    main()
