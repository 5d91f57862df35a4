"""Batches: what is read from lists and files, that no row is lost, and what the files hold."""

import csv
import gc
import io
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import ase.io
import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from gamnet import batch_export
from gamnet.batch import BadPart, FilePart, Item, Reader, Row, TablePart, open_part
from gamnet.datasets import qm9
from gamnet.id_tables import qm9_index, read_table
from gamnet.prediction import Prediction, PropertyPrediction
from gamnet.properties import PROPERTIES
from gamnet.structures import Failure, Structure, make_structure
from gamnet_app.batch_job import BatchJob, Limits, Status

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'
WIDE = Limits(structures=1000, atoms=1000, all_atoms=10**6)


def items(*parts) -> list[Item]:
    return list(Reader(parts))


def opened(text: str, name: str = "list.csv") -> TablePart:
    part = open_part(text.encode(), name)
    assert isinstance(part, TablePart), part
    return part


def predicted(structure: Structure | Failure) -> Prediction:
    """Numbers that depend on the structure alone."""
    if isinstance(structure, Failure):
        return Prediction(structure.source, structure.frame, "m", None, error=structure.error)
    n = structure.n_atoms
    parts = structure.numbers / 10.0
    properties = {
        name: PropertyPrediction(
            PROPERTIES[name], -6.5 + parts.sum(), -6.5, np.full(n, 1 / n), parts
        )
        for name in ("homo", "alpha")
    }
    warnings = tuple(structure.info.get("warnings", ()))
    return Prediction(structure.source, structure.frame, "m", structure, properties, warnings)


def rows_of(*parts) -> list[Row]:
    return [Row(item.id, item.text, predicted(item.structure)) for item in items(*parts)]


# --- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_found_by_name_whatever_the_delimiter(delimiter: str) -> None:
    rows = [["note", "canonical_smiles", "compound_id"], ["a, b; c", "CCO", "X1"], ["", "N", "X1"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    table = opened(text.getvalue()).table
    assert table.columns == ("note", "canonical_smiles", "compound_id")
    assert table.structure_columns[0] == 1 and table.id_column == 2 and not table.ambiguous
    assert table.rows == (("a, b; c", "CCO", "X1"), ("", "N", "X1"))


def test_columns_are_found_by_content_without_a_header() -> None:
    table = opened("m1,c1ccccc1,0.5\nm2,C1CC,0.25\nm3,CC(=O)O,1\n").table
    assert not table.header and table.structure_columns == (1,) and table.id_column == 0
    assert len(table.rows) == 3


def test_a_first_row_that_looks_like_names_can_be_told_to_be_data() -> None:
    text = "bad,C1CC\ngood,CCO\ngood2,CCN\n"
    assert read_table(text.encode(), "x.csv").header
    kept = read_table(text.encode(), "x.csv", header=False)
    assert kept.rows[0] == ("bad", "C1CC")


def test_two_columns_of_smiles_are_ambiguous() -> None:
    table = opened("id,smiles_in,smiles_out\n1,CCO,CC=O\n").table
    assert table.ambiguous and set(table.structure_columns[:2]) == {1, 2}


def test_spreadsheet_text_and_a_byte_order_mark_are_read() -> None:
    utf16 = "name;SMILES\nSäure;CC(=O)O\n".encode("utf-16")
    cp1252 = "name;SMILES\nSäure;CC(=O)O\n".encode("cp1252")
    for content in (utf16, cp1252, b"\xef\xbb\xbfname;SMILES\nS\xc3\xa4ure;CC(=O)O\n"):
        table = open_part(content, "x.csv").table
        assert table.columns[0] == "name" and table.rows[0][0] == "Säure"


def test_smi_lines_have_titles_and_bad_lines_keep_them() -> None:
    found = items(opened("CCO grain alcohol\nC1CC broken ring\nN\n", "x.smi"))
    assert [item.id for item in found] == ["grain alcohol", "broken ring", ""]
    assert isinstance(found[1].structure, Failure)
    assert "not a valid SMILES" in found[1].structure.error


def test_qm9_indices_are_read_only_where_they_are_meant() -> None:
    assert qm9_index("gdb_000123") == 123 and qm9_index("qm9:5") == 5 and qm9_index("CC") is None
    by_index = items(opened("name,qm9_index\nmethane,1\n"))
    assert by_index[0].structure.info["qm9_index"] == 1
    mixed = items(opened("id,SMILES\na,CCO\nb,7\nc,qm9:1\n"))
    assert isinstance(mixed[1].structure, Failure), "a bare number among SMILES is a mistake"
    assert mixed[2].structure.info["qm9_index"] == 1


def test_a_list_never_reaches_the_servers_files(data: Path) -> None:
    path = data / "thymine.xyz"
    found = items(opened(f"id,SMILES\na,{path}\nb,file:{path}\nc,-\nd,smiles:{path}\n"))
    assert all(isinstance(item.structure, Failure) for item in found)


def test_empty_cells_and_endless_smiles_are_failures_with_their_row() -> None:
    found = items(opened(f"id,SMILES\na,CCO\nb,\nc,{'C' * 501}\n"))
    assert "row 2" in found[1].structure.error and "no SMILES" in found[1].structure.error
    assert "501 characters" in found[2].structure.error


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"id,SMILES\n", "no rows"),
        (b"id,mass\nM1,12.0\nM2,13\n", "No column holds SMILES"),
        (b"PK\x03\x04\x00\x00", "spreadsheet"),
        (b"\x00\x01\x02\x03" * 40, "not text"),
        (b"smiles,id\nCCO," + b"x" * 140_000 + b"\n", "field larger than field limit"),
    ],
)
def test_a_list_that_cannot_be_used_is_one_failure_with_the_reason(content, reason) -> None:
    part = open_part(content, "x.csv")
    assert isinstance(part, BadPart) and reason in part.error
    (item,) = items(part)
    assert item.id == "x" and item.structure.error == part.error


