"""Screening: equal to predicting, whole after kills, and in words when something is wrong."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from processes import until
from typer.testing import CliRunner

import gamnet
from gamnet.commands.main import main
from gamnet.errors import CheckpointError, ConfigError
from gamnet.prediction.model import Model
from gamnet.screening import screen as screening
from gamnet.screening.items import read_source
from gamnet.screening.library import Piece
from gamnet.screening.screen import Run, Summary, Task, columns_of, run_here, screen, weights_of
from gamnet.screening.selection import Filter, Selection, Top

SMILES = ("CCO", "c1ccccc1", "C1CC", "CC(=O)N", "CN", "C#N", "[Na+]", "O", "C1CC1F", "OCC=C")
FAILED = {"C1CC", "[Na+]"}


@pytest.fixture(scope="module")
def model() -> Model:
    return gamnet.load("qm9")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.csv"
    rows = [f"m{k},{smiles}" for k, smiles in enumerate(SMILES)]
    path.write_text("\n".join(["id,smiles", *rows]) + "\n")
    return path


def run(library: Path, output: Path, **options) -> tuple[Summary, pa.Table]:
    done = screen(library, output, size=3, progress=False, model="qm9", **options)
    return done, pq.read_table(output)


def test_it_equals_predicting(
    gamnet_home: Path, tmp_path: Path, library: Path, model: Model
) -> None:
    done, table = run(library, tmp_path / "r.parquet", maps=True)
    assert done == Summary(len(SMILES), len(FAILED), len(SMILES), None)
    assert table["id"].to_pylist() == [f"m{k}" for k in range(len(SMILES))]
    assert table["smiles"].to_pylist() == list(SMILES)
    expected = model.predict(read_source(str(library)))
    for row, prediction in zip(table.to_pylist(), expected, strict=True):
        assert (row["source"], row["frame"]) == (str(library), prediction.frame)
        assert row["error"] == prediction.error and bool(row["error"]) == (row["smiles"] in FAILED)
        if prediction.error:
            assert row["gap"] is None
            continue
        assert (row["formula"], row["model"]) == (prediction.structure.formula, "qm9")
        assert row["domain"] == prediction.domain.verdict
        for pid, predicted in prediction.properties.items():
            assert row[pid] == pytest.approx(predicted.value, abs=1e-5)
            stated = predicted.uncertainty
            assert row[f"{pid}_uncertainty"] == (stated and pytest.approx(stated, rel=1e-4))
            scores, parts = row[f"{pid}_ga_scores"], row[f"{pid}_contributions"]
            np.testing.assert_allclose(scores, predicted.ga_scores, atol=1e-6)
            np.testing.assert_allclose(parts, predicted.contributions, atol=1e-4)
    assert table.schema.field("gap").metadata == {b"unit": b"eV"}
    assert list(gamnet_home.rglob("*.parquet")) == []  # nothing is left once all is written


@pytest.mark.parametrize("name", ["three_records.sdf", "slab_md.extxyz", "two_models.pdb"])
def test_files_of_structures(
    gamnet_home: Path, tmp_path: Path, data: Path, name: str, model: Model
) -> None:
    _, table = run(data / name, tmp_path / "r.parquet")
    expected = model.predict(gamnet.structures.reading.iter_structures(data / name))
    assert len(table) == len(expected) > 1
    for row, prediction in zip(table.to_pylist(), expected, strict=True):
        assert (row["source"], row["frame"]) == (str(data / name), prediction.frame)
        assert row["error"] == prediction.error
        for pid, predicted in prediction.properties.items():
            assert row[pid] == pytest.approx(predicted.value, abs=1e-5)


def test_a_stopped_screening_goes_on(gamnet_home: Path, tmp_path: Path, library: Path) -> None:
    _, whole = run(library, tmp_path / "whole.parquet")
    seen: list[int] = []

    def stopped(given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
        for piece, table in run_here(given, task):
            if len(seen) == 2:
                raise KeyboardInterrupt
            seen.append(piece.place)
            yield piece, table

    def counting(given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
        for piece, table in run_here(given, task):
            seen.append(piece.place)
            yield piece, table

    output = tmp_path / "r.parquet"
    with pytest.raises(KeyboardInterrupt):
        run(library, output, run=stopped)
    assert not output.exists()
    # A piece that was damaged since is made again, and one whose rows have changed.
    first, second = sorted(gamnet_home.rglob("*.parquet"))
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(content)
    _, table = run(library, output, run=counting)
    assert table.equals(whole) and seen == [0, 1, 0, 2, 3]


def test_pieces_may_come_back_in_any_order(
    gamnet_home: Path, tmp_path: Path, library: Path
) -> None:
    _, whole = run(library, tmp_path / "whole.parquet")

    def backwards(given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
        yield from reversed(list(run_here(given, task)))

    _, table = run(library, tmp_path / "r.parquet", run=backwards)
    assert table.equals(whole)


def test_selections_need_no_second_computation(
    gamnet_home: Path, tmp_path: Path, library: Path
) -> None:
    _, whole = run(library, tmp_path / "whole.parquet")
    frame = whole.to_pandas()
    schema = columns_of("qm9", False)

    def select(selection: Selection, **options) -> list[str]:
        done, table = run(library, tmp_path / "r.parquet", selection=selection, **options)
        assert done.n == len(SMILES) and done.n_written == len(table)
        assert done.kept is not None and list(done.kept.glob("*.parquet"))
        return table["id"].to_pylist()

    chosen = select(Selection(Filter("gap > 7 and homo < -7", schema)))
    assert chosen == frame.query("gap > 7 and homo < -7")["id"].tolist() != []

    def never(given: Iterable[Piece], task: Task) -> Iterator[tuple[Piece, pa.Table]]:
        assert not list(given)
        return iter(())

    best = select(Selection(top=Top(3, "gap")), run=never)
    assert best == frame.sort_values("gap", ascending=False)["id"].tolist()[:3]
    both = Selection(Filter("n_atoms > 5", schema), Top(2, "lumo", ascending=True))
    expected = frame.query("n_atoms > 5").sort_values("lumo")["id"].tolist()[:2]
    assert select(both, run=never) == expected


def test_other_weights_on_a_worker_are_refused() -> None:
    piece = Piece(0, "a.csv", False, (), 1.0)
    task = Task("qm9", weights_of("qm9"), False)
    assert len(screening.predict_piece(piece, task)) == 0
    with pytest.raises(CheckpointError, match="has other weights on a worker"):
        screening.predict_piece(piece, replace(task, sha256="0" * 64))


def test_wrong_outputs(gamnet_home: Path, tmp_path: Path, library: Path) -> None:
    with pytest.raises(ConfigError, match="Name it RESULTS.parquet"):
        screen(library, tmp_path / "r.csv", model="qm9", progress=False)
    path = tmp_path / "x.parquet"
    path.write_text("")
    with pytest.raises(ConfigError, match="is the library"):
        screen(path, path, model="qm9", progress=False)


# --- the command and the cluster ------------------------------------------------------------------


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["screen", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "/nowhere/r.parquet"], "Cannot write '/nowhere/r.parquet'"),
        (["-o", "r.csv"], "Name it RESULTS.parquet"),
        (["-o", "r.parquet", "--top", "3"], "--top and --by belong together"),
        (["-o", "r.parquet", "--top", "3", "--by", "domain"], "'domain' is no column of numbers"),
        (["-o", "r.parquet", "--filter", "colour<3"], "names 'colour', which is no column"),
        (["-o", "r.parquet", "--workers", "2", "--scheduler", "tcp://a:1"], "this machine alone"),
        (["-o", "r.parquet", "--scheduler", "tcp://127.0.0.1:1"], "No Dask scheduler answers"),
    ],
)
def test_wrong_usage(
    library: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setattr("gamnet.screening.dask.TIMEOUT", 1)
    result = command(library, *arguments)
    assert result.exit_code == 2 and message in result.stderr and "Traceback" not in result.stderr


def test_without_dask_it_says_what_to_install(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gamnet.extras.find_spec", lambda name: None)
    result = command(library, "-o", "r.parquet")
    assert result.exit_code == 2 and "extra 'dask'" in result.stderr


@pytest.fixture(scope="module")
def on_cluster() -> Iterator[Run]:
    """Two workers; they take long to start."""
    import dask as upstream

    from gamnet.screening.dask import cluster

    # A piece is given up at the first death of its worker: a new one takes seconds.
    config = upstream.config.set({"distributed.scheduler.allowed-failures": 0})
    with config, cluster(workers=2) as run_on:
        yield run_on


@pytest.mark.slow
def test_a_cluster_equals_this_process(
    gamnet_home: Path, tmp_path: Path, library: Path, on_cluster: Run
) -> None:
    _, whole = run(library, tmp_path / "whole.parquet")
    _, table = run(library, tmp_path / "r.parquet", run=on_cluster)
    assert table.drop_columns("homo").schema == whole.drop_columns("homo").schema
    for name in whole.column_names:
        one, two = whole[name].to_pylist(), table[name].to_pylist()
        # Batches are cut elsewhere, which rounds single precision otherwise.
        number = any(isinstance(value, float) for value in one)
        assert two == (pytest.approx(one, abs=1e-5, nan_ok=True) if number else one), name


@pytest.mark.slow
def test_a_scheduler_and_a_worker_of_their_own(
    gamnet_home: Path, tmp_path: Path, library: Path
) -> None:
    """As on a cluster: both are processes that the command did not start."""
    told = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    options = ["--scheduler-file", str(told), "--no-dashboard"]
    here = ["--host", "127.0.0.1"]
    with (tmp_path / "log").open("w") as log:
        started = [
            subprocess.Popen([*dask, "scheduler", "--port", "0", *options, *here], stderr=log)
        ]
        try:
            until(lambda: told.is_file() and told.stat().st_size)
            started.append(
                subprocess.Popen([*dask, "worker", "--nthreads", "1", *options, *here], stderr=log)
            )
            address = json.loads(told.read_text())["address"]
            output = tmp_path / "r.parquet"
            result = command(library, "-o", output, "-m", "qm9", "--scheduler", address)
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()
    assert result.exit_code == 1, result.output  # two rows fail
    table, (_, whole) = pq.read_table(output), run(library, tmp_path / "whole.parquet")
    for name in ("id", "smiles", "error"):
        assert table[name].to_pylist() == whole[name].to_pylist()
    assert table["gap"].to_pylist() == [
        None if gap is None else pytest.approx(gap, abs=1e-5) for gap in whole["gap"].to_pylist()
    ]


@pytest.mark.slow
def test_workers_that_die(monkeypatch: pytest.MonkeyPatch, library: Path, on_cluster: Run) -> None:
    """One is killed in the middle, which costs time alone; one structure kills whoever takes it."""
    from gamnet.screening import dask
    from gamnet.screening.library import pieces

    def deadly(piece: Piece, task: Task) -> pa.Table:
        import time

        time.sleep(0.2)
        if any(member.id == "m4" for member in piece.members):
            os._exit(1)
        schema = pa.schema([("id", pa.string()), ("error", pa.string())])
        rows = [{"id": member.id, "error": str(os.getpid())} for member in piece.members]
        return pa.Table.from_pylist(rows, schema=schema)

    def failed(piece: Piece, task: Task, reason: str) -> pa.Table:
        return pa.table({"id": [member.id for member in piece.members], "error": [reason]})

    monkeypatch.setattr(dask, "predict_piece", deadly)
    monkeypatch.setattr(dask, "failed_piece", failed)
    found: dict[int, pa.Table] = {}
    for piece, table in on_cluster(pieces(library, 2), Task("qm9", "", False)):
        if not found:
            os.kill(int(table["error"][0].as_py()), signal.SIGKILL)
        found[piece.place] = table
    rows = pa.concat_tables([found[place] for place in sorted(found)]).to_pylist()
    assert [row["id"] for row in rows] == [f"m{k}" for k in range(len(SMILES))]
    assert [row["id"] for row in rows if "died" in row["error"]] == ["m4"]


def finished(home: Path) -> list[Path]:
    """The chunks that are there whole; what is being written has a hidden name."""
    return [path for path in home.rglob("*.parquet") if not path.name.startswith(".")]


@pytest.mark.slow
def test_a_killed_command_goes_on(
    gamnet_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "chains.smi"
    texts = [f"{'C' * (k % 7 + 1)}{'O' * (k % 2)} m{k}" for k in range(600)]  # three pieces
    library.write_text("\n".join(texts) + "\n")
    arguments = [library, "-o", tmp_path / "r.parquet", "--workers", "1", "-m", "qm9"]
    code = "from gamnet.commands.main import main; main()"
    killed = subprocess.Popen(
        [sys.executable, "-c", code, "screen", *map(str, arguments)], stderr=subprocess.DEVNULL
    )
    until(lambda: finished(gamnet_home), seconds=500)  # on a busy machine
    killed.kill()
    killed.wait()
    done = {path: path.stat().st_mtime_ns for path in finished(gamnet_home)}
    assert not (tmp_path / "r.parquet").exists()
    # The selection keeps the chunks, to be looked at.
    result = command(*arguments, "--filter", "n_atoms > 0")
    assert result.exit_code == 0, result.output
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in done.items())
    table = pq.read_table(tmp_path / "r.parquet")
    assert table["id"].to_pylist() == [f"m{k}" for k in range(600)]
    monkeypatch.setenv("GAMNET_HOME", str(tmp_path / "other"))
    screen(library, tmp_path / "whole.parquet", model="qm9", progress=False)
    whole = pq.read_table(tmp_path / "whole.parquet")
    for name in ("gap", "zpve"):
        np.testing.assert_allclose(table[name], whole[name], atol=1e-5)
