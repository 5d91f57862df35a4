"""Damaged files are read or refused in words; `python -m benchmarks.fuzz` reads more of them."""

import random

import pytest

from benchmarks.fuzz import Fault, fuzz
from benchmarks.fuzz_inputs import make_input, seed_files
from gamnet.structures.reading import read


def told(faults: list[Fault]) -> str:
    return "\n".join(f"--seed {f.seed} --start {f.k}, {f.seed_file}: {f.what}" for f in faults)


def test_a_few_hundred_damaged_files() -> None:
    faults = fuzz(400, seed=1)
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_ten_thousand_damaged_files(seed: int) -> None:
    faults = fuzz(5_000, seed)
    assert not faults, told(faults)


def test_inputs_are_the_same_in_every_order() -> None:
    files = seed_files()
    order = list(range(50))
    first = {k: make_input(7, k, files) for k in order}
    random.Random(0).shuffle(order)
    assert all(make_input(7, k, files) == first[k] for k in order)
    assert len({one.content for one in first.values()}) > 45


def test_faults_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """The worker's own checks, with a reader that is broken on purpose."""
    import benchmarks.fuzz as fuzzing
    from gamnet.structures import reading

    (one, *_) = (make_input(7, k, seed_files()) for k in range(1))

    def broken(*_arguments: object, **_options: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(reading, "iter_structures", broken)
    fault, _, _ = fuzzing._read(one)
    assert fault is not None and fault.startswith("raised KeyError in test_fuzz.py")
    (water,) = read(b"3\n\nO 0 0 0\nH 0 0 0.96\nH 0.93 0 -0.24\n")
    bad = water.positions.copy()
    bad[0, 0] = float("nan")
    object.__setattr__(water, "positions", bad)
    monkeypatch.setattr(reading, "iter_structures", lambda *_a, **_o: iter([water]))
    assert fuzzing._read(one)[0] == "has a number that is not finite"
