"""What the readers share: the unchecked frame, element names, and quiet calls into libraries."""

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from ase.data import atomic_numbers

from gamnet.errors import GAMNetError, ReadError

ISOTOPE_WARNING = (
    "Deuterium or tritium is treated as ordinary hydrogen: the models know elements, not isotopes."
)
NO_HYDROGEN_WARNING = (
    "The file has no hydrogen atoms. The models were trained on complete molecules: "
    "add the hydrogens if any are missing."
)

# Names that programs give to points that are no atom: ghost atoms, attachment points, lone pairs.
_DUMMIES = {"X", "XX", "*", "DU", "DUM", "BQ", "GH", "LP", "Q", "A", "R", "R#", "VEC", "TV"}
# A symbol, then what programs append to it: a running number, a charge.
_LABEL = re.compile(r"([A-Za-z]{1,2})\d*[+-]?$")
# What pymatgen puts before the reason: a cif block is always alone here.
_CIF_PREFIX = re.compile(r"^No structure parsed for section 1 in CIF\.\s*")
_RDKIT_PREFIX = re.compile(r"^(\[\d\d:\d\d:\d\d\] *)?(ERROR: *)?")
# Of a failed assertion RDKit prints a banner and a stack trace; one line of it is the reason.
_RDKIT_NOISE = re.compile(
    r"[*-]*|.* Violation|Range Error|Violation occurred .*|Failed Expression: .*|Stacktrace:"
    r"|\d+# .*|moving to the beginning of the next molecule"
)


@dataclass(frozen=True, eq=False)
class Frame:
    """What a reader found, not yet checked; shapes and units as in `Structure`."""

    numbers: list[int] | np.ndarray
    positions: np.ndarray | list
    lattice: np.ndarray | None = None
    pbc: tuple[bool, bool, bool] | None = None
    info: dict[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


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
    if is_isotope(name):
        return 1
    label = _LABEL.match(name)
    number = atomic_numbers.get(label[1].capitalize(), 0) if label else 0
    if not number:
        raise ReadError(
            f"Unknown element '{shorten(name)}'", "Use element symbols such as C, H, O, Fe"
        )
    return number


def is_isotope(text: str) -> bool:
    """Whether the symbol names deuterium or tritium."""
    return text.strip().upper() in ("D", "T")


def shorten(text: str, length: int = 60) -> str:
    """The text on one line, printable and cut to a length that fits into a message."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= length else line[: length - 3] + "..."


def own_fields(data: dict[str, object]) -> dict[str, object]:
    """A file's own texts, numbers and booleans as `data`; charge and unpaired electrons, if any."""
    values = {
        str(key): value.item() if isinstance(value, np.generic) else value
        for key, value in data.items()
    }
    plain = {k: v for k, v in values.items() if isinstance(v, (str, bool, int, float))}
    info: dict[str, object] = {"data": plain}
    charge = plain.get("charge", plain.get("total_charge", 0))
    if isinstance(charge, (int, float)) and charge and float(charge).is_integer():
        info["charge"] = int(charge)
    multiplicity = plain.get("multiplicity", plain.get("spin_multiplicity", 1))
    if isinstance(multiplicity, int) and multiplicity > 1:
        info["unpaired"] = multiplicity - 1
    return info


@contextmanager
def library_call(failure: str, remedy: str = "") -> Iterator[list[str]]:
    """Call a library: keep its warnings quiet, turn whatever it raises into a ReadError.

    failure : what could not be done, a full clause; the library's own reason is appended.
    Yields the list of the messages of the warnings given so far.
    """
    messages: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *_args, **_kwargs: messages.append(str(message))
        try:
            yield messages
        except GAMNetError:
            raise
        except Exception as error:
            # Parsers fail in every way on damaged text: IndexError, AssertionError, KeyError, ...
            raise ReadError(f"{failure} ({_reason(error)})", remedy) from error


def charge_warnings(charge: int) -> list[str]:
    """A sentence about a charge, if there is one."""
    if not charge:
        return []
    return [
        f"The molecule has charge {charge:+d}, which the models do not see: "
        "they know neutral molecules only."
    ]


def hydrogen_warnings(numbers: Iterable[int]) -> list[str]:
    """A sentence about a molecule's coordinates without any hydrogen, where some are likely."""
    found = set(numbers)
    return [NO_HYDROGEN_WARNING] if 1 not in found and found & {6, 7, 8} else []


def coordinate_warnings(
    numbers: Iterable[int], info: dict[str, object], periodic: bool
) -> list[str]:
    """What to warn of where a file gives coordinates alone: a charge, and missing hydrogens."""
    missing = [] if periodic else hydrogen_warnings(numbers)
    return [*charge_warnings(int(info.get("charge", 0))), *missing]


def to_ascii(text: str) -> str:
    """The text with "?" for every character beyond ASCII, so that no column moves."""
    return text.encode("ascii", "replace").decode("ascii")


@contextmanager
def rdkit_call() -> Iterator[list[str]]:
    """Call RDKit without its log on stderr; the list holds its error messages after the block.

    Give it ASCII text only (`to_ascii`): it cuts messages between the bytes of a character.
    """
    from rdkit import rdBase

    messages: list[str] = []
    with rdBase.BlockLogs(), rdBase.CaptureErrorLog() as log:
        yield messages
    for line in log.messages.splitlines():
        text = _RDKIT_PREFIX.sub("", line.strip())
        if not _RDKIT_NOISE.fullmatch(text) and text not in messages:
            messages.append(text)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    reason = " ".join(line for line in lines if not _RDKIT_NOISE.fullmatch(line))
    text = shorten(_CIF_PREFIX.sub("", reason), 160).rstrip(".")
    if isinstance(error, KeyError):
        return f"missing or unknown {text}"
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    return text or type(error).__name__