# --- files ----------------------------------------------------------------------------------------


def test_sdf_ids_come_from_titles_or_a_field(data: Path) -> None:
    part = open_part((data / "three_records.sdf").read_bytes(), "three.sdf")
    assert part.id_field == "Title line" and part.count == 3
    assert [item.id for item in items(part)] == ["ethanol", "pyridine", "acetate"]
    by_field = FilePart(part.name, part.content, part.records, "ID")
    expected = [record.get("ID", "") for record in part.records]
    assert [item.id for item in items(by_field)] == expected and any(expected)


def test_a_broken_sdf_record_keeps_its_place_and_id(data: Path) -> None:
    text = (data / "three_records.sdf").read_text()
    broken = text.replace("M  END", "M  EMD", 2).replace("M  EMD", "M  END", 1)
    found = items(open_part(broken.encode(), "three.sdf"))
    assert [item.id for item in found] == ["ethanol", "pyridine", "acetate"]
    assert [isinstance(item.structure, Failure) for item in found] == [False, True, False]


def test_a_file_of_frames_has_a_row_per_frame(data: Path) -> None:
    part = open_part((data / "slab_md.extxyz").read_bytes(), "slab_md.extxyz")
    found = items(part)
    frames = ase.io.read(data / "slab_md.extxyz", ":")
    assert part.count is None and len(found) == len(frames) > 1
    assert [item.structure.frame for item in found] == list(range(len(frames)))
    assert {item.id for item in found} == {"slab_md"}


def test_reader_goes_in_order_and_its_fraction_never_falls(data: Path) -> None:
    names = ("slab_md.extxyz", "three_records.sdf", "thymine.xyz")
    parts = [open_part((data / name).read_bytes(), name) for name in names]
    reader = Reader([*parts, opened("id,SMILES\nz,C\n")])
    fractions, ids = [], []
    for item in reader:
        ids.append(item.id)
        fractions.append(reader.fraction)
    assert fractions == sorted(fractions) and 0 <= fractions[0] < 1 and reader.fraction == 1
    assert list(dict.fromkeys(ids)) == [
        "slab_md", "ethanol", "pyridine", "acetate", "thymine", "z",
    ]  # fmt: skip


# --- the job --------------------------------------------------------------------------------------


def stream(structures: Iterable[Structure | Failure]) -> Iterator[Prediction]:
    yield from map(predicted, structures)


def stays() -> bool:
    """The visitor has not left."""
    return False


def run(*parts, limits: Limits = WIDE) -> BatchJob:
    job = BatchJob(Reader(parts), stream, limits, threading.Semaphore(1), stays)
    assert job.wait(60)
    return job


