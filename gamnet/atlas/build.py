"""Building an atlas: choose, run the network, map, describe the environments, write."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from ase.data import chemical_symbols

from gamnet.atlas.chunks import (
    UNKNOWN,
    Chunk,
    atom_sample,
    element_totals,
    run_chunks,
)
from gamnet.atlas.tables import (
    CONTRIBUTION,
    GA,
    Atlas,
    AtlasInfo,
    check_replaceable,
    read_atlas,
    write_atlas,
)
from gamnet.chunks import NPZ, keep_chunk
from gamnet.datasets import get_dataset
from gamnet.datasets.source import DataSource
from gamnet.explanation.effect_size import clustered_variance, cohens_d, merged, moments, rest
from gamnet.formulas import element_counts
from gamnet.home import gamnet_home, sha256_of
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import available
from gamnet.structures.symmetry import crystal_system
from gamnet.writing import lock_of, new_folder

SEED = 0
MAX_MAPPED_ATOMS = 60_000
# Of a small atlas not all atoms are mapped either: two per molecule, so that the file stays small.
MAPPED_PER_MOLECULE = 2
EXAMPLES = 6  # atoms named per environment
Embed = Callable[[np.ndarray], np.ndarray]
Say = Callable[[str], None]


def weights_sha256(name: str) -> str:
    """SHA-256 of a shipped model's weights, or of a model file."""
    entries = available()
    return entries[name]["sha256"] if name in entries else sha256_of(Path(name))


def build_atlas(
    model: Model,
    folder: Path,
    limit: int | None = None,
    *,
    progress: bool = True,
    say: Say = lambda text: None,
    embed: Embed | None = None,
) -> Atlas:
    """Build the atlas of the model's data set, or of a fixed random sample of `limit` structures.

    Finished chunks and maps are kept in GAMNET_HOME until the atlas is written into `folder`: a
    second call goes on where the first stopped. A sample extends each smaller one.
    embed : [n, d] representations -> [n, 2] map; by default `gamnet.atlas.maps.embed`.
    Raises UnknownDatasetError for a data set that is not there, AtlasError for a folder that holds
    something else.
    """
    check_replaceable(folder)
    source = get_dataset(model.dataset)
    if embed is None:
        from gamnet.atlas import maps

        embed = maps.embed
    every = source.table()
    chosen = np.random.default_rng(SEED).permutation(len(every))[:limit]
    table = every.iloc[np.sort(chosen)]
    sha256 = weights_sha256(model.name)
    work = gamnet_home() / "atlas" / f".work-{sha256[:16]}-{len(table)}"
    with lock_of(work):
        _build(model, source, table, len(every), sha256, work, folder, progress, say, embed)
        shutil.rmtree(work)
    return read_atlas(folder)


