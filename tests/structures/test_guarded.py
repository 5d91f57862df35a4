"""Reading in a process with limits: equal to direct reading, and its end is a failure of one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sandboxed
from batches import opened

from gamnet.confined import Limits
from gamnet.sandbox import Pool
from gamnet.screening import items as batch_items
from gamnet.screening.items import Reader, open_part
from gamnet.structures import guarded
from gamnet.structures.guarded import iter_guarded
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, Structure

EACH = Limits(step=0)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(["gamnet.screening.items", "sandboxed"])
    yield made
    made.close()


def whole(item: Structure | Failure) -> object:
    """All that is said of it, to be compared."""
    if isinstance(item, Failure):
        return item
    lattice = None if item.lattice is None else item.lattice.tobytes()
    atoms = item.numbers.tobytes(), item.positions.tobytes()
    return *atoms, lattice, item.pbc, item.source, item.frame, item.info


def test_every_file_reads_as_it_does_here(pool: Pool, data: Path) -> None:
    files = [path for path in sorted(data.rglob("*")) if path.is_file()]
    files = [path for path in files if "golden" not in path.parts and path.stat().st_size < 10**5]
    assert len(files) > 50
    for path in files:
        content = path.read_bytes()
        here = list(iter_structures(content, name=path.name))
        there = list(iter_guarded(pool, content, name=path.name))
        assert list(map(whole, there)) == list(map(whole, here)), path.name
        for structure in there:
            assert isinstance(structure, Failure) or not structure.positions.flags.writeable


def test_a_smiles_and_a_part_of_a_file(pool: Pool, data: Path) -> None:
    (here,) = iter_structures("smiles:CCO")
    (there,) = iter_guarded(pool, "smiles:CCO", name="smiles:CCO")
    assert there.source == here.source == "smiles:CCO"
    assert np.array_equal(there.positions, here.positions)
    content = (data / "slab_md.extxyz").read_bytes()
    assert len(list(iter_guarded(pool, content, name="a.extxyz", most=2))) == 2


def test_a_file_that_ends_its_reader_is_a_failure_after_what_was_read(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "_structures", sandboxed.structures_then_silence)
    *some, last = iter_guarded(pool, b"", name="slow.xyz", limits=replace(EACH, patience=1))
    assert [s.formula for s in some] == ["H2"]
    assert isinstance(last, Failure) and last.frame == 1
    assert last.error.startswith("'slow.xyz' was not read within 1 s: the reader was stopped.")


def test_a_batch_reads_as_it_does_here(pool: Pool, data: Path) -> None:
    parts = [
        open_part((data / name).read_bytes(), name)
        for name in ("slab_md.extxyz", "three_records.sdf", "nacl_symmetry.cif")
    ]
    parts += [opened("id,SMILES\na,CCO\nb,\nc,wrong\nd,C\n"), open_part(b"", "x.csv")]
    reader = Reader(parts, partial(pool.stream, limits=EACH))
    there = list(reader)
    assert reader.fraction == 1
    for one, other in zip(there, Reader(parts), strict=True):
        assert (one.id, one.text, whole(one.structure)) == (
            other.id, other.text, whole(other.structure),
        )  # fmt: skip


def test_rows_that_end_their_reader_fail_alone(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_items, "part_items", sandboxed.part_items_that_die)
    monkeypatch.setattr(batch_items, "_MAX_ENDED", 2)
    table = opened("id,SMILES\na,C\nb,deadly\nc,N\nd,deadly\ne,O\n")
    found = list(Reader([replace(table, structure_column=1)], partial(pool.stream, limits=EACH)))
    assert [item.id for item in found] == list("abcde")
    kinds = [isinstance(item.structure, Structure) for item in found]
    assert kinds == [True, False, True, False, False]
    assert "row 2: 'list.csv' ended the process" in found[1].structure.error
    assert "row 5: 2 rows before it failed so" in found[4].structure.error
