"""The viewer's scripts for a page without a server: an import map of data addresses."""

import base64
import re

from gamnet.assets import ASSETS

ENTRY = "report.js"
PREFIX = "gamnet/"
# How our modules name each other, and how the viewer names 3Dmol.js.
_IMPORT = re.compile(r'(?<=from )"\./([\w.-]+)"')
_LIBRARY = re.compile(r'new URL\("\./([\w./-]+)", import\.meta\.url\)')


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
            waiting += pattern.findall(text)
            text = pattern.sub(rf'"{PREFIX}\1"', text)
        encoded = base64.b64encode(text.encode()).decode()
        found[f"{PREFIX}{file}"] = f"data:text/javascript;base64,{encoded}"
    return found