def _build(
    model: Model,
    source: DataSource,
    table: pd.DataFrame,
    n_total: int,
    sha256: str,
    work: Path,
    folder: Path,
    progress: bool,
    say: Say,
    to_map: Embed,
) -> None:
    """Build an atlas of these structures of a data set of `n_total`, by way of `work`."""
    totals = element_totals(table["formula"].tolist())
    sample = atom_sample(totals, min(MAX_MAPPED_ATOMS, MAPPED_PER_MOLECULE * len(table)), SEED)
    whole = len(table) == n_total
    dataset = source.prepare(progress=progress, rule=model.info.rule) if whole else None
    ids = table.index.to_numpy()
    chunks = run_chunks(model, source, ids, sample, work, dataset, progress)
    environments, code = _environments(chunks)
    molecules = _molecules(chunks, table, model.property_ids)
    say(f"map of {len(molecules):,} structures")
    structures = np.concatenate([chunk.structures for chunk in chunks])
    heads = structures.reshape(len(structures), len(model.property_ids), -1).astype(np.float32)
    # Each property's representation has its own spread; none should drown the others.
    heads /= heads.std(axis=0).mean(axis=1, keepdims=True)[None] + 1e-12  # [m, p, d]
    points = _kept(work / "map-structures.npz", lambda: to_map(heads.reshape(len(heads), -1)))
    molecules[["map_x", "map_y"]] = points.astype(np.float32)
    atoms = _atoms(chunks, code, model.property_ids)
    say(f"map of {len(atoms):,} atoms")
    local = np.concatenate([chunk.atoms for chunk in chunks]).astype(np.float32)
    points = _kept(work / "map-atoms.npz", lambda: to_map(local))
    atoms[["map_x", "map_y"]] = points.astype(np.float32)
    statistics = _statistics(chunks, environments, code, model.property_ids)
    n_atoms = np.concatenate([chunk.n_atoms for chunk in chunks])
    lost = np.concatenate([chunk.environment for chunk in chunks])[np.cumsum(n_atoms) - 1]
    info = AtlasInfo(
        dataset=source.name,
        title=source.title,
        model=Path(model.name).stem,
        sha256=sha256,
        properties=model.properties,
        elements=tuple(chemical_symbols[z] for z in sorted(totals)),
        bonded="smiles" in table,
        symmetric="space_group" in molecules,
        additive=all(chunk.contributions.shape[1] for chunk in chunks),
        n_molecules=len(molecules),
        n_total=n_total,
        n_atoms=int(n_atoms.sum()),
        n_mapped=len(atoms),
        n_unmatched=int((lost == UNKNOWN).sum()),
        seed=SEED,
    )
    with new_folder(folder) as temporary:
        write_atlas(Atlas(info, molecules, atoms, environments, statistics), temporary)


def _kept(path: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """One array, computed once."""
    return keep_chunk(path, NPZ, lambda: {"points": compute()})["points"]


def _molecules(
    chunks: list[Chunk], table: pd.DataFrame, property_ids: tuple[str, ...]
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "id": table.index.to_numpy(),
            "formula": table["formula"].to_numpy(),
            "split": pd.Categorical(table["split"]),
            "n_atoms": table["n_atoms"].to_numpy(np.int32),
        }
    )
    counts = element_counts(table["formula"])
    none = np.zeros(len(table), np.int32)
    frame["n_heavy"] = (frame["n_atoms"] - counts.get("H", none)).astype(np.int32)
    for symbol in sorted(counts, key=chemical_symbols.index):
        frame[f"n_{symbol}"] = counts[symbol].astype(np.int32)
    if "smiles" in table:
        frame["smiles"] = np.concatenate([chunk.smiles for chunk in chunks])
        for name in ("n_rings", "n_aromatic"):
            counted = np.concatenate([getattr(chunk, name) for chunk in chunks])
            frame[name] = counted.astype(np.int16)
    groups = np.concatenate([chunk.space_group for chunk in chunks])  # [m]
    if groups.any():
        frame["space_group"] = groups.astype(np.int16)
        systems = [crystal_system(number) if number else "none" for number in groups.tolist()]
        frame["system"] = pd.Categorical(systems)
    values = np.concatenate([chunk.values for chunk in chunks])  # [m, p]
    for k, pid in enumerate(property_ids):
        frame[f"target_{pid}"] = table[pid].to_numpy(np.float32)
        frame[f"predicted_{pid}"] = values[:, k].astype(np.float32)
    return frame


def _environments(chunks: list[Chunk]) -> tuple[pd.DataFrame, np.ndarray]:
    """The table of environments, the most frequent first, and [n] each atom's row in it."""
    columns = ["element", "neighbours", "ring", "group"]
    keys = np.concatenate([chunk.environments for chunk in chunks])
    offset = np.cumsum([0] + [len(chunk.environments) for chunk in chunks])
    unique, position = np.unique(keys, axis=0, return_inverse=True)
    position = np.append(position.ravel(), UNKNOWN)  # the last for what is UNKNOWN
    code = np.concatenate(
        [
            position[np.where(chunk.environment == UNKNOWN, -1, chunk.environment + start)]
            for chunk, start in zip(chunks, offset[:-1], strict=True)
        ]
    )  # [n]
    count = np.bincount(code[code != UNKNOWN], minlength=len(unique))
    order = np.lexsort((np.arange(len(unique)), -count))
    rank = np.append(np.argsort(order), UNKNOWN)
    code = rank[code]
    frame = pd.DataFrame(unique[order], columns=columns).astype("category")
    frame["n_atoms"] = count[order]
    ids, place, i = _places(chunks)
    atoms = pd.DataFrame({"code": code, "place": place, "i": i})
    # One atom per molecule and environment, molecules in their order.
    atoms = atoms[atoms["code"] != UNKNOWN].drop_duplicates(["code", "place"])
    frame["n_molecules"] = atoms["code"].value_counts().reindex(frame.index).to_numpy()
    picked = [
        rows[np.unique(np.linspace(0, len(rows) - 1, EXAMPLES).round().astype(int))]
        for _, rows in sorted(atoms.groupby("code").indices.items())
    ]
    place, i = atoms["place"].to_numpy(), atoms["i"].to_numpy()
    frame["example_id"] = [ids[place[rows]].tolist() for rows in picked]
    frame["example_i"] = [i[rows].tolist() for rows in picked]
    return frame, code


