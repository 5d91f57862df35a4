"""Reading what strangers send: as `gamnet.structures.reading`, in a process with limits."""

from collections.abc import Iterator
from itertools import islice

from gamnet.confined import DEFAULT, Limits
from gamnet.errors import LimitError
from gamnet.sandbox import Pool
from gamnet.structures.formats.common import shorten
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, Structure


def iter_guarded(
    pool: Pool,
    source: str | bytes,
    *,
    name: str,
    most: int | None = None,
    limits: Limits = DEFAULT,
) -> Iterator[Structure | Failure]:
    """As `iter_structures`, in a worker of a pool; a Failure ends what exceeds a limit.

    most : structures to read; None for all.
    Raises BusyError where no worker becomes free.
    """
    count = 0
    try:
        for item in pool.stream(_structures, source, name, most, name=shorten(name), limits=limits):
            yield item
            count += 1
    except LimitError as error:
        yield Failure(name, count, str(error))


def _structures(source: str | bytes, name: str, most: int | None) -> Iterator[Structure | Failure]:
    return islice(iter_structures(source, name=name), most)
