"""The long part of an atlas: every molecule through the network, in chunks that are kept."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from ase.data import chemical_symbols
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from tqdm import tqdm

from gamnet.datasets import qm9
from gamnet.explanation.environments import Environment, atom_environments, parse_smiles
from gamnet.formulas import element_counts
from gamnet.graphs.graph import GraphBatch, build_graph, collate
from gamnet.graphs.store import GraphStore
from gamnet.network.acceleration import fast_products
from gamnet.prediction.model import Model
from gamnet.structures.structure import Structure

CHUNK = 2048  # molecules between two saves
BATCH = 128  # molecules at once through the network: what fits the cache
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Chunk:
    """What the network makes of m molecules with n atoms, end to end.

    index, n_atoms : [m].  smiles : [m], canonical.  n_rings, n_aromatic : [m].
    values : [m, p], property units.  structures : [m, p * d] float16, attended means of the keys.
    numbers : [n].  ga, contributions : [n, p]; GA score x n_atoms; contributions may be [n, 0].
    environment : [n], position in `environments`, UNKNOWN where geometry and SMILES disagree.
    environments : [k, 4] text, the fields of `Environment`.
    sampled : [a] atoms, counted through the chunk, that were asked for.
    atoms : [a, d] float16, their local-structure representations.
    """

    index: np.ndarray
    n_atoms: np.ndarray
    smiles: np.ndarray
    n_rings: np.ndarray
    n_aromatic: np.ndarray
    values: np.ndarray
    structures: np.ndarray
    numbers: np.ndarray
    ga: np.ndarray
    contributions: np.ndarray
    environment: np.ndarray
    environments: np.ndarray
    sampled: np.ndarray
    atoms: np.ndarray


def run_chunks(
    model: Model,
    index: np.ndarray,
    sample: dict[int, np.ndarray],
    folder: Path,
    graphs: GraphStore | None = None,
    progress: bool = True,
    size: int = CHUNK,
) -> list[Chunk]:
    """Compute the chunks that are not in `folder` yet, and read them all.

    index : QM9 Indices.  sample : atomic number -> which atoms of that element, counted through
    all molecules in this order, to keep the representations of.
    graphs : the whole data set, prepared; else the graphs are built here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runs = [index[k : k + size] for k in range(0, len(index), size)]
    paths = [folder / f"{k:04d}.npz" for k in range(len(runs))]
    seen: dict[int, int] = {}
    chunks = []
    with tqdm(total=len(index), unit="molecule", disable=not progress) as bar:
        for run, path in zip(runs, paths, strict=True):
            if not path.is_file():
                chunk = _chunk(model, run, sample, seen, graphs, bar)
                temporary = path.with_suffix(".partial.npz")
                np.savez(temporary, **vars(chunk))
                temporary.replace(path)
            else:
                with np.load(path, allow_pickle=False) as file:
                    chunk = Chunk(**file)
                bar.update(len(run))
            for z in np.unique(chunk.numbers).tolist():
                seen[z] = seen.get(z, 0) + int((chunk.numbers == z).sum())
            chunks.append(chunk)
    return chunks


@dataclass
class _Collected:
    """Per molecule or per batch, what the network and RDKit gave."""

    smiles: list[str] = field(default_factory=list)
    rings: list[tuple[int, int]] = field(default_factory=list)
    environment: list[int] = field(default_factory=list)
    known: dict[Environment, int] = field(default_factory=dict)

    def add(self, structure: Structure) -> None:
        text = str(structure.info["smiles"])
        molecule = parse_smiles(text)
        self.smiles.append(text if molecule is None else Chem.MolToSmiles(molecule))
        self.rings.append(
            (0, 0)
            if molecule is None
            else (
                rdMolDescriptors.CalcNumRings(molecule),
                rdMolDescriptors.CalcNumAromaticRings(molecule),
            )
        )
        found = atom_environments(molecule, structure.numbers, structure.positions)
        if found is None:
            self.environment += [UNKNOWN] * structure.n_atoms
        else:
            self.environment += [self.known.setdefault(e, len(self.known)) for e in found]


