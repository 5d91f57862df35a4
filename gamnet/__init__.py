"""GAMNet: predict a structure's properties and see which local structures they attend to."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Loaded on first use: `import gamnet` must not wait for torch.
_LAZY = {
    "read": "gamnet.datasets",
    "load": "gamnet.prediction.auto",
    "Structure": "gamnet.structures.structure",
    "Prediction": "gamnet.prediction.result",
    "notebook_view": "gamnet.views.notebook",
}
__all__ = ["__version__", *_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'gamnet' has no attribute '{name}'")
    return getattr(import_module(_LAZY[name]), name)
