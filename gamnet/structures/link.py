"""A small structure as a text for a link, and back: `xyz:` and compressed coordinates."""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any

import numpy as np

from gamnet.errors import ReadError
from gamnet.structures.facts import FILE, StructureInfo

if TYPE_CHECKING:
    from gamnet.structures.structure import Structure

SCHEME = "xyz:"
MAX_LINK = 2_000  # characters; some programs cut longer addresses
_MAX_TEXT = 60_000  # characters of what a link unfolds to
_UNIT = 1e-5  # A, of the whole numbers that stand for lengths
_MAX_NAME, _MAX_NOTES, _MAX_NOTE = 120, 6, 300
_UNKNOWN = -1  # hydrogens missing


def to_link(structure: "Structure") -> str | None:
    """The structure as a text, lengths to 1e-5 A; None if it is longer than MAX_LINK.

    Kept are atoms, cell, source, SMILES, notes and all facts.
    """
    info = structure.info
    told = {
        "n": structure.source[:_MAX_NAME],
        "z": structure.numbers.tolist(),
        "x": _whole(structure.positions),
        "c": None if structure.lattice is None else _whole(structure.lattice),
        "b": list(map(int, structure.pbc)) if structure.periodic else None,
        "q": info.charge,
        "u": info.unpaired,
        "i": list(info.isotopes[:_MAX_NOTES]),
        "g": "" if info.geometry == FILE else info.geometry,
        "o": [info.open_centres, info.open_bonds] if info.open_centres or info.open_bonds else 0,
        "h": _UNKNOWN if info.missing_hydrogens is None else info.missing_hydrogens,
        "s": info.smiles,
        "w": [text[:_MAX_NOTE] for text in info.notes[:_MAX_NOTES]],
    }
    text = json.dumps({key: value for key, value in told.items() if value}, separators=(",", ":"))
    packed = urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return SCHEME + packed if len(SCHEME + packed) <= MAX_LINK else None


def from_link(text: str) -> "Structure":
    """The structure of a text by `to_link`; raises ReadError for any other text."""
    # Only here: whoever asks what a link looks like need not wait for what builds structures.
    from gamnet.structures.structure import make_structure

    try:
        told = _unfolded(text)
        numbers = _integers(told["z"])
        positions = _lengths(told["x"], len(numbers))
        lattice = _lengths(told["c"], 3) if "c" in told else None
        pbc = tuple(map(bool, _integers(told["b"]))) if "b" in told else None
        n_centres, n_bonds = map(_integer, told.get("o", (0, 0)))
        missing = _integer(told.get("h", 0))
        info = StructureInfo(
            smiles=_word(told.get("s", "")),
            charge=_integer(told.get("q", 0)),
            unpaired=_integer(told.get("u", 0)),
            isotopes=tuple(_word(name) for name in told.get("i", [])[:_MAX_NOTES]),
            geometry=_word(told.get("g", FILE)),
            open_centres=n_centres,
            open_bonds=n_bonds,
            missing_hydrogens=None if missing == _UNKNOWN else missing,
            notes=tuple(_word(note) for note in told.get("w", [])[:_MAX_NOTES]),
        )
        source = _word(told.get("n", ""))[:_MAX_NAME] or "link"
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ReadError(
            "The link does not hold a structure", "Open it as it was copied, to its last letter"
        ) from None
    return make_structure(numbers, positions, lattice, pbc, source=source, info=info)


def _unfolded(text: str) -> dict[str, Any]:
    if not text.startswith(SCHEME) or len(text) > MAX_LINK or not text.isascii():
        raise ValueError
    packed = text.removeprefix(SCHEME)
    unzip = zlib.decompressobj()
    try:
        # Of a few letters that unfold to gigabytes no more than this is ever made.
        raw = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        found = unzip.decompress(raw, _MAX_TEXT)
    except (Base64Error, zlib.error):
        raise ValueError from None
    told = json.loads(found) if unzip.eof else None
    if not isinstance(told, dict):
        raise ValueError
    return told


def _whole(lengths: np.ndarray) -> list[int]:
    return np.rint(np.asarray(lengths) / _UNIT).astype(np.int64).ravel().tolist()


def _lengths(whole: object, rows: int) -> np.ndarray:
    """[rows, 3] A."""
    return _integers(whole).reshape(rows, 3) * _UNIT


def _integers(values: object) -> np.ndarray:
    if not isinstance(values, list):
        raise ValueError
    return np.array([_integer(value) for value in values], dtype=np.int64)


def _integer(value: object) -> int:
    if type(value) is not int or abs(value) > 2**53:
        raise ValueError
    return value


def _word(value: object) -> str:
    if not isinstance(value, str) or len(value) > 1_000:
        raise ValueError
    return value
