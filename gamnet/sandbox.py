"""Work on what strangers send, in worker processes with limits of time and memory.

What runs away there, or takes its process with it, costs that process and nothing else: the worker
is ended and another takes its place. Workers end with the process that started them.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from math import inf
from multiprocessing.connection import Pipe
from pickle import HIGHEST_PROTOCOL, dumps, loads
from typing import Any, TypeVar

from gamnet.confined import DEFAULT, MEMORY, TIME, Limits
from gamnet.errors import BusyError, LimitError

T = TypeVar("T")

_START_SECONDS = 120  # for a worker's imports, on a machine with much else to do
_REST = 20.0  # s without being asked for more, after which others may take a worker
_SPARE = 2  # workers that are kept without work
_START = "import sys; from gamnet.confined import serve; serve(int(sys.argv[1]), sys.argv[2:])"
_REMEDY = "Give a smaller file, or use the command line, which has no limits"
_SILENCE, _RESULTS = "silence", "results"


class _TakenError(Exception):
    """Another call has taken the worker of one that did not ask for more."""


class Pool:
    """Worker processes for functions of modules; any number of threads may use it.

    imports : modules that a worker loads before its first work.  most : workers at one time.
    """

    def __init__(self, imports: Iterable[str] = (), most: int = 6) -> None:
        self._imports, self._most = tuple(imports), most
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._change = threading.Condition()
        self._end = weakref.finalize(self, _end_all, self._idle, self._busy)

    def warm(self) -> None:
        """Start a worker if there is none, without waiting for it."""
        with self._change:
            if not self._idle and len(self._busy) < self._most and self._end.alive:
                self._idle.append(_Worker(self._imports))

    def close(self) -> None:
        """End all workers."""
        self._end()

    def call(
        self, function: Callable[..., T], *arguments: object, name: str, limits: Limits = DEFAULT
    ) -> T:
        """What `function(*arguments)` returns; as `stream`."""
        (result,) = self.stream(_once, function, *arguments, name=name, limits=limits)
        return result

    def stream(
        self,
        function: Callable[..., Iterator[T]],
        *arguments: object,
        name: str,
        limits: Limits = DEFAULT,
    ) -> Iterator[T]:
        """What the generator `function(*arguments)` yields.

        Function, arguments and results are pickled. A worker whose results nobody asks for may be
        taken away for another call: the work is then done again from the start, and goes on here.
        name : of the file, for messages.
        Raises the GAMNetError that the function raises, LimitError where it exceeds a limit or ends
        its process, and BusyError where no worker becomes free.
        """
        done = 0
        while True:
            try:
                for number, result in enumerate(self._stream(function, arguments, name, limits)):
                    if number == done:
                        done += 1
                        yield result
                return
            except _TakenError:
                continue

    def _stream(
        self,
        function: Callable[..., Iterator[T]],
        arguments: tuple[object, ...],
        name: str,
        limits: Limits,
    ) -> Iterator[T]:
        worker = self._acquire(limits.patience)
        at_work = True
        try:
            worker.begin(function, arguments, limits)
            while at_work:
                results, ending = worker.received(name, limits)
                at_work = ending is ...
                if at_work:
                    worker.ask_for_more()
                    worker.rests_since = time.monotonic()
                else:
                    self._release(worker, isinstance(ending, tuple))
                yield from results
                if at_work:
                    with self._change:
                        if worker.taken:
                            raise _TakenError
                        worker.rests_since = inf
            _raise(ending, name, limits)
        finally:
            if at_work:
                self._release(worker, False)

    def _acquire(self, patience: float) -> "_Worker":
        end = time.monotonic() + patience
        with self._change:
            while True:
                if self._idle:
                    worker = self._idle.pop()
                    if worker.process.poll() is not None:  # ended by somebody else
                        worker.end()
                        continue
                elif len(self._busy) < self._most:
                    worker = _Worker(self._imports)
                else:
                    now = time.monotonic()
                    resting = min(self._busy, key=lambda one: one.rests_since)
                    if now - resting.rests_since > _REST:
                        resting.taken = True
                        self._busy.remove(resting)
                        resting.end()
                    elif now > end:
                        raise BusyError(
                            "All readers are at work on other files", "Try again in a minute"
                        )
                    else:
                        self._change.wait(1.0)
                    continue
                self._busy.append(worker)
                return worker

    def _release(self, worker: "_Worker", waits: bool) -> None:
        """Take a worker back; waits : whether it waits for its next work."""
        with self._change:
            if worker.taken:
                return
            self._busy.remove(worker)
            if waits and worker.fit and len(self._idle) < _SPARE and self._end.alive:
                worker.rests_since = inf
                self._idle.append(worker)
            else:
                worker.end()
                self.warm()
            self._change.notify()


def _once(function: Callable[..., T], *arguments: object) -> Iterator[T]:
    yield function(*arguments)


def _end_all(*workers: "list[_Worker]") -> None:
    for some in workers:
        for worker in some:
            worker.end()


class _Worker:
    """A worker process, as the process that started it sees it."""

    def __init__(self, imports: tuple[str, ...]) -> None:
        self._pipe, theirs = Pipe()
        with theirs:
            # Not by multiprocessing, which runs this process's main script anew in the other. What
            # it reads from never comes, and ends when this process does.
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(theirs.fileno()), *imports],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
                | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
            )
        self.taken = False
        self.rests_since = inf  # by time.monotonic; infinite while this process waits for it
        self.fit = True  # for another work
        self._ready = False
        self._asked = 0.0
        self._size = 0

    def begin(
        self, function: Callable[..., object], arguments: tuple[object, ...], limits: Limits
    ) -> None:
        """Hand over the work; raises LimitError if the worker cannot start."""
        try:
            if not self._ready and not self._pipe.poll(_START_SECONDS):
                raise EOFError
            if not self._ready:
                self._pipe.recv_bytes()
            self._pipe.send_bytes(dumps((function, arguments, limits), HIGHEST_PROTOCOL))
        except (EOFError, OSError):
            raise LimitError(
                "The process that reads files did not start", "The server's log may say why"
            ) from None
        self._ready, self._asked, self._size = True, time.monotonic(), 0

    def ask_for_more(self) -> None:
        """Let it work on while the results at hand are used."""
        # If it has ended, that shows when its answer is wanted.
        with suppress(OSError):
            self._pipe.send_bytes(b"+")
        self._asked = time.monotonic()

    def received(self, name: str, limits: Limits) -> tuple[list[Any], Any]:
        """The next results and how they end: `...` for not yet, else what `_raise` takes.

        Raises LimitError where none come.
        """
        try:
            if not self._pipe.poll(max(0.0, self._asked + limits.patience - time.monotonic())):
                raise _exceeded(name, _SILENCE, limits)
            packed = self._pipe.recv_bytes(limits.results - self._size)
        except (EOFError, ConnectionError):
            raise self._ended(name, limits) from None
        except OSError:
            raise _exceeded(name, _RESULTS, limits) from None
        self._size += len(packed)
        results, ending, self.fit = loads(packed)
        return results, ending

    def _ended(self, name: str, limits: Limits) -> LimitError:
        """Why the process is no more."""
        try:
            status = self.process.wait(5)
        except subprocess.TimeoutExpired:
            status = 0
        if status == -signal.SIGXCPU:
            return _exceeded(name, TIME, limits)
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return LimitError(
            f"'{name}' ended the process that read it ({how}): it is damaged as no reader survives "
            f"it, or needs more than {limits.memory // 2**20:,} MB of memory",
            _REMEDY,
        )

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        self._pipe.close()
        if self.process.stdin:
            self.process.stdin.close()


def _exceeded(name: str, what: str, limits: Limits) -> LimitError:
    much = {
        _SILENCE: f"was not read within {limits.patience:g} s",
        TIME: f"takes more than {min(limits.seconds, limits.all_seconds):g} s to read",
        MEMORY: f"needs more than {limits.memory // 2**20:,} MB of memory to read",
        _RESULTS: f"unfolds to more than {limits.results // 2**20:,} MB",
    }[what]
    return LimitError(f"'{name}' {much}: the reader was stopped", _REMEDY)


def _raise(ending: Any, name: str, limits: Limits) -> None:
    """Raise what ended a work: an error's class and texts, a limit, or nothing for its own end."""
    if isinstance(ending, str):
        raise _exceeded(name, ending, limits)
    if ending:
        kind, *texts = ending
        raise kind(*texts)
