"""Guidance: known orbital populations as an auxiliary target of the attention.

The orbital weighted average (Chen et al., Chem. Sci. 2023, doi 10.1039/d3sc00841j): weights that
are taught where the orbital is make the value a population-weighted mean of local levels.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError
from gamnet.explanation.agreement import agreement, comparable
from gamnet.explanation.truth import read_truth
from gamnet.network.interface import Network
from gamnet.prediction.inference import outputs, store_batches

MIN_SCORE = 1e-9  # keeps the logarithm of a vanishing GA score finite


@dataclass(frozen=True, eq=False)
class Guidance:
    """Molecules of one split whose populations are known.

    positions : [m], places in the data set.  n_atoms : [m].
    columns : q places in the data set's property_ids.
    populations : [sum of n_atoms, q], molecules end to end, NaN where left out.
    """

    positions: np.ndarray
    n_atoms: np.ndarray
    columns: tuple[int, ...]
    populations: np.ndarray

    def of(self, chosen: np.ndarray) -> np.ndarray:
        """Populations of some of the molecules, end to end: [n, q]."""
        end = np.cumsum(self.n_atoms)
        return np.concatenate([self.populations[end[k] - self.n_atoms[k] : end[k]] for k in chosen])

    def n_known(self, chosen: np.ndarray) -> int:
        """Pairs of molecule and property, of some of the molecules, whose populations are known."""
        end = np.cumsum(self.n_atoms)
        parts = (self.populations[end[k] - self.n_atoms[k] : end[k]] for k in chosen)
        return sum(int(np.isfinite(part).any(axis=0).sum()) for part in parts)


def load_guidance(path: Path, dataset: Dataset, split: str) -> Guidance:
    """Read a truth file for the molecules of one split.

    Raises TruthError for a bad file, ConfigError for a molecule that is not of that split: what
    is held back must not teach.
    """
    truth = read_truth(path)
    place = {str(id): k for k, id in enumerate(dataset.ids)}
    allowed = set(dataset.positions(split).tolist())
    positions = np.array([place.get(id, -1) for id in truth.ids])
    strange = [id for id, k in zip(truth.ids, positions, strict=True) if k not in allowed]
    if strange:
        raise ConfigError(
            f"'{path}' holds molecule {strange[0]}, which is not of the {split} split",
            f"Make one with: gamnet truth --split {split}",
        )
    known = [pid for pid in truth.populations if pid in dataset.property_ids]
    if not known:
        raise ConfigError(
            f"'{path}' has populations for {', '.join(truth.populations)} only",
            f"The data set has: {', '.join(dataset.property_ids)}",
        )
    columns = tuple(dataset.property_ids.index(pid) for pid in known)
    populations = np.stack([truth.populations[pid] for pid in known], axis=1)  # [n, q]
    return Guidance(positions, truth.n_atoms, columns, populations.astype(np.float32))


def kl_divergence(scores: Tensor, populations: Tensor) -> Tensor:
    """Kullback-Leibler divergence of GA scores from populations, summed over what is known.

    sum_i p_i ln(p_i / s_i), whose gradient is the cross-entropy's and which is 0 for a true map.
    scores, populations : [n_atoms, q]; a molecule whose populations are NaN does not count.
    """
    known = ~torch.isnan(populations)
    p = torch.where(known, populations, 0.0).clamp(min=0.0)  # [n_atoms, q]
    ratio = torch.log(p.clamp(min=MIN_SCORE)) - torch.log(scores.clamp(min=MIN_SCORE))
    return (p * ratio).sum()


def guidance_loss(ga_scores: Tensor, guidance: Guidance, chosen: np.ndarray) -> Tensor:
    """Divergence of GA scores [n, p] from the known populations of a batch's last structures."""
    populations = torch.from_numpy(guidance.of(chosen)).to(ga_scores.device)  # [n, q]
    return kl_divergence(ga_scores[-len(populations) :, list(guidance.columns)], populations)


def population_correlation(
    model: Network, dataset: Dataset, guidance: Guidance
) -> dict[str, float]:
    """Mean Pearson correlation of GA scores and populations over the heavy atoms per molecule."""
    numbers = [np.zeros(0)]
    scores = [np.zeros((0, len(guidance.columns)))]
    for batch, out in outputs(model, store_batches(dataset, guidance.positions)):
        numbers.append(batch.numbers.cpu().numpy())
        scores.append(out.ga_scores[:, list(guidance.columns)].cpu().numpy())
    heavy = np.concatenate(numbers) > 1  # [n]
    found = np.concatenate(scores).astype(np.float64)  # [n, q]
    cuts = np.cumsum(guidance.n_atoms)[:-1]
    result = {}
    for q, column in enumerate(guidance.columns):
        maps, truths = [], []
        parts = (np.split(a, cuts) for a in (heavy, found[:, q], guidance.populations[:, q]))
        for mask, score, population in zip(*parts, strict=True):
            truth = population[mask]
            if comparable(truth):
                maps.append(score[mask])
                truths.append(truth)
        if maps:
            result[dataset.property_ids[column]] = agreement(maps, truths).pearson
    return result
