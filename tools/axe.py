"""Fetch axe-core, which the browser tests check the pages with: `python -m tools.axe`."""

import sys
from pathlib import Path

from gamnet.assets import Library
from gamnet.assets.__main__ import fetch

AXE = Library(
    "axe-core@4.10.3",
    "axe.min.js",
    "880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb",
    Path(__file__).resolve().parent.parent / "tests" / "browser" / "axe" / "axe.min.js",
)

if __name__ == "__main__":
    sys.exit(fetch((AXE,)))
