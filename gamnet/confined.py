"""A process that works for another under limits of time and memory (`gamnet.sandbox`)."""

import importlib
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, inf
from multiprocessing.connection import Connection
from pickle import HIGHEST_PROTOCOL, dumps, loads
from types import GeneratorType

from gamnet.errors import GAMNetError

_OLD = 300 * 2**20  # bytes in memory after its work, beyond which a worker is replaced
TIME, MEMORY = "time", "memory"  # what a work may exceed


@dataclass(frozen=True)
class Limits:
    """What one call may take.

    seconds : of a processor, until its next result.  patience : s of the clock, likewise.
    all_seconds : of a processor, for all results.
    memory : bytes, beside what a worker's imports take; where the system keeps to it (Linux).
    results : bytes of all results together, on their way.
    step : s that results are gathered before they are handed over: those are lost where a limit is
        exceeded meanwhile; 0 hands over one by one.
    """

    seconds: float = 20.0
    patience: float = 60.0
    all_seconds: float = inf
    memory: int = 1536 * 2**20
    results: int = 512 * 2**20
    step: float = 0.05


DEFAULT = Limits()


def serve(handle: int, imports: list[str]) -> None:
    """Do the work that comes through a connection until that ends, with the parent."""
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    pipe = Connection(handle)
    for module in imports:
        importlib.import_module(module)
    size = _pages()[0]
    try:
        pipe.send_bytes(b"")
        while True:
            function, arguments, limits = loads(pipe.recv_bytes())
            if size:
                _limit(resource.RLIMIT_AS, size + limits.memory)
            _work(pipe, function, arguments, limits)
    except (EOFError, ConnectionError):  # the parent has ended
        pass


def _end_with_stdin() -> None:
    os.read(0, 1)
    os._exit(0)


def _work(
    pipe: Connection,
    function: Callable[..., Iterator[object]],
    arguments: tuple[object, ...],
    limits: Limits,
) -> None:
    left = limits.all_seconds
    results: Iterator[object] | None = None
    more = True
    while more:
        found: list[object] = []
        ending: object = ...
        before = time.process_time()
        try:
            _limit_time(limits)
            results = function(*arguments) if results is None else results
            end = time.monotonic() + limits.step
            for result in results:
                found.append(result)
                if time.monotonic() >= end:
                    break
            else:
                ending = ()
        except GAMNetError as error:
            ending = (type(error), error.subject, error.remedy)
        except MemoryError:
            found, ending = [], MEMORY
        left -= time.process_time() - before
        if ending is ... and left < 0:
            ending = TIME
        more = ending is ...
        if not more and isinstance(results, GeneratorType):
            results.close()
        try:
            packed = dumps((found, ending, _pages()[1] < _OLD), HIGHEST_PROTOCOL)
        except MemoryError:
            more, packed = False, dumps(([], MEMORY, False), HIGHEST_PROTOCOL)
        del found
        pipe.send_bytes(packed)
        del packed
        if more:
            pipe.recv_bytes()


def _limit_time(limits: Limits) -> None:
    """Let the system end this process when the limit is over, whatever it does."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, ceil(used.ru_utime + used.ru_stime + limits.seconds))


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _pages() -> list[int]:
    """Bytes of addresses, and of memory in use."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return [int(word) * resource.getpagesize() for word in file.read().split()[:2]]
    except OSError:  # not Linux
        return [0, 0]
