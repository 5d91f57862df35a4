"""The processes that read what visitors send: one visitor's file never stops another's."""

from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from gamnet.confined import DEFAULT
from gamnet.home import gamnet_home
from gamnet.sandbox import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gamnet.screening.items import Part, Reader
    from gamnet.structures.structure import Failure, Structure

LIMITS = DEFAULT  # of what goes on while its visitor is there, and can be stopped
# Of the structures of a file: of those that are shown one by one, and of a whole trajectory.
_SOME, _ALL = 60.0, 600.0  # s of a processor
# What takes longest to import of what reading needs; none of it is imported here.
_IMPORTS = ("gamnet.screening.items", "gamnet.structures.guarded", "rdkit.Chem.AllChem", "ase.io")


@cache
def _pool(home: Path) -> Pool:
    """The server's one pool; its processes know the data sets that are described in `home`."""
    return Pool(_IMPORTS)


def warm() -> None:
    """Start a process if there is none, so that the first file need not wait for it."""
    _pool(gamnet_home()).warm()


def structures(
    source: str | bytes, name: str, most: int | None = None
) -> "Iterator[Structure | Failure]":
    """The structures of a SMILES, as `gamnet.read` takes it, or of a file's content.

    Raises BusyError where no process becomes free.
    """
    from gamnet.structures.guarded import iter_guarded

    limits = replace(LIMITS, all_seconds=_SOME if most else _ALL)
    return iter_guarded(_pool(gamnet_home()), source, name=name, most=most, limits=limits)


def smiles(molfile: str) -> str:
    """As `gamnet.structures.formats.molecules.drawn_smiles`."""
    from gamnet.structures.formats.molecules import drawn_smiles

    return _pool(gamnet_home()).call(drawn_smiles, molfile, name="The drawing", limits=LIMITS)


def part(content: bytes, name: str, header: bool | None) -> "Part":
    """A file of a batch, as `gamnet.screening.items.open_part` recognises it."""
    from gamnet.errors import LimitError
    from gamnet.screening.items import BadPart, FilePart, recognised
    from gamnet.structures.formats.common import shorten

    pool = _pool(gamnet_home())
    try:
        found = pool.call(recognised, content, name, header, name=shorten(name), limits=LIMITS)
    except LimitError as error:
        return BadPart(name, str(error))
    return replace(found, content=content) if isinstance(found, FilePart) else found


def items(parts: "Sequence[Part]") -> "Reader":
    """What reads the items of a batch."""
    from gamnet.screening.items import Reader

    # One by one: a row that ends its process is known by its place.
    each = replace(LIMITS, step=0)
    return Reader(parts, partial(_pool(gamnet_home()).stream, limits=each))
