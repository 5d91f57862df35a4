"""What the tests of `gamnet.sandbox` let a worker do."""

import os
import signal
import time
from collections.abc import Iterator

from gamnet.errors import ReadError
from gamnet.screening.items import Item, TablePart, part_items
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, Structure, make_structure


def numbers(n: int, pause: float = 0.0) -> Iterator[tuple[int, int]]:
    """Numbers with the process that counts them."""
    for k in range(n):
        time.sleep(pause)
        yield k, os.getpid()


def sleeps() -> Iterator[int]:
    yield 0
    time.sleep(600)


def once_there(path: str) -> Iterator[str]:
    """The path, when there is something."""
    while not os.path.exists(path):
        time.sleep(0.02)
    yield path


def spins() -> Iterator[int]:
    while True:
        pass
    yield 0


def fills() -> Iterator[int]:
    kept = []
    while True:
        kept.append(b"x" * 2**24)
    yield 0


def floods() -> Iterator[bytes]:
    while True:
        yield b"x" * 2**22


def dies() -> Iterator[int]:
    yield 0
    time.sleep(0.1)  # what there was is on its way
    yield 1
    os.kill(os.getpid(), signal.SIGSEGV)
    yield 2


def refuses() -> Iterator[int]:
    yield 7
    raise ReadError("No atoms", "Give some")


def structures_then_silence(*_: object) -> Iterator[Structure]:
    yield make_structure([1, 1], [[0, 0, 0], [0.74, 0, 0]])
    time.sleep(600)


def part_items_that_die(part: TablePart, first: int) -> Iterator[tuple[Item, float]]:
    for item, share in part_items(part, first):
        if item.text == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        yield item, share


def structures_once_there(
    source: bytes, name: str, most: int | None
) -> Iterator[Structure | Failure]:
    """A file whose content is the path of another waits until that is there."""
    if source.startswith(b"/"):
        list(once_there(source.decode()))
        yield make_structure([1, 1], [[0, 0, 0], [0.74, 0, 0]], source=name)
    else:
        yield from iter_structures(source, name=name)
