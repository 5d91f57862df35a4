"""What the readers share: the unchecked frame, element names, and quiet calls into libraries."""

import logging
import re
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from ase.data import atomic_numbers

from gamnet.errors import GAMNetError, ReadError
from gamnet.structures.facts import StructureInfo

# Names that programs give to points that are no atom: ghost atoms, attachment points, lone pairs.
_DUMMIES = {"X", "XX", "*", "DU", "DUM", "BQ", "GH", "LP", "Q", "A", "R", "R#", "VEC", "TV"}
_ISOTOPES = {"D": "2H", "T": "3H"}
# A symbol, then what programs append to it: a running number, a charge.
_LABEL = re.compile(r"([A-Za-z]{1,2})\d*[+-]?$")
_RDKIT_PREFIX = re.compile(r"^(\[\d\d:\d\d:\d\d\] *)?(ERROR: *)?")
# Of a failed assertion RDKit prints a banner and a stack trace; one line of it is the reason.
_RDKIT_NOISE = re.compile(
    r"[*-]*|.* Violation|Range Error|Violation occurred .*|Failed Expression: .*|Stacktrace:"
    r"|\d+# .*|moving to the beginning of the next molecule"
)

# Beyond this the words of a structure's lines fill the memory before its atoms are counted.
MAX_ATOMS = 2_000_000

# e; sums of rounded atomic charges are this far from a whole number.
_PARTIAL = 0.1
_CHARGE_KEYS = ("charge", "total_charge", "net_charge", "molecular_charge")
_MULTIPLICITY_KEYS = ("multiplicity", "spin_multiplicity", "mult")
_STATED = re.compile(
    rf"(?<![\w-])({'|'.join((*_CHARGE_KEYS, *_MULTIPLICITY_KEYS))})\s*[=:]\s*([-+]?[\d.]+)\b",
    re.IGNORECASE,
)
_FORTRAN = re.compile(r"(\d\.?)[dD]([-+]?\d)")
_WARNINGS_LOCK = threading.RLock()


@dataclass(frozen=True, eq=False)
class Frame:
    """What a reader found, not yet checked; shapes and units as in `Structure`."""

    numbers: list[int] | np.ndarray
    positions: np.ndarray | list[list[float]]
    lattice: np.ndarray | None = None
    pbc: tuple[bool, bool, bool] | None = None
    info: StructureInfo = StructureInfo()


def atomic_number(text: str) -> int:
    """Atomic number of a symbol in any case, a number, a numbered label ("C12") or an isotope.

    Raises ReadError for a dummy atom and for everything else.
    """
    name = text.strip()
    if name.isdecimal() and name.isascii() and 1 <= int(name[:4]) < len(atomic_numbers) - 1:
        return int(name)
    if name.upper().rstrip("0123456789") in _DUMMIES:
        raise ReadError(
            f"'{shorten(name)}' is a dummy atom, not an element", "Remove the dummy atoms"
        )
    if isotope(name):
        return 1
    label = _LABEL.match(name)
    number = atomic_numbers.get(label[1].capitalize(), 0) if label else 0
    if not number:
        raise ReadError(
            f"Unknown element '{shorten(name)}'", "Use element symbols such as C, H, O, Fe"
        )
    return number


def isotope(symbol: str) -> str:
    """The isotope that a symbol of its own stands for ("D" is "2H"), "" for an element's symbol."""
    return _ISOTOPES.get(symbol.strip().upper(), "")


def isotopes(symbols: Iterable[str]) -> tuple[str, ...]:
    """The isotopes among the symbols, each once."""
    return tuple(sorted({name for symbol in symbols if (name := isotope(symbol))}))


def shorten(text: object, length: int = 60) -> str:
    """The text on one line, printable and cut to a length that fits into a message."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= length else line[: length - 3] + "..."


def whole_charge(total: float, said: str) -> tuple[int, tuple[str, ...]]:
    """A charge (e) as a whole number; 0 and a note, which begins with `said`, if it is none."""
    nearest = round(total) if np.isfinite(total) else 0
    if abs(total - nearest) <= _PARTIAL:
        return nearest, ()
    return 0, (f"{said} {total:g}, which is no whole number: it was taken as neutral.",)


def own_fields(data: Mapping[str, object]) -> StructureInfo:
    """A file's own texts, numbers and booleans as `data`; charge and unpaired electrons, if any."""
    values = {
        str(key): value.item() if isinstance(value, np.generic) else value
        for key, value in data.items()
    }
    plain = {k: v for k, v in values.items() if isinstance(v, (str, bool, int, float))}
    charge, charge_notes = _stated(plain, _CHARGE_KEYS, 0, "charge")
    multiplicity, spin_notes = _stated(plain, _MULTIPLICITY_KEYS, 1, "multiplicity")
    return StructureInfo(
        data=plain,
        charge=charge,
        unpaired=max(multiplicity - 1, 0),
        notes=(*charge_notes, *spin_notes),
    )