def _chunk(
    model: Model,
    index: np.ndarray,
    sample: dict[int, np.ndarray],
    seen: dict[int, int],
    graphs: GraphStore | None,
    bar: tqdm,
) -> Chunk:
    collected = _Collected()
    values, representations, ga, contributions, local, numbers, n_atoms = ([] for _ in range(7))
    for start in range(0, len(index), BATCH):
        run = index[start : start + BATCH]
        structures = [qm9.structure(int(i)) for i in run]
        for structure in structures:
            collected.add(structure)
        with torch.inference_mode(), fast_products():
            batch = _batch(model, run, structures, graphs)
            out = model.network(batch)
        size = batch.n_atoms_of.index_select(0, batch.structure)  # [n]
        values.append(out.values.numpy())
        representations.append(out.structures.flatten(1).half().numpy())  # [s, p, d] -> [s, p * d]
        ga.append((out.ga_scores * size.unsqueeze(1)).numpy())
        local.append(out.atoms.half().numpy())
        numbers.append(batch.numbers.numpy())
        n_atoms.append(batch.n_atoms_of.numpy())
        if out.contributions is not None:
            contributions.append(out.contributions.numpy())
        bar.update(len(run))
    z = np.concatenate(numbers)
    sampled = _sampled(z, sample, seen)
    return Chunk(
        index=index,
        n_atoms=np.concatenate(n_atoms),
        smiles=np.array(collected.smiles),
        n_rings=np.array(collected.rings)[:, 0],
        n_aromatic=np.array(collected.rings)[:, 1],
        values=np.concatenate(values),
        structures=np.concatenate(representations),
        numbers=z.astype(np.uint8),
        ga=np.concatenate(ga),
        contributions=np.concatenate(contributions) if contributions else np.empty((len(z), 0)),
        environment=np.array(collected.environment),
        environments=np.array(
            [(e.element, e.neighbours, e.ring, e.group) for e in collected.known], dtype=str
        ).reshape(-1, 4),
        sampled=sampled,
        atoms=np.concatenate(local)[sampled],
    )


def _batch(
    model: Model, index: np.ndarray, structures: list[Structure], graphs: GraphStore | None
) -> GraphBatch:
    if graphs is None:
        return collate([build_graph(s, model.info.rule) for s in structures])
    return graphs.batch(qm9.load_table().index.get_indexer(index))


def _sampled(
    numbers: np.ndarray, sample: dict[int, np.ndarray], seen: dict[int, int]
) -> np.ndarray:
    """Positions in the chunk, rising, of the atoms asked for; `seen` were in chunks before."""
    found = [np.empty(0, np.int64)]
    for z, ranks in sample.items():
        places = np.flatnonzero(numbers == z)
        wanted = ranks - seen.get(z, 0)
        found.append(places[wanted[(wanted >= 0) & (wanted < len(places))]])
    return np.sort(np.concatenate(found))


def atom_sample(totals: dict[int, int], n: int, seed: int) -> dict[int, np.ndarray]:
    """Which atoms of each element to take, `n` in all, with shares as even as the totals allow.

    totals : atomic number -> atoms there are.  Returns atomic number -> rising ranks.
    """
    shares, left = {}, min(n, sum(totals.values()))
    # From the rarest element on: what one cannot fill is left to the more frequent ones.
    order = sorted(totals, key=lambda z: (totals[z], z))
    for k, z in enumerate(order):
        shares[z] = min(totals[z], left // (len(order) - k))
        left -= shares[z]
    rng = np.random.default_rng(seed)
    return {z: np.sort(rng.choice(totals[z], shares[z], replace=False)) for z in sorted(totals)}


def element_totals(formulas: list[str]) -> dict[int, int]:
    """Atomic number -> number of atoms in molecules of these formulas."""
    counts = element_counts(formulas)
    return {chemical_symbols.index(symbol): int(n.sum()) for symbol, n in counts.items()}
