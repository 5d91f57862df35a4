"""Networks with fewer properties: the heads that only taught are left behind."""

from collections.abc import Collection
from dataclasses import replace

import torch

from gamnet.errors import ConfigError
from gamnet.network.interface import Network
from gamnet.network.registry import make_network


def without(network: Network, property_ids: Collection[str]) -> Network:
    """The network without these properties; the values of all others stay as they are.

    Raises ConfigError for a property that it does not have, or one that a difference is made of.
    """
    config = network.config
    unknown = sorted(set(property_ids) - set(config.property_ids))
    if unknown:
        raise ConfigError(
            f"The network has no property '{unknown[0]}' to leave out",
            f"Available: {', '.join(config.property_ids)}",
        )
    properties = tuple(prop for prop in config.properties if prop.id not in property_ids)
    kept = [k for k, prop in enumerate(config.heads) if prop.id not in property_ids]
    with torch.random.fork_rng(devices=[]):  # what is drawn here is replaced
        smaller = make_network(replace(config, properties=properties))
    state = {
        name: rows_of_heads(weight, len(config.heads), kept) if network.of_heads(name) else weight
        for name, weight in network.state_dict().items()
    }
    smaller.load_state_dict(state, strict=True)
    return smaller.train(network.training)


def rows_of_heads(weight: torch.Tensor, n_heads: int, kept: list[int]) -> torch.Tensor:
    """The rows of some of the heads: [n_heads r, ...] -> [len(kept) r, ...]."""
    return weight.reshape(n_heads, -1, *weight.shape[1:])[kept].flatten(0, 1)
