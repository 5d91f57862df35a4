"""Files and folders are whole or absent: beside other processes, kills, damage and full disks."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from processes import started, until

from gamnet import writing
from gamnet.errors import StorageError
from gamnet.writing import MANIFEST, is_kept, kept_folder, locked, new_file, new_folder

# Builds a folder as a command would, and says so in a file; slow enough to meet another.
BUILD = """
import sys, time
from pathlib import Path
from gamnet.writing import kept_folder

def build(folder):
    with open(sys.argv[2], "a") as log:
        log.write("built\\n")
    (folder / "half").write_text("half")
    time.sleep(float(sys.argv[3]))
    (folder / "data").write_text("whole")

print((kept_folder(Path(sys.argv[1]), build) / "data").read_text())
"""


def fill(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a.npy").write_bytes(bytes(1000))
    (folder / "b.txt").write_text("content")


def forget() -> None:
    """As a new process begins."""
    writing._whole.clear()


def test_first_users_build_once_and_all_find_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    users = [started(BUILD, tmp_path / "home" / "store", log, 0.5) for _ in range(4)]
    told = [user.communicate() for user in users]
    assert [user.returncode for user in users] == [0] * 4, told
    assert [out for out, _ in told] == ["whole\n"] * 4
    assert log.read_text() == "built\n"
    assert any("waiting for it" in error for _, error in told)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["store"]


def test_threads_of_one_process_build_once(tmp_path: Path) -> None:
    built = []

    def build(folder: Path) -> None:
        built.append(folder)
        fill(folder)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kept_folder(tmp_path / "store", build), range(16)))
    assert len(built) == 1 and set(found) == {tmp_path / "store"}


def test_what_a_killed_builder_leaves_is_swept(tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    killed = started(BUILD, home / "store", log, 600)
    until(lambda: list(home.glob(".store.partial/half")))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (home / "store").exists() and list(home.iterdir())
    out, error = started(BUILD, home / "store", log, 0).communicate()
    assert out == "whole\n" and not error
    assert [path.name for path in home.iterdir()] == ["store"]


@pytest.mark.parametrize("name", ["inner/a.npy", "b.txt", MANIFEST])
@pytest.mark.parametrize("harm", ["byte", "cut", "gone"])
def test_a_damaged_store_is_found_and_built_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, harm: str
) -> None:
    folder = kept_folder(tmp_path / "store", fill)
    forget()
    assert is_kept(folder) and kept_folder(folder, None) == folder  # nothing to build
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content if harm == "byte" else content[:-5])
    forget()
    if (name, harm) != (MANIFEST, "byte"):  # what the flipped byte says decides
        assert not is_kept(folder)
    kept_folder(folder, fill, thorough=True)
    assert "is built anew" in caplog.text or (name, harm) == (MANIFEST, "byte")
    assert (folder / "b.txt").read_text() == "content"
    assert (folder / "inner" / "a.npy").read_bytes() == bytes(1000)
    assert is_kept(folder)


def test_damage_behind_an_old_date_is_found_when_all_is_read(tmp_path: Path) -> None:
    folder = kept_folder(tmp_path / "store", fill)
    state = (folder / "b.txt").stat()
    (folder / "b.txt").write_text("cOntent")
    os.utime(folder / "b.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    kept_folder(folder, fill, thorough=True)
    assert (folder / "b.txt").read_text() == "content"


def test_a_copied_store_is_whole(tmp_path: Path) -> None:
    folder = kept_folder(tmp_path / "store", fill)
    os.utime(folder / "b.txt", (0, 0))
    forget()
    assert kept_folder(folder, None) == folder
    noted = json.loads((folder / MANIFEST).read_text())
    assert set(noted) == {"b.txt", "inner/a.npy"}


def test_a_folder_appears_only_when_complete(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), new_folder(tmp_path / "data") as temporary:
        (temporary / "half").write_text("")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    for name in ("whole", "other"):  # a second one takes the place of the first
        with new_folder(tmp_path / "data") as temporary:
            (temporary / name).write_text("")
        assert [path.name for path in (tmp_path / "data").iterdir()] == [name]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), new_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    (tmp_path / "link.csv").symlink_to(path)
    with new_file(tmp_path / "link.csv") as temporary:
        assert path.read_text() == "old" and temporary.suffix == ".csv"
        temporary.write_text("new")
    assert path.read_text() == "new" and (tmp_path / "link.csv").is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.csv", "values.csv"]


def test_what_is_no_file_is_written_directly(tmp_path: Path) -> None:
    with new_file(Path(os.devnull)) as temporary:
        temporary.write_text("nothing")
    assert not Path(os.devnull).is_file()
    with pytest.raises(StorageError, match="Cannot write '/dev/full': No space left"):
        with new_file(Path("/dev/full")) as temporary:
            temporary.write_text("too much")


def test_two_writers_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    with new_file(path) as temporary:
        temporary.write_text("first")
        with pytest.raises(StorageError, match="is being written by another process"):
            with new_file(path):
                pytest.fail("two writers")
    assert path.read_text() == "first"


def test_what_is_read_elsewhere_is_not_blamed_on_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), new_file(tmp_path / "a"):
        Path("/nowhere/input").read_text()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    code = """
import sys, time
from pathlib import Path
from gamnet.writing import locked
with locked(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(600)
"""
    lock = tmp_path / "lock"
    holder = started(code, lock)
    assert holder.stdout.readline() == "mine\n"
    with locked(lock, wait=False) as mine:
        assert not mine
    holder.kill()
    holder.wait()
    with locked(lock, wait=False) as mine:
        assert mine
    assert not lock.exists()


FULL = """
import resource, sys
from pathlib import Path
import numpy as np, torch
from gamnet.errors import StorageError
from gamnet.writing import kept_folder, new_file

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
path = Path(sys.argv[1])

def build(folder):
    np.save(folder / "a.npy", np.zeros(100_000))

for write in (
    lambda: kept_folder(path / "store", build),
    lambda: write_to(path / "old.csv"),
):
    try:
        write()
    except StorageError as error:
        print(error)
"""


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    function = """
def write_to(path):
    with new_file(path) as temporary, temporary.open("w") as file:
        for _ in range(10_000):
            file.write("0123456789")
"""
    out, error = started(function + FULL, tmp_path).communicate()
    assert not error
    first, second = out.splitlines()
    assert first.startswith(f"Cannot write '{tmp_path}/store': ") and "free space" in first
    assert second.startswith(f"Cannot write '{tmp_path}/old.csv': File too large")
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StorageError, match="Cannot write '.*store'"):
        kept_folder(tmp_path / "home" / "store", fill)