def test_every_row_is_there_in_order_with_its_id() -> None:
    state = run(opened("id,SMILES\nA,CCO\nA,C1CC\n,N\nU,[U]\n")).progress
    assert state.status is Status.DONE and state.fraction == 1 and not state.cut
    assert [row.id for row in state.rows] == ["A", "A", "", "U"]
    assert [row.prediction.error is None for row in state.rows] == [True, False, True, True]


def test_a_stopped_batch_keeps_what_is_done() -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(structures):
        for number, prediction in enumerate(stream(structures)):
            yield prediction
            if number == 1:
                arrived.set()
                assert go_on.wait(60)

    text = "id,SMILES\n" + "\n".join(f"m{k},C" for k in range(50))
    job = BatchJob(Reader([opened(text)]), slow, WIDE, threading.Semaphore(1), stays)
    assert arrived.wait(60)
    job.stop()
    assert job.stopping
    go_on.set()
    assert job.wait(60) and job.progress.status is Status.STOPPED and not job.stopping
    assert [row.id for row in job.progress.rows] == ["m0", "m1"]


def test_a_batch_that_nobody_holds_ends_and_gives_way() -> None:
    gate, held = threading.Semaphore(1), threading.Event()

    def endless(structures):
        for structure in structures:
            held.set()
            yield predicted(structure)

    text = "id,SMILES\n" + "\n".join("x,C" for _ in range(900))
    first = BatchJob(Reader([opened(text)]), endless, WIDE, gate, stays)
    assert held.wait(60)
    waiting = BatchJob(Reader([opened("id,SMILES\na,C\n")]), stream, WIDE, gate, stays)
    progress = first.progress
    del first
    gc.collect()
    assert waiting.wait(60) and waiting.progress.status is Status.DONE
    assert progress.status is Status.STOPPED and len(progress.rows) < 900


def test_a_batch_whose_visitor_left_ends_and_gives_way() -> None:
    gate, gone = threading.Semaphore(1), threading.Event()

    def leaving(structures):
        for number, structure in enumerate(structures):
            if number == 2:
                gone.set()
            yield predicted(structure)

    text = "id,SMILES\n" + "\n".join("x,C" for _ in range(900))
    first = BatchJob(Reader([opened(text)]), leaving, WIDE, gate, gone.is_set)
    assert first.wait(60) and first.progress.status is Status.STOPPED
    assert len(first.progress.rows) == 3
    waiting = BatchJob(
        Reader([opened("id,SMILES\na,C\n")]), stream, WIDE, threading.Semaphore(0), gone.is_set
    )
    assert waiting.wait(60) and waiting.progress.status is Status.STOPPED


def test_a_waiting_batch_can_be_stopped() -> None:
    gate = threading.Semaphore(0)
    job = BatchJob(Reader([opened("id,SMILES\na,C\n")]), stream, WIDE, gate, stays)
    job.stop()
    assert job.wait(60) and job.progress.status is Status.STOPPED and job.progress.rows == []


def test_a_fault_ends_the_batch_and_keeps_what_is_done(caplog) -> None:
    def faulty(structures):
        yield predicted(next(iter(structures)))
        raise RuntimeError("no more")

    gate = threading.Semaphore(1)
    job = BatchJob(Reader([opened("id,SMILES\na,C\nb,N\n")]), faulty, WIDE, gate, stays)
    assert job.wait(60) and job.progress.status is Status.BROKEN
    assert len(job.progress.rows) == 1 and "no more" in caplog.text
    assert gate.acquire(timeout=1), "others wait for it for ever"


def test_limits_are_kept_and_told() -> None:
    text = "id,SMILES\n" + "\n".join(f"{k},C" for k in range(9))
    state = run(opened(text), limits=Limits(4, 1000, 10**6)).progress
    assert len(state.rows) == 4 == state.total
    assert state.cut == "The first 4 of 9 structures were taken."
    state = run(opened(text), limits=Limits(1000, 1000, 12)).progress
    assert len(state.rows) == 2 and "more than 12 atoms" in state.cut
    state = run(opened("id,SMILES\nbig,CCCC\nsmall,C\n"), limits=Limits(10, 5, 10**6)).progress
    assert "14 atoms" in state.rows[0].prediction.error and not state.rows[1].prediction.error
    exact = run(opened(text), limits=Limits(9, 1000, 10**6)).progress
    assert not exact.cut and len(exact.rows) == 9


# --- results --------------------------------------------------------------------------------------


