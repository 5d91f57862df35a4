"""Feed the readers with damaged files: python -m benchmarks.fuzz --count 10000 --seed 1.

Every input must be read or refused in words, and so must the neighbours of its first structure.
What counts as a fault: an exception that is not ours, 10 s of CPU time, 1.5 GB of memory, a number
that is not finite, and fewer atoms than ASE, RDKit, gemmi or json find in the same bytes, without a
word. Each fault is printed, its input is kept in a folder, and the exit status is 1.

The inputs are read in processes of their own, whose limits the kernel keeps: a reader that hangs in
a library ends one process, and the next goes on with the next input.
"""

import argparse
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzz_inputs import Input, make_input, seed_files
from benchmarks.fuzz_oracles import n_atoms
from gamnet.errors import GAMNetError
from gamnet.graphs.voronoi import find_edges
from gamnet.structures import reading
from gamnet.structures.structure import Failure, Structure

_ROOT = Path(__file__).resolve().parent.parent
_SECONDS = 10.0  # of CPU time, for one input
_MEMORY = 1_500_000_000  # bytes, beyond what the libraries take
# Signals by which the kernel ends a process that is over a limit, or that a library broke.
_ENDINGS = {
    signal.SIGPROF: f"took more than {_SECONDS:g} s",
    signal.SIGSEGV: "ended the process by a segmentation fault",
    signal.SIGABRT: "aborted the process",
    signal.SIGKILL: "was killed, for its memory most likely",
}


@dataclass(frozen=True)
class Fault:
    """What was wrong with which input of which seed."""

    seed: int
    k: int
    seed_file: str
    what: str


def fuzz(count: int, seed: int, start: int = 0) -> list[Fault]:
    """Faults among `count` inputs of a seed, from number `start` on."""
    faults: list[Fault] = []
    k, stop = start, start + count
    files = seed_files()
    while k < stop:
        k, found = _run(seed, k, stop)
        faults += [Fault(seed, n, make_input(seed, n, files).seed_file, what) for n, what in found]
    return faults


def _run(seed: int, start: int, stop: int) -> tuple[int, list[tuple[int, str]]]:
    """Read inputs in one process until the end or its death; the next input, and the faults."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.fuzz", "--work", str(seed), str(start), str(stop)]
    result = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True)
    faults: list[tuple[int, str]] = []
    k, phase = start, "start"
    for line in result.stdout.splitlines():
        event = json.loads(line)
        if "fault" in event:
            faults.append((event["k"], event["fault"]))
        else:
            k, phase = event["k"], event["phase"]
    if phase == "end":
        return stop, faults
    if phase == "start":
        raise RuntimeError(f"The process that reads did not start: {result.stderr[-2000:]}")
    if phase == "read":  # the other programs may do as they like
        how = _ENDINGS.get(signal.Signals(-result.returncode)) if result.returncode < 0 else None
        faults.append(
            (k, how or f"ended the process ({result.returncode}): {result.stderr[-300:]}")
        )
    return k + 1, faults


def _work(seed: int, start: int, stop: int) -> None:
    """The process that reads: one line of JSON before each step, and for each fault."""
    reading.read("smiles:C")  # what is imported when it is needed counts as the libraries'
    files = seed_files()
    _limit_memory()
    for k in range(start, stop):
        one = make_input(seed, k, files)
        _tell(k=k, phase="read")
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)
        fault, told, atoms = _read(one)
        if fault is None and not told:
            _tell(k=k, phase="compare")
            signal.setitimer(signal.ITIMER_PROF, _SECONDS)
            theirs = n_atoms(one.name, one.content)
            if theirs is not None and theirs > atoms:
                fault = f"has {atoms} atoms here and {theirs} elsewhere, without a word"
        if fault is not None:
            _tell(k=k, fault=fault)
    signal.setitimer(signal.ITIMER_PROF, 0)
    _tell(k=stop, phase="end")


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _read(one: Input) -> tuple[str | None, bool, int]:
    """A fault if there is one, whether anything was said, and the number of atoms."""
    told, atoms = False, 0
    try:
        for item in reading.iter_structures(one.content, name=one.name):
            if isinstance(item, Failure):
                told = True
                if "more memory than there is" in item.error:
                    return "took more than 1.5 GB", True, 0
                if "\n" in item.error or "Traceback" in item.error or len(item.error) > 1_000:
                    return f"has the message {item.error!r}", True, 0
                continue
            told = told or bool(item.info.notes) or item.info.missing_hydrogens != 0
            atoms += item.n_atoms
            numbers = [*item.positions.ravel().tolist()]
            numbers += [] if item.lattice is None else item.lattice.ravel().tolist()
            if not all(map(math.isfinite, numbers)):
                return "has a number that is not finite", True, 0
            if item.frame == 0:
                _find_neighbours(item)
    except MemoryError:
        return "took more than 1.5 GB", True, 0
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        return f"raised {type(error).__name__} in {place}: {str(error)[:200]}", True, 0
    return None, told, atoms


def _find_neighbours(structure: Structure) -> None:
    """What comes next: the neighbours of a structure's atoms, or a refusal in words."""
    with suppress(GAMNetError):
        find_edges(structure)


def _tell(**event: object) -> None:
    print(json.dumps(event), flush=True)


def _keep(faults: list[Fault]) -> Iterator[str]:
    """Write the inputs of faults into a folder; one line of text for each."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    files = seed_files()
    for fault in faults:
        one = make_input(fault.seed, fault.k, files)
        path = folder / f"{fault.seed}-{fault.k}-{one.name}"
        path.write_bytes(one.content)
        yield f"{path}: {fault.what}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000, help="inputs to read")
    parser.add_argument("--seed", type=int, default=1, help="of the random changes")
    parser.add_argument("--start", type=int, default=0, help="number of the first input")
    parser.add_argument("--work", type=int, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        _work(*options.work)
        return
    faults = fuzz(options.count, options.seed, options.start)
    for line in _keep(faults):
        print(line)
    print(f"{options.count:,} inputs of seed {options.seed}: {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
