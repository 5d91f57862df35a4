"""Resumable folders of chunks: kills, damage, several processes, the names of old files."""

import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from processes import started, until

from gamnet.chunks import NPZ, chunk_path, keep_chunk, make_chunk, read_chunk
from gamnet.writing import locked

RUN = """
import sys, time
from pathlib import Path
import numpy as np
from gamnet.chunks import NPZ, chunk_path, keep_chunk, make_chunk

folder, log = Path(sys.argv[1]), sys.argv[2]

def compute(k):
    with open(log, "a") as file:
        file.write(f"{k}\\n")
    time.sleep(0.03)
    return {"square": np.arange(k * 100, k * 100 + 100) ** 2}

paths = [chunk_path(folder, k, [f"chunk {k}"], NPZ.suffix) for k in range(20)]
for wait in (False, True):
    for k, path in enumerate(paths):
        make_chunk(path, NPZ, lambda: compute(k), wait=wait)
print(sum(keep_chunk(path, NPZ, None)["square"].sum() for path in paths))
"""
SUM = sum(n * n for n in range(2000))


def arrays(k: int = 1) -> dict[str, np.ndarray]:
    return {"a": np.arange(50) * k, "b": np.array(["x", "yy"])}


def equal(found: dict[str, np.ndarray] | None, expected: dict[str, np.ndarray]) -> bool:
    return found is not None and all(np.array_equal(found[k], expected[k]) for k in expected)


def never() -> dict[str, np.ndarray]:
    pytest.fail("computed again")


def test_a_chunk_is_computed_once(tmp_path: Path) -> None:
    path = chunk_path(tmp_path / "work", 3, ["water", "methane"], NPZ.suffix)
    assert read_chunk(path, NPZ) is None
    assert equal(make_chunk(path, NPZ, arrays), arrays())
    assert make_chunk(path, NPZ, never) is None
    assert equal(keep_chunk(path, NPZ, never), arrays())
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, f"{path.name}.sha256"]
    # As the tool that everybody has sees it.
    command = ["sha256sum", "-c", f"{path.name}.sha256"]
    assert subprocess.run(command, cwd=path.parent, capture_output=True).returncode == 0


def test_what_a_chunk_holds_is_in_its_name(tmp_path: Path) -> None:
    names = [
        chunk_path(tmp_path, place, holds, ".npz").name
        for place, holds in ((0, ["a", "b"]), (0, ["a", "c"]), (1, ["a", "b"]))
    ]
    assert len(set(names)) == 3 and [name[:6] for name in names] == ["00000-", "00000-", "00001-"]


@pytest.mark.parametrize("harm", ["byte", "cut", "empty"])
def test_damage_is_found_and_made_good(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    path = chunk_path(tmp_path, 0, [], NPZ.suffix)
    keep_chunk(path, NPZ, arrays)
    whole = path.read_bytes()
    for position in range(0, len(whole), 37) if harm == "byte" else [0]:
        content = bytearray(whole)
        content[position] ^= 4
        path.write_bytes({"byte": content, "cut": whole[:-30], "empty": b""}[harm])
        assert read_chunk(path, NPZ) is None
    assert equal(keep_chunk(path, NPZ, arrays), arrays())
    assert path.read_bytes() == whole and "is damaged: it is made anew" in caplog.text


def test_a_chunk_from_before_there_were_checksums(tmp_path: Path) -> None:
    path = chunk_path(tmp_path, 0, [], NPZ.suffix)
    keep_chunk(path, NPZ, arrays)
    whole = path.read_bytes()
    Path(f"{path}.sha256").unlink()
    assert equal(keep_chunk(path, NPZ, never), arrays())
    path.write_bytes(whole[:200])
    assert read_chunk(path, NPZ) is None
    assert equal(keep_chunk(path, NPZ, lambda: arrays(2)), arrays(2))


def test_a_chunk_that_another_is_at_is_left_to_it(tmp_path: Path) -> None:
    path = chunk_path(tmp_path, 0, [], NPZ.suffix)
    with locked(path.with_suffix(".lock")):
        assert make_chunk(path, NPZ, never) is None
    assert equal(make_chunk(path, NPZ, arrays), arrays())


def test_several_processes_share_the_work(tmp_path: Path) -> None:
    log = tmp_path / "log"
    workers = [started(RUN, tmp_path / "work", log) for _ in range(3)]
    for worker in workers:
        out, error = worker.communicate()
        assert out == f"{SUM}\n" and not error
    done = list(map(int, log.read_text().split()))
    assert sorted(done) == list(range(20))
    assert {p.suffix for p in (tmp_path / "work").iterdir()} == {".npz", ".sha256"}


def test_a_kill_costs_the_chunk_at_hand(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for n in (3, 9, 16):
        worker = started(RUN, tmp_path / "work", log)
        until(lambda n=n: log.is_file() and len(log.read_text().split()) >= n)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    out, error = started(RUN, tmp_path / "work", log).communicate()
    assert out == f"{SUM}\n" and not error
    done = list(map(int, log.read_text().split()))
    assert set(done) == set(range(20)) and len(done) <= 23
    assert {p.suffix for p in (tmp_path / "work").iterdir()} == {".npz", ".sha256"}
