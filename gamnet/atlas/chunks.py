"""The long part of an atlas: every structure through the network, in chunks that are kept."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from ase.data import chemical_symbols
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from tqdm import tqdm

from gamnet.chunks import NPZ, Kind, chunk_path, keep_chunk
from gamnet.datasets.dataset import Dataset
from gamnet.datasets.source import DataSource
from gamnet.explanation.environments import (
    Environment,
    atom_environments,
    coordination_environments,
    parse_smiles,
)
from gamnet.formulas import element_counts
from gamnet.graphs.graph import GraphBatch, build_graph
from gamnet.prediction.inference import graph_batches, outputs, store_batches
from gamnet.prediction.model import Model
from gamnet.structures.symmetry import SymmetryError, find_symmetry

CHUNK = 2048  # structures between two saves
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Chunk:
    """What the network makes of m structures with n atoms, end to end.

    ids : [m] text.  n_atoms : [m].  smiles : [m], canonical; "" where the data set has none.
    n_rings, n_aromatic : [m], 0 without SMILES.  space_group : [m] number, 0 without one.
    values : [m, p], property units.  structures : [m, p * d] float16, attended means of the keys.
    numbers : [n].  ga, contributions : [n, p]; GA score x n_atoms; contributions may be [n, 0].
    environment : [n], position in `environments`, UNKNOWN where geometry and SMILES disagree.
    environments : [k, 4] text, the fields of `Environment`.
    sampled : [a] atoms, counted through the chunk, that were asked for.
    atoms : [a, d] float16, their local-structure representations.
    """

    ids: np.ndarray
    n_atoms: np.ndarray
    smiles: np.ndarray
    n_rings: np.ndarray
    n_aromatic: np.ndarray
    space_group: np.ndarray
    values: np.ndarray
    structures: np.ndarray
    numbers: np.ndarray
    ga: np.ndarray
    contributions: np.ndarray
    environment: np.ndarray
    environments: np.ndarray
    sampled: np.ndarray
    atoms: np.ndarray


CHUNKS: Kind[Chunk] = Kind(
    NPZ.suffix,
    lambda chunk, path: NPZ.write(vars(chunk), path),
    lambda path: Chunk(**NPZ.read(path)),
)


def run_chunks(
    model: Model,
    source: DataSource,
    ids: np.ndarray,
    sample: dict[int, np.ndarray],
    folder: Path,
    dataset: Dataset | None = None,
    progress: bool = True,
    size: int = CHUNK,
) -> list[Chunk]:
    """Compute the chunks that are not in `folder` yet, and read them all.

    ids : [m] of the data set.  sample : atomic number -> which atoms of that element, counted
    through all structures in this order, to keep the representations of.
    dataset : the whole data set, prepared; else the graphs are built here.
    """
    runs = [ids[k : k + size] for k in range(0, len(ids), size)]
    seen: dict[int, int] = {}
    chunks = []
    with tqdm(total=len(ids), unit="structure", disable=not progress) as bar:
        for place, run in enumerate(runs):
            path = chunk_path(folder, place, _holds(run, sample, seen), NPZ.suffix)
            compute = partial(_chunk, model, source, run, sample, dict(seen), dataset)
            chunk = keep_chunk(path, CHUNKS, compute)
            bar.update(len(run))
            for z in np.unique(chunk.numbers).tolist():
                seen[z] = seen.get(z, 0) + int((chunk.numbers == z).sum())
            chunks.append(chunk)
    return chunks


def _holds(ids: np.ndarray, sample: dict[int, np.ndarray], seen: dict[int, int]) -> Iterator[str]:
    """What a chunk of a model depends on: its structures, and which of their atoms are wanted."""
    yield from map(str, ids)
    for z, ranks in sorted(sample.items()):
        digest = hashlib.sha256(ranks.astype(np.int64).tobytes()).hexdigest()
        yield f"{z} {seen.get(z, 0)} {digest}"


@dataclass
class _Collected:
    """Per structure, what RDKit or the distances gave."""

    smiles: list[str] = field(default_factory=list)
    rings: list[tuple[int, int]] = field(default_factory=list)
    environment: list[int] = field(default_factory=list)
    known: dict[Environment, int] = field(default_factory=dict)

    def add_molecule(self, text: str, numbers: np.ndarray, positions: np.ndarray) -> None:
        """A molecule whose bonds its SMILES names."""
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
        found = atom_environments(molecule, numbers, positions)
        self._add(len(numbers), found)

    def add_batch(self, batch: GraphBatch, places: list[str]) -> None:
        """Structures without SMILES; places : [n_atoms] symmetry of the sites, "" for none."""
        numbers, i, j, distance = (
            part.cpu().numpy() for part in (batch.numbers, batch.i, batch.j, batch.distance)
        )
        found = coordination_environments(numbers, i, j, distance, places)
        self.smiles += [""] * batch.n_structures
        self.rings += [(0, 0)] * batch.n_structures
        self._add(batch.n_atoms, found)

    def _add(self, n_atoms: int, found: list[Environment] | None) -> None:
        self.environment += (
            [UNKNOWN] * n_atoms
            if found is None
            else [self.known.setdefault(e, len(self.known)) for e in found]
        )


def _chunk(
    model: Model,
    source: DataSource,
    ids: np.ndarray,
    sample: dict[int, np.ndarray],
    seen: dict[int, int],
    dataset: Dataset | None,
) -> Chunk:
    collected = _Collected()
    values, representations, ga, contributions, local, numbers, n_atoms = ([] for _ in range(7))
    table = source.table()
    bonded = "smiles" in table
    if bonded:
        for id, text in zip(ids, table["smiles"].reindex(ids), strict=True):
            structure = source.structure(str(id))
            collected.add_molecule(str(text), structure.numbers, structure.positions)
    groups, places = _symmetries(source, ids)
    first = 0
    for batch, out in outputs(model.network, _batches(model, source, ids, dataset)):
        if not bonded:
            collected.add_batch(batch, places[first : first + batch.n_atoms])
        first += batch.n_atoms
        size = batch.n_atoms_of.index_select(0, batch.structure)  # [n]
        values.append(out.values.cpu().numpy())
        # [s, p, d] -> [s, p * d]
        representations.append(out.structures.flatten(1).half().cpu().numpy())
        ga.append((out.ga_scores * size.unsqueeze(1)).cpu().numpy())
        local.append(out.atoms.half().cpu().numpy())
        numbers.append(batch.numbers.cpu().numpy())
        n_atoms.append(batch.n_atoms_of.cpu().numpy())
        if out.contributions is not None:
            contributions.append(out.contributions.cpu().numpy())
    z = np.concatenate(numbers)
    sampled = _sampled(z, sample, seen)
    return Chunk(
        ids=np.array(ids, dtype=str),
        n_atoms=np.concatenate(n_atoms),
        smiles=np.array(collected.smiles),
        n_rings=np.array(collected.rings)[:, 0],
        n_aromatic=np.array(collected.rings)[:, 1],
        space_group=np.array(groups),
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


def _symmetries(source: DataSource, ids: np.ndarray) -> tuple[list[int], list[str]]:
    """Number of each space group and symmetry of every atom's site; 0 and "" where none is."""
    groups: list[int] = []
    places: list[str] = []
    for id, n_atoms in zip(ids, source.table()["n_atoms"].reindex(ids), strict=True):
        number, own = 0, [""] * int(n_atoms)
        if source.periodic:
            try:
                found = find_symmetry(source.structure(str(id)))
            except SymmetryError:  # of a slab, say: it counts without one
                found = None
            if found is not None:
                number = found.number
                for group in found.groups:
                    for atom in group.atoms:
                        own[atom] = group.site_symmetry
        groups.append(number)
        places += own
    return groups, places


def _batches(
    model: Model, source: DataSource, ids: np.ndarray, dataset: Dataset | None
) -> Iterator[GraphBatch]:
    if dataset is None:
        rule = model.info.rule
        return graph_batches([build_graph(source.structure(str(id)), rule) for id in ids])
    return store_batches(dataset, source.table().index.get_indexer(ids))


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
    """Atomic number -> number of atoms in structures of these formulas."""
    counts = element_counts(formulas)
    return {chemical_symbols.index(symbol): int(n.sum()) for symbol, n in counts.items()}
