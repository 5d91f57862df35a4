"""pymatgen's JSON: structures and molecules as plain data, read without pymatgen.

monty's decoder would import and call whatever class the file names: it is never used.
"""

import json
import re
from collections.abc import Iterator
from typing import TextIO

import numpy as np
from ase.data import atomic_numbers

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import Frame, isotope, isotopes, shorten

# A species: an element, then its oxidation state ("Fe3+", "O2-", "Cu1.5+") and pymatgen's
# properties of it (",spin=5").
_SPECIES = re.compile(r"([A-Z][a-z]?)(\d+(\.\d+)?[+-]|[+-])?(,.*)?$")
_MAX_MULTIPLICITY = 1_000
_WRITE = "Write it with Structure.to(fmt='json') or Molecule.to(fmt='json')"


def read_json(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield pymatgen structures and molecules from JSON: one, a list, or documents around them."""
    try:
        document = json.loads(stream.read())
    except RecursionError:
        raise ReadError("The file is not valid JSON (it is nested too deeply)", _WRITE) from None
    except ValueError as error:
        raise ReadError(
            f"The file is not valid JSON ({shorten(error, 160)})",
            "It may be truncated: copy it again",
        ) from error
    for item in document if isinstance(document, list) else [document]:
        try:
            yield _read_item(item)
        except ReadError as error:
            yield error


def _read_item(item: object) -> Frame:
    if isinstance(item, dict) and isinstance(item.get("structure"), dict):
        item = item["structure"]
    if not isinstance(item, dict) or not isinstance(item.get("sites"), list):
        raise ReadError(f"This JSON holds no pymatgen structure (found {_shown(item)})", _WRITE)
    lattice, pbc = _lattice(item["lattice"]) if item.get("lattice") is not None else (None, None)
    symbols = [_species(site, k) for k, site in enumerate(item["sites"])]
    numbers = [1 if isotope(symbol) else int(atomic_numbers[symbol]) for symbol in symbols]
    positions = [_position(site, k, lattice) for k, site in enumerate(item["sites"])]
    charge, multiplicity = item.get("charge") or 0, item.get("spin_multiplicity")
    if not isinstance(charge, (int, float)) or not float(charge).is_integer():
        raise _not_pymatgen(f"its charge is {_shown(charge)}")
    unpaired = 0
    if lattice is None and isinstance(multiplicity, (int, float)):
        unpaired = int(multiplicity) - 1 if 1 <= multiplicity < _MAX_MULTIPLICITY else 0
    info = StructureInfo(charge=int(charge), unpaired=unpaired, isotopes=isotopes(symbols))
    return Frame(numbers, np.array(positions).reshape(-1, 3), lattice, pbc, info)


def _lattice(item: object) -> tuple[np.ndarray, tuple[bool, bool, bool]]:
    """Cell vectors [3, 3] (A) as rows, and in which directions they repeat."""
    matrix = item.get("matrix") if isinstance(item, dict) else None
    rows = matrix if isinstance(matrix, list) and len(matrix) == 3 else []
    vectors = [_numbers(row) for row in rows]
    if len(vectors) != 3 or None in vectors:
        raise _not_pymatgen("its lattice has no matrix of 3 x 3 numbers")
    pbc = item.get("pbc", [True] * 3) if isinstance(item, dict) else None
    if not isinstance(pbc, list) or len(pbc) != 3:
        raise _not_pymatgen(f"its pbc is {_shown(pbc)}")
    return np.array(vectors, dtype=np.float64), (bool(pbc[0]), bool(pbc[1]), bool(pbc[2]))


def _species(site: object, k: int) -> str:
    """Symbol of the one element of site k."""
    species = site.get("species") if isinstance(site, dict) else None
    if not isinstance(species, list) or not species:
        raise _not_pymatgen(f"site {k} has no species")
    parts = []
    for one in species:
        if not isinstance(one, dict) or not isinstance(one.get("element"), str):
            raise _not_pymatgen(f"site {k} has no species")
        occupancy = one.get("occu", 1)
        if not isinstance(occupancy, (int, float)):
            raise _not_pymatgen(f"site {k} has the occupancy {_shown(occupancy)}")
        parts.append((one["element"], occupancy))
    if len(parts) > 1 or parts[0][1] != 1:
        shown = ", ".join(f"{name}:{occupancy:g}" for name, occupancy in parts)
        raise ReadError(
            f"Site {k} is partly occupied ({shorten(shown)})",
            "Choose one ordered configuration, for instance with pymatgen's "
            "OrderDisorderedStructureTransformation, and save that",
        )
    name = parts[0][0]
    match = _SPECIES.match(name)
    symbol = match[1] if match else ""
    if not isotope(symbol) and (symbol == "X" or symbol not in atomic_numbers):
        raise _not_pymatgen(f"site {k} is '{shorten(name)}', a dummy atom or an unknown element")
    return symbol


def _position(site: dict[str, object], k: int, lattice: np.ndarray | None) -> list[float]:
    """Cartesian position in A: in a crystal that of the fractional coordinates, as in pymatgen."""
    if lattice is not None and "abc" in site:
        fractional = _numbers(site["abc"])
        if fractional is not None:
            position: list[float] = (np.array(fractional) @ lattice).tolist()
            return position
    cartesian = _numbers(site.get("xyz"))
    if cartesian is None:
        raise _not_pymatgen(f"site {k} has no position")
    return cartesian


def _numbers(item: object) -> list[float] | None:
    """Three numbers, or None for anything else."""
    if not isinstance(item, list) or len(item) != 3:
        return None
    if any(isinstance(x, bool) or not isinstance(x, (int, float)) for x in item):
        return None
    # An integer of any length is legal JSON, and may be beyond every float.
    return [float(x) if abs(x) < 1e300 or x != x else float("inf") for x in item]


def _not_pymatgen(reason: str) -> ReadError:
    return ReadError(f"The JSON is not a pymatgen structure ({reason})", _WRITE)


def _shown(item: object) -> str:
    """The beginning of an item as JSON, however large or deep it is."""
    return shorten(json.dumps(item)) if not isinstance(item, (dict, list)) else _outline(item)


def _outline(item: dict[str, object] | list[object]) -> str:
    keys = list(item)[:5] if isinstance(item, dict) else []
    if isinstance(item, dict):
        return "{" + shorten(", ".join(json.dumps(key) for key in keys)) + "}"
    return f"a list of {len(item)}"