def _places(chunks: list[Chunk]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[m] ids of the structures; [n] of every atom the place of its structure, its number there."""
    ids = np.concatenate([chunk.ids for chunk in chunks])
    n_atoms = np.concatenate([chunk.n_atoms for chunk in chunks])
    place = np.repeat(np.arange(len(ids)), n_atoms)
    first = np.repeat(np.cumsum(n_atoms) - n_atoms, n_atoms)
    return ids, place, np.arange(len(place)) - first


def _atoms(chunks: list[Chunk], code: np.ndarray, property_ids: tuple[str, ...]) -> pd.DataFrame:
    offset = np.cumsum([0] + [len(chunk.numbers) for chunk in chunks])
    taken = np.concatenate(
        [chunk.sampled + start for chunk, start in zip(chunks, offset[:-1], strict=True)]
    )  # [a]
    ids, place, i = _places(chunks)
    numbers = np.concatenate([chunk.numbers for chunk in chunks])[taken]
    frame = pd.DataFrame(
        {
            "id": ids[place[taken]],
            "i": i[taken].astype(np.int32),
            "element": pd.Categorical([chemical_symbols[z] for z in numbers]),
            "environment": code[taken].astype(np.int32),
        }
    )
    ga = np.concatenate([chunk.ga for chunk in chunks])[taken]
    contributions = np.concatenate([chunk.contributions for chunk in chunks])[taken]
    for k, pid in enumerate(property_ids):
        frame[f"{GA}_{pid}"] = ga[:, k].astype(np.float32)
        if contributions.shape[1]:
            frame[f"{CONTRIBUTION}_{pid}"] = contributions[:, k].astype(np.float32)
    return frame


def _statistics(
    chunks: list[Chunk],
    environments: pd.DataFrame,
    code: np.ndarray,
    property_ids: tuple[str, ...],
) -> pd.DataFrame:
    known = code != UNKNOWN
    group, g = code[known], len(environments)
    n_atoms = np.concatenate([chunk.n_atoms for chunk in chunks])
    molecule = np.repeat(np.arange(len(n_atoms)), n_atoms)[known]  # [n]
    element = environments["element"].cat.codes.to_numpy()  # [g]
    parts = []
    for quantity, name in ((GA, "ga"), (CONTRIBUTION, "contributions")):
        values = np.concatenate([getattr(chunk, name) for chunk in chunks])[known]  # [n, p]
        for k, pid in enumerate(property_ids[: values.shape[1]]):
            own = moments(values[:, k], group, g)
            whole = merged(own, element, int(element.max()) + 1)
            variance = clustered_variance(values[:, k], group, element, molecule)
            d, low, high = cohens_d(own, rest(whole.take(element), own), variance)
            parts.append(
                pd.DataFrame(
                    {
                        "environment": np.arange(g, dtype=np.int32),
                        "property": pid,
                        "quantity": quantity,
                        "mean": own.mean.astype(np.float32),
                        "deviation": own.deviation.astype(np.float32),
                        "d": d.astype(np.float32),
                        "low": low.astype(np.float32),
                        "high": high.astype(np.float32),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True).astype(
        {"property": "category", "quantity": "category"}
    )
