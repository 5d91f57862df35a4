"""Work in other processes, which end with the process that started them."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

from gamnet.errors import WorkerError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_AHEAD = 4  # chunks per process that are handed out and not yet asked for


def in_processes(
    function: Callable[[_Item], _Result], items: Iterable[_Item], processes: int, chunk: int = 1
) -> Iterator[_Result]:
    """function(item) of every item, in order, computed `chunk` items at a time by other processes.

    Items are drawn a few chunks ahead and no further. An exception of the function is raised here.
    Raises WorkerError if a process ends before its work, at its very start or killed.
    """
    # Not multiprocessing's Pool, which starts a dead worker anew and waits for its work for ever.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), end_with_parent)
    waiting: deque[Future[list[_Result]]] = deque()
    rest = iter(items)
    try:
        while part := list(islice(rest, chunk)):
            waiting.append(pool.submit(_each, function, part))
            if len(waiting) == _AHEAD * processes:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "A worker process ended before its work was done",
            "Out of memory, fewer processes help; a script that gets here when it is imported "
            "needs: if __name__ == '__main__'",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _each(function: Callable[[_Item], _Result], items: list[_Item]) -> list[_Result]:
    return [function(item) for item in items]


def end_with_parent() -> None:
    """Watch from a thread for the end of the parent, a kill included, and end then.

    The initializer of every pool: else the workers of a killed command go on unseen.
    """
    parent = parent_process()
    if parent is not None:
        Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
