"""Which networks there are, by the name that files and configurations use."""

from dataclasses import dataclass

from gamnet.errors import ConfigError
from gamnet.network.config import GAMNetConfig
from gamnet.network.interface import Network, NetworkConfig
from gamnet.network.scann import GAMNet


@dataclass(frozen=True)
class Architecture:
    """A kind of network: the type of its settings, and the module that they describe."""

    config: type[NetworkConfig]
    module: type[Network]

    def make(self, config: NetworkConfig) -> Network:
        """A network with fresh weights."""
        return self.module(config)


_ARCHITECTURES: dict[str, Architecture] = {}


def register(config: type[NetworkConfig], module: type[Network]) -> None:
    """Make a network known, by the name that its settings have."""
    _ARCHITECTURES[config.network] = Architecture(config, module)


def get_architecture(name: str) -> Architecture:
    """The network of this name; raises ConfigError, naming those that there are."""
    if name not in _ARCHITECTURES:
        raise ConfigError(f"Unknown network '{name}'", f"Available: {', '.join(_ARCHITECTURES)}")
    return _ARCHITECTURES[name]


def make_network(config: NetworkConfig) -> Network:
    """A network with these settings and fresh weights."""
    return get_architecture(config.network).make(config)


register(GAMNetConfig, GAMNet)
