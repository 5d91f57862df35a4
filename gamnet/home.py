"""Where generated files live: GAMNET_HOME, or the user's cache folder."""

import hashlib
import os
from importlib.resources import files
from pathlib import Path

from platformdirs import user_cache_dir

# A checkout has the models beside the package; a wheel brings them as a package of their own.
_BESIDE = Path(__file__).resolve().parents[1] / "pretrained"
PRETRAINED = _BESIDE if _BESIDE.is_dir() else Path(str(files("gamnet_pretrained")))


def gamnet_home() -> Path:
    """Folder for everything generated; nothing is written into the checkout at run time."""
    return Path(os.environ.get("GAMNET_HOME") or user_cache_dir("gamnet"))


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
