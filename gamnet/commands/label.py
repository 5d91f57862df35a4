"""`gamnet label`: DFT labels of organic molecules, in resumable chunks."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gamnet.commands.console import say

if TYPE_CHECKING:
    from gamnet.labelling.job import Chunk


class Which(StrEnum):
    """Lists of molecules."""

    TRAIN = "train"
    TEST = "test"
    BOTH = "both"
    QM9 = "qm9"
    WIDE = "wide"


def label(
    which: Annotated[
        Which,
        typer.Argument(
            help="train, test, both in turn, QM9 molecules that tie the levels, or the wide list "
            "by GFN2-xTB.",
            show_default=False,
        ),
    ],
    hiv: Annotated[
        Path | None, typer.Option(help="List of HIV compounds (csv), to draw candidates anew.")
    ] = None,
    iqspr: Annotated[
        Path | None, typer.Option(help="Table of iqspr 1.0 (RData), of the wide list.")
    ] = None,
    moses: Annotated[
        Path | None, typer.Option(help="List of MOSES (csv), to draw candidates anew.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help="Molecules of the list; all by default.")
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(
            "--pack",
            help="Only add what is finished to this file (parquet); qm9: fit the offset.",
        ),
    ] = None,
) -> None:
    """Compute B3LYP labels of organic molecules (needs the extras 'orbitals' and 'md').

    The list 'wide' is molecules of QM9, --iqspr and --hiv at a force field's geometry, by GFN2-xTB.

    The lists are shipped; with --hiv and --moses they are drawn anew. What is shipped is not
    computed again; what is finished is kept under GAMNET_HOME: call again to go on, also from
    several processes at once.

    \b
    Examples:
      gamnet label both
      gamnet label train --limit 500
      gamnet label train --pack anchors-train.parquet
      gamnet label qm9 --pack anchors-qm9.parquet
      gamnet label wide --iqspr qspr.data.RData --hiv HIV.csv
    """
    from importlib.util import find_spec

    from gamnet.errors import ConfigError

    if pack is not None:
        _pack(which, pack)
        return
    modules = {"tblite": "md"} | ({} if which == Which.WIDE else {"pyscf": "orbitals"})
    for module, extra in modules.items():
        if find_spec(module) is None:
            raise ConfigError(
                f"{module} is not installed", f"In the checkout: pip install '.[{extra}]'"
            )
    if which == Which.WIDE:
        _run_wide(hiv, iqspr, limit)
        return
    _run(_chunks(which, hiv, moses, limit))


def _pack(which: Which, path: Path) -> None:
    from gamnet.errors import ConfigError
    from gamnet.labelling import offset
    from gamnet.labelling.dft import ANCHOR, level_name
    from gamnet.labelling.pack import pack_labels, summary

    if which == Which.BOTH:
        raise ConfigError("'both' are two lists", "Pack train and test one by one")
    if which == Which.WIDE:
        from gamnet.labelling.wide import pack_wide

        say(f"wrote {path}: {len(pack_wide(path)):,} molecules")
        return
    table = pack_labels(which.value, path)
    say(f"wrote {path}: {summary(table)}")
    if which == Which.QM9:
        beside = path.with_suffix(".json")
        offsets = offset.measured_offsets(table)
        offset.write_offsets(offsets, level_name(ANCHOR), beside)
        for name, found in offsets.items():
            say(
                f"wrote {beside}: {name} of QM9 = {found.slope:.3f} x + {found.intercept:.3f} eV, "
                f"error {1000 * found.left_out:.0f} meV"
            )


def _chunks(which: Which, hiv: Path | None, moses: Path | None, limit: int | None) -> list["Chunk"]:
    from gamnet.errors import ConfigError
    from gamnet.labelling import job, lists
    from gamnet.labelling.candidates import candidate_list

    if (hiv is None) != (moses is None):
        raise ConfigError("Only one list of molecules is given", "Give both --hiv and --moses")
    if which == Which.QM9:
        tasks = lists.not_shipped(lists.qm9_tasks()[:limit], which.value)
        return job.chunks_of(tasks, job.folder_of(which.value))
    made = {}
    for name in ("train", "test") if which == Which.BOTH else (which.value,):
        found = (
            lists.read_candidates(lists.shipped_list(name))
            if hiv is None or moses is None
            else candidate_list(name, hiv, moses)
        )
        tasks = lists.not_shipped(lists.anchor_tasks(found[:limit]), name)
        made[name] = job.chunks_of(tasks, job.folder_of(name))
    return lists.interleave(made.get("train", []), made.get("test", []))


def _run_wide(hiv: Path | None, iqspr: Path | None, limit: int | None) -> None:
    import os

    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before tblite is loaded, as in `_run`
    from gamnet.labelling.wide import label_wide, not_shipped, wide_list

    molecules = not_shipped(wide_list(hiv, iqspr)[:limit])
    say(f"{len(molecules):,} molecules")
    for path, table in label_wide(molecules):
        failed = sum(bool(reason) for reason in table["reason"].to_pylist())
        say(f"{path.stem}: {len(table)} molecules, {failed} without a value")


def _run(chunks: list["Chunk"]) -> None:
    import os

    # Before tblite and PySCF are loaded: several processes are faster than several threads.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from gamnet.labelling.dft import dft_labels
    from gamnet.labelling.job import run_chunks
    from gamnet.labelling.lists import task_geometry

    waiting = [chunk for chunk in chunks if not chunk.done]
    say(f"{len(chunks)} chunks, {len(waiting)} to do")
    for chunk, table in run_chunks(waiting, task_geometry, dft_labels):
        failed = sum(bool(reason) for reason in table["reason"].to_pylist())
        seconds = sum(table["seconds"].to_pylist())
        trouble = f", {failed} failed" if failed else ""
        say(f"{chunk.path.parent.name} {chunk.path.stem}: {seconds:.0f} CPU s{trouble}")
