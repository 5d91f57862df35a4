"""Where generated files live: GAMNET_HOME, or the user's cache folder."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_dir


def gamnet_home() -> Path:
    """Folder for everything generated; nothing is written into the checkout at run time."""
    return Path(os.environ.get("GAMNET_HOME") or user_cache_dir("gamnet"))


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes its final name only when everything in it is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield temporary
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
