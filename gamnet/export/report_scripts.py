"""The viewer's scripts for a page without a server: an import map of data addresses."""

import base64
import re
from collections.abc import Iterator
from functools import partial
from posixpath import dirname, join, normpath

from gamnet.assets import ASSETS, VIEWER_LIBRARY

ENTRY = "report/report.js"
PREFIX = "gamnet/"
# How our modules name each other, and how the viewer names 3Dmol.js.
_IMPORT = re.compile(r'(?<=from )"(\.{1,2}/[\w./-]+)"')
_LIBRARY = re.compile(r'new URL\("(\.{1,2}/[\w./-]+)", import\.meta\.url\)')


def import_map(entry: str = ENTRY) -> dict[str, str]:
    """Name -> data address of a module of gamnet/assets and of all that it imports.

    A data address has no folder to import from: each module gets a name of its own, PREFIX and the
    file's, and is asked for by that.
    """
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        file = waiting.pop()
        if f"{PREFIX}{file}" in found:
            continue
        text = (ASSETS / file).read_text(encoding="utf-8")
        for pattern in (_IMPORT, _LIBRARY):
            paths = [normpath(join(dirname(file), name)) for name in pattern.findall(text)]
            names = iter(f'"{PREFIX}{path}"' for path in paths)
            text = pattern.sub(partial(_next, names), text)
            waiting += paths
        encoded = base64.b64encode(text.encode()).decode()
        found[f"{PREFIX}{file}"] = f"data:text/javascript;base64,{encoded}"
    return found


def library_licence() -> str:
    """What 3Dmol.js asks to be kept with every copy of it; "" where it has not been fetched."""
    path = VIEWER_LIBRARY.path.parent / "LICENSE"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _next(names: Iterator[str], _: re.Match[str]) -> str:
    return next(names)
