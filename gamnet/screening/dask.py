"""Screening on a Dask cluster: on this machine's cores, or any whose scheduler has an address."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa
from distributed import Client, Future, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from gamnet.errors import ConfigError
from gamnet.screening.library import Piece
from gamnet.screening.screen import Run, Task, failed_piece, predict_piece

_AHEAD = 2  # pieces per thread of the cluster: one at work, one waiting
TIMEOUT = 30  # seconds that a scheduler has to answer


@contextmanager
def cluster(scheduler: str | None = None, workers: int | None = None) -> Iterator[Run]:
    """A cluster that predicts pieces: the one at an address, or a local one for the block.

    scheduler : e.g. "tcp://node1:8786".  workers : processes of a local cluster, as many as cores
    by default.
    Raises ConfigError where no scheduler answers.
    """
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield _run_on(client)
        return
    # Nothing listens beyond this machine.
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
        ) as local,
        Client(local) as client,
    ):
        yield _run_on(client)


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"No Dask scheduler answers at '{scheduler}'", "Give its address: tcp://HOST:8786"
        ) from error
    with client:
        yield client


def _run_on(client: Client) -> Run:
    def run(given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
        return _run(client, given, task)

    return run


@dataclass(frozen=True, eq=False)
class _Share:
    """A piece on its way, or a part of one, from its member `start` on.

    alone : whether nothing else is at work, so that it is to blame for a worker that dies.
    """

    piece: Piece
    start: int
    alone: bool = False


def _run(client: Client, given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
    """Predict pieces, a few ahead of the cluster's threads; a worker that dies costs its piece.

    Some structure may be what kills. It is found by halving what was at work when workers died,
    and in the end by predicting each suspect alone: its neighbours may have been the cause.
    """
    pieces = iter(given)
    at_work: dict[Future[pa.Table], _Share] = {}
    suspects: list[_Share] = []
    whole: dict[int, Piece] = {}
    parts: dict[int, dict[int, pa.Table]] = {}
    finished = as_completed()

    def send(share: _Share) -> None:
        future = client.submit(predict_piece, share.piece, task, pure=False)
        at_work[future] = share
        finished.add(future)

    def fill() -> None:
        wanted = _AHEAD * max(1, sum(client.nthreads().values()))
        while len(at_work) < wanted:
            piece = next(pieces, None)
            if piece is None:
                break
            whole[piece.place] = piece
            send(_Share(piece, 0))
        if not at_work and suspects:
            send(replace(suspects.pop(), alone=True))

    fill()
    while at_work:
        future = next(finished)
        share = at_work.pop(future)
        piece, half = share.piece, len(share.piece.members) // 2
        try:
            table = future.result()
        except KilledWorker:
            if half:
                for start, stop in ((0, half), (half, len(piece.members))):
                    part = replace(piece, members=piece.members[start:stop])
                    send(_Share(part, share.start + start))
                continue
            if not share.alone:
                suspects.append(share)
                fill()
                continue
            table = failed_piece(piece, task, "The process that predicted it died, several times.")
        own = parts.setdefault(piece.place, {})
        own[share.start] = table
        if sum(map(len, own.values())) == len(whole[piece.place].members):
            yield whole.pop(piece.place), pa.concat_tables([own[k] for k in sorted(own)])
            del parts[piece.place]
        fill()