def _stated(
    fields: Mapping[str, str | bool | int | float], keys: tuple[str, ...], usual: int, what: str
) -> tuple[int, tuple[str, ...]]:
    """The whole number under one of the keys, in any case; `usual` without, or with a note."""
    value = next((v for k, v in fields.items() if k.lower() in keys), usual)
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except ValueError:
        number = float("nan")
    if number.is_integer():
        return int(number), ()
    return usual, (f"The file's {what}, '{shorten(str(value), 20)}', is no whole number: "
                   f"{usual} was taken.",)  # fmt: skip


def comment_fields(comment: str) -> dict[str, object]:
    """Charge and multiplicity that a free text states as "charge=2"."""
    return {key.lower(): value for key, value in _STATED.findall(comment)}


def with_atomic_facts(
    info: StructureInfo,
    charges: Iterable[float] | None,
    moments: Iterable[float] | None,
) -> StructureInfo:
    """Total charge and unpaired electrons from the atoms' (e, Bohr magnetons), unless stated."""
    stated = {key.lower() for key in info.data}
    if charges is not None and not stated & set(_CHARGE_KEYS):
        charge, notes = whole_charge(sum(charges), "The atoms' charges add up to")
        info = replace(info, charge=charge, notes=(*info.notes, *notes))
    if moments is not None and not stated & set(_MULTIPLICITY_KEYS):
        total = abs(sum(moments))
        if np.isfinite(total):
            info = replace(info, unpaired=round(total))
    return info


@contextmanager
def library_errors(failure: str, remedy: str = "") -> Iterator[None]:
    """Call a library: whatever it raises becomes a ReadError.

    failure : what could not be done, a full clause; the library's own reason is appended.
    """
    try:
        yield
    except GAMNetError:
        raise
    except Exception as error:
        # Parsers fail in every way on damaged text: IndexError, AssertionError, KeyError, ...
        raise ReadError(f"{failure} ({_reason(error)})", remedy) from error


@contextmanager
def library_call(failure: str, remedy: str = "") -> Iterator[list[str]]:
    """As `library_errors`, and keep the library's Python warnings quiet.

    Yields the list of the messages of the warnings given so far, of this thread alone.
    """
    messages: list[str] = []
    own = threading.get_ident()
    # Python keeps the filters and the hook once per process: whoever changes them waits here.
    with _WARNINGS_LOCK, warnings.catch_warnings():
        shown = warnings.showwarning

        def keep(message: Warning | str, *arguments: Any, **options: Any) -> None:
            if threading.get_ident() == own:
                messages.append(str(message))
            else:
                shown(message, *arguments, **options)

        warnings.simplefilter("always")
        warnings.showwarning = keep
        with library_errors(failure, remedy):
            yield messages


def with_e(text: str) -> str:
    """The text with its numbers' exponents as Python reads them: Fortran writes 1.0D0."""
    return _FORTRAN.sub(r"\1e\2", text)


def to_ascii(text: str) -> str:
    """The text with "?" for every character beyond ASCII, so that no column moves."""
    return text.encode("ascii", "replace").decode("ascii")


class _OwnLog(logging.Filter):
    """Takes what RDKit logs inside an `rdkit_call`, by thread; other threads' lines pass."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[int, list[str]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        lines = self.taken.get(threading.get_ident())
        if lines is not None and record.levelno >= logging.ERROR:
            lines.extend(record.getMessage().splitlines())
        return lines is None


@cache
def _own_log() -> _OwnLog:
    # RDKit's capture of its log is one for the process; Python's logging knows threads.
    from rdkit import rdBase

    own = _OwnLog()
    rdBase.LogToPythonLogger()
    logging.getLogger("rdkit").addFilter(own)
    return own


@contextmanager
def rdkit_call() -> Iterator[list[str]]:
    """Call RDKit without its log on stderr; the list holds its error messages after the block.

    Give it ASCII text only (`to_ascii`): it cuts messages between the bytes of a character.
    """
    messages: list[str] = []
    taken, thread = _own_log().taken, threading.get_ident()
    outer, lines = taken.get(thread), list[str]()
    taken[thread] = lines
    try:
        yield messages
    finally:
        if outer is None:
            del taken[thread]
        else:
            taken[thread] = outer
    for line in lines:
        text = _RDKIT_PREFIX.sub("", line.strip())
        if not _RDKIT_NOISE.fullmatch(text) and text not in messages:
            messages.append(text)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    reason = " ".join(line for line in lines if not _RDKIT_NOISE.fullmatch(line))
    text = shorten(reason, 160).rstrip(".")
    if isinstance(error, KeyError):
        return f"missing or unknown {text}"
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    return text or type(error).__name__
