"""Learning rate and order of the data, as functions of the step alone."""

import math

import numpy as np

from gamnet.training.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, n_steps: int) -> float:
    """Linear warm-up, then a cosine that ends at zero with the last step."""
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(n_steps - config.warmup_steps, 1)
    return config.lr * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def epoch_order(config: TrainConfig, parts: np.ndarray, epoch: int) -> np.ndarray:
    """Places of the training structures in the order of an epoch, [epoch_size].

    parts : [n], the part of the data set that each is of. Depends on seed and epoch alone.
    """
    random = np.random.default_rng((config.seed, epoch))
    chosen = []
    for part, places in _by_part(parts):
        whole, more = _shares(config, part, len(places))
        chosen += [np.tile(places, whole), random.permutation(places)[:more]]
    return random.permutation(np.concatenate(chosen))


def epoch_size(config: TrainConfig, parts: np.ndarray) -> int:
    """How many structures an epoch has; the same in each."""
    counted = 0
    for part, places in _by_part(parts):
        whole, more = _shares(config, part, len(places))
        counted += whole * len(places) + more
    return counted


def _by_part(parts: np.ndarray) -> list[tuple[str, np.ndarray]]:
    return [(str(part), np.flatnonzero(parts == part)) for part in np.unique(parts)]


def _shares(config: TrainConfig, part: str, n: int) -> tuple[int, int]:
    """How often all n come, and how many of them once more."""
    copies = config.copies.get(part, 1.0)
    return int(copies), round((copies - int(copies)) * n)


def guided_batch(config: TrainConfig, n: int, step: int) -> np.ndarray:
    """Which of n guided molecules a step adds; depends on seed and step alone."""
    if config.guidance is None:
        return np.zeros(0, np.int64)
    count = min(config.guidance.batch_size, n)
    return np.random.default_rng((config.seed, 1, step)).choice(n, count, replace=False)
