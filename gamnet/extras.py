"""What only some uses of gamnet need comes as an extra; its absence is said in words."""

from importlib.util import find_spec

from gamnet.errors import ConfigError


def require(module: str, extra: str) -> None:
    """Raise ConfigError, naming the extra that brings it, if a module is not installed."""
    if find_spec(module) is None:
        raise ConfigError(
            f"{module} is not installed",
            f"Install gamnet with the extra '{extra}': pip install '.[{extra}]' in the checkout",
        )
