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


def epoch_order(config: TrainConfig, n: int, epoch: int) -> np.ndarray:
    """The order of the training structures in an epoch; depends on seed and epoch alone."""
    return np.random.default_rng((config.seed, epoch)).permutation(n)


def guided_batch(config: TrainConfig, n: int, step: int) -> np.ndarray:
    """Which of n guided molecules a step adds; depends on seed and step alone."""
    if config.guidance is None:
        return np.zeros(0, np.int64)
    count = min(config.guidance.batch_size, n)
    return np.random.default_rng((config.seed, 1, step)).choice(n, count, replace=False)