@pytest.fixture
def rows(data: Path) -> list[Row]:
    text = f'id,SMILES\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",CC=O\nA,C1CC\nA,qm9:29238\n'
    return rows_of(
        opened(text), open_part((data / "nacl_symmetry.cif").read_bytes(), "nacl_symmetry.cif")
    )


def test_table_has_every_row_and_dft_where_known(rows: list[Row]) -> None:
    frame = batch_export.results_frame(rows, ("homo", "alpha"))
    assert frame["id"].tolist() == [HOSTILE, "A", "A", "nacl_symmetry"]
    assert frame["error"].notna().tolist() == [False, True, False, False]
    assert frame["homo [eV]"].isna().tolist() == [False, True, False, False]
    assert frame["homo [eV]"][0] == rows[0].prediction["homo"].value
    truth = qm9.load_table().loc[29238]
    assert frame["homo DFT [eV]"].isna().tolist() == [True, True, False, True]
    assert frame["homo DFT [eV]"][2] == truth["homo"] and frame["qm9_split"][2] == truth["split"]
    no_qm9 = batch_export.results_frame(rows[:2], ("homo",))
    assert not [name for name in no_qm9 if "DFT" in name]


def test_csv_holds_the_table_and_runs_no_formula(rows: list[Row]) -> None:
    frame = batch_export.results_frame(rows, ("homo", "alpha"))
    back = list(csv.DictReader(io.StringIO(batch_export.frame_csv(frame))))
    assert [line["id"] for line in back] == ["'" + HOSTILE, "A", "A", "nacl_symmetry"]
    assert [float(line["homo [eV]"]) for line in back if line["homo [eV]"]] == [
        value for value in frame["homo [eV]"].dropna()
    ]
    assert back[1]["homo [eV]"] == "" and "not a valid SMILES" in back[1]["error"]
    assert not any(cell[:1] in "=+@" for line in back for cell in line.values() if cell)


def test_parquet_keeps_the_table_exactly(rows: list[Row]) -> None:
    frame = batch_export.results_frame(rows, ("homo", "alpha"))
    back = pd.read_parquet(io.BytesIO(batch_export.frame_parquet(frame)))
    pd.testing.assert_frame_equal(back, frame.reset_index(drop=True), check_dtype=False)
    assert back["n_atoms"].dtype == "Int64" and back["homo [eV]"].dtype == "Float64"


def test_sdf_has_molecules_values_and_the_right_bonds(rows: list[Row]) -> None:
    supplier = Chem.SDMolSupplier()
    supplier.SetData(batch_export.rows_sdf(rows), removeHs=False)
    first, second = supplier  # neither the failure nor the crystal
    assert first.GetProp("_Name") == HOSTILE and second.GetProp("id") == "A"
    assert Chem.MolToSmiles(Chem.RemoveHs(first)) == "CC=O"
    assert Chem.MolToSmiles(Chem.RemoveHs(second)) == Chem.CanonSmiles("CC1=CNC(=O)NC1=O")
    structure = rows[2].prediction.structure
    assert second.GetConformer().GetPositions() == pytest.approx(structure.positions, abs=1e-4)
    value = rows[2].prediction["homo"].value
    assert float(second.GetProp("homo [eV]")) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("name", ["$$$$", "> <id>\n$$$$\nx", "a\nb"])
def test_an_id_cannot_break_the_sdf(name: str) -> None:
    water = make_structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    written = batch_export.rows_sdf([Row(name, "", predicted(water))] * 2)
    supplier = Chem.SDMolSupplier()
    supplier.SetData(written, removeHs=False)
    assert [mol.GetNumAtoms() for mol in supplier] == [3, 3]
    assert all("homo [eV]" in mol.GetPropsAsDict() for mol in supplier)


def test_extxyz_has_ids_and_what_ase_can_read(rows: list[Row]) -> None:
    frames = ase.io.read(io.StringIO(batch_export.rows_extxyz(rows)), ":", format="extxyz")
    assert [len(atoms) for atoms in frames] == [
        row.prediction.structure.n_atoms for row in rows if not row.prediction.error
    ]
    assert [atoms.info["id"] for atoms in frames] == [HOSTILE, "A", "nacl_symmetry"]
    assert frames[1].arrays["contribution_homo"].sum() - 6.5 == pytest.approx(
        frames[1].info["homo"], abs=1e-5
    )
