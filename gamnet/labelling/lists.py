"""The lists of tasks: the shipped candidates, and the QM9 molecules that tie the levels."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, fields
from itertools import chain, zip_longest
from pathlib import Path

from gamnet.datasets import get_dataset
from gamnet.datasets.classes import Candidate
from gamnet.errors import LabelError
from gamnet.explanation.truth import sample
from gamnet.home import PRETRAINED
from gamnet.labelling.geometry import QM9, geometry_of, make_geometry
from gamnet.labelling.job import Chunk, Task
from gamnet.labelling.pack import read_pack
from gamnet.structures.structure import Structure
from gamnet.writing import new_file

QM9_SAMPLE, _QM9_FLUORINE = 60, 12
TRAIN_PER_TEST = 6  # chunks
_COLUMNS = [field.name for field in fields(Candidate)]


def write_candidates(found: Iterable[Candidate], path: Path) -> None:
    """Write a list of candidates as csv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        new_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([_COLUMNS, *(astuple(c) for c in found)])


def read_candidates(path: Path) -> list[Candidate]:
    """Read a list of candidates; raises LabelError if it is absent or another kind of file."""
    path = Path(path)
    if not path.is_file():
        raise LabelError(f"No list '{path}'", "Give --hiv and --moses to make one")
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    if not rows or rows[0] != _COLUMNS:
        raise LabelError(f"'{path.name}' is no list of candidates", "Give --hiv and --moses")
    return [Candidate(row[0], int(row[1]), *row[2:]) for row in rows[1:]]


def anchor_tasks(found: Iterable[Candidate]) -> list[Task]:
    """One task for each candidate, on the geometry that is its own."""
    return [Task(c.smiles, geometry_of(c.smiles), c.source) for c in found]


def not_shipped(tasks: list[Task], which: str) -> list[Task]:
    """The tasks whose labels are not in the shipped file of this list."""
    path = shipped_labels(which)
    if not path.is_file():
        return tasks
    told = read_pack(path).select(["smiles", "geometry"]).to_pylist()
    known = {(row["smiles"], row["geometry"]) for row in told}
    return [task for task in tasks if (task.smiles, task.geometry) not in known]


def qm9_tasks() -> list[Task]:
    """QM9 molecules of the training split at QM9's own geometry, some with fluorine."""
    table = get_dataset("qm9").table()
    drawn = sample(get_dataset("qm9"), "train", 20_000)
    fluorine = [k for k in drawn if "F" in table.at[k, "smiles"]][:_QM9_FLUORINE]
    others = [k for k in drawn if k not in fluorine][: QM9_SAMPLE - len(fluorine)]
    pairs = zip_longest(others, fluorine)
    chosen = [k for k in chain.from_iterable(pairs) if k is not None]
    return [Task(table.at[k, "smiles"], QM9, f"qm9:{k}") for k in chosen]


def task_geometry(task: Task) -> Structure:
    """The structure that a task is labelled at."""
    if task.geometry == QM9:
        return get_dataset("qm9").structure(task.source.removeprefix("qm9:"))
    return make_geometry(task.smiles, task.geometry)


def interleave(train: list[Chunk], test: list[Chunk]) -> list[Chunk]:
    """One test chunk after TRAIN_PER_TEST train chunks, then what is left of either."""
    mixed, rest = [], list(test)
    for start in range(0, len(train), TRAIN_PER_TEST):
        mixed += train[start : start + TRAIN_PER_TEST] + rest[:1]
        del rest[:1]
    return mixed + rest


def shipped_labels(which: str) -> Path:
    """The parquet file of the labels of a list that are shipped."""
    return PRETRAINED / "organic" / "labels" / f"anchors-{which}.parquet"


def shipped_list(which: str) -> Path:
    """The csv file of a shipped list of candidates."""
    return PRETRAINED / "organic" / "labels" / f"candidates-{which}.csv"
