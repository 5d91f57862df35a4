"""Common names of molecules, from a list that comes with the package."""

from functools import cache
from pathlib import Path

# Written by tools/names.py, which says where it is from; a header, then "name<TAB>SMILES".
PATH = Path(__file__).with_name("names.tsv")
_ALIKE = 0.75  # of difflib's ratio
MAX_NAME = 60  # characters


@cache
def _names() -> dict[str, str]:
    lines = PATH.read_text().splitlines()[1:]
    return dict(line.split("\t") for line in lines)


def n_names() -> int:
    """How many names are known."""
    return len(_names())


def smiles_of(name: str) -> str | None:
    """The SMILES of a molecule's common name, in any case; None where the list has no such name."""
    return _names().get(_plain(name))


def alike(name: str, count: int = 4) -> list[str]:
    """Names of the list that are spelled nearly so, the nearest first, at most `count`."""
    from difflib import get_close_matches

    return get_close_matches(_plain(name)[:MAX_NAME], _candidates(_plain(name)), count, _ALIKE)


def _candidates(name: str) -> list[str]:
    # Few names share neither their first nor their last letters with one misspelt, and comparing
    # with all takes a second.
    near = range(len(name) - 3, len(name) + 4)
    return [n for n in _names() if len(n) in near and (n[:1] == name[:1] or n[-3:] == name[-3:])]


def _plain(name: str) -> str:
    return " ".join(name.lower().split())
