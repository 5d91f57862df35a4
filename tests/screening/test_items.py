"""Batches: what is read from lists and files, that no row is lost, and what the files hold."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import ase.io
import pandas as pd
import pytest
from batches import items, opened, predicted, rows_of
from rdkit import Chem
from records import PROPERTIES

from gamnet.datasets import get_dataset
from gamnet.prediction.domain import Domain
from gamnet.screening import results
from gamnet.screening.items import BadPart, FilePart, Reader, Row, open_part, read_source
from gamnet.screening.tables import address_of, read_table
from gamnet.structures.reading import iter_structures
from gamnet.structures.structure import Failure, make_structure

HOSTILE = '=HYPERLINK("http://x")<script>alert(1)</script>'


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
    text = "bad,wrong\ngood,CCO\ngood2,CCN\n"
    assert read_table(text.encode(), "x.csv").header
    kept = read_table(text.encode(), "x.csv", header=False)
    assert kept.rows[0] == ("bad", "wrong")


@pytest.mark.parametrize(
    ("name", "formulas"),
    [
        ("23a-excel-sep.csv", ["C2H6O", "CH4"]),
        ("23d-tabs.smi", ["C2H6O", "CH4"]),
        ("23s-first-bad.txt", [None, "C2H6O"]),
        ("23v-first-bad.smi", [None, "C2H6O", "CH4"]),
    ],
)
def test_lists_are_read_alike_on_the_page_and_by_the_command(
    data: Path, name: str, formulas: list[str | None]
) -> None:
    path = data / "cases" / name
    on_page = [item.structure for item in items(open_part(path.read_bytes(), name))]
    by_command = list(read_source(str(path)))
    for found in (on_page, by_command):
        assert [getattr(structure, "formula", None) for structure in found] == formulas
    assert [structure.frame for structure in by_command] == list(range(len(formulas)))
    assert {structure.source for structure in by_command} == {str(path)}
    if not name.endswith("smi"):
        return
    by_reader = list(iter_structures(str(path)))
    assert [getattr(structure, "formula", None) for structure in by_reader] == formulas


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.smi", "# from a drawer\n\nSMILES\tID\nCCO\ta\n#N\tb\nC\tc d\n"),
        ("x.smi", "#SMILES ID\nCCO a\nC c d\n"),
        ("x.smi", "CCO a\nC c d\n"),
        ("x.txt", "molecule\nCCO a\n# N b\nC c d\n"),
        ("x.csv", "# made by hand, today\nSMILES,id\nCCO,a\n# N,b\nC,c d\n"),
        ("x.tsv", "id\tSMILES\na\tCCO\nc d\tC\n"),
        ("x.csv", "#,SMILES\na,CCO\nc d,C\n"),
    ],
)
def test_headers_and_remarks_are_no_rows(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    by_command = list(read_source(str(tmp_path / name)))
    on_page = items(opened(text, name))
    assert [s.formula for s in by_command] == ["C2H6O", "CH4"]
    assert [item.structure.formula for item in on_page] == ["C2H6O", "CH4"]
    assert [s.info.title for s in by_command] == [item.id for item in on_page]
    assert on_page[1].id == "c d"


def test_a_row_that_fails_is_told_of_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,SMILES\na,C1CC\nb,\n#3,C\n")
    broken, empty, third = read_source(str(path))
    assert "', row 1: " in broken.error and "unclosed ring" in broken.error
    assert "', row 2: The row has no SMILES" in empty.error and empty.error.count("row 2") == 1
    assert third.formula == "CH4" and third.info.title == "#3"
    (unreadable,) = read_source(str(tmp_path / "none.csv"))
    assert "no such file" in unreadable.error
    path.write_text("id,mass\nM1,12.0\nM2,13\n")
    (useless,) = read_source(str(path))
    assert "No column holds SMILES" in useless.error


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
    assert address_of("gdb_000123") == "qm9:123" and address_of("QM9:5") == "qm9:5"
    assert address_of("CC") is None and address_of("5") is None
    assert address_of("5", plain=True) == "qm9:5" and address_of("/etc/passwd:5") is None
    assert address_of("mp2018:mp-10") == "mp2018:mp-10"
    by_index = items(opened("name,qm9_index\nmethane,1\n"))
    assert by_index[0].structure.info.id == "1"
    first = items(opened("qm9:1 methane\ngdb_2 ammonia\n", "list.txt"))
    assert [item.id for item in first] == ["methane", "ammonia"], "the first row is no header"
    mixed = items(opened("id,SMILES\na,CCO\nb,7\nc,qm9:1\n"))
    assert isinstance(mixed[1].structure, Failure), "a bare number among SMILES is a mistake"
    assert mixed[2].structure.info.id == "1"


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


# --- results --------------------------------------------------------------------------------------


@pytest.fixture
def rows(data: Path) -> list[Row]:
    text = f'id,SMILES\n"{HOSTILE.replace(chr(34), chr(34) * 2)}",CC=O\nA,C1CC\nA,qm9:29238\n'
    return rows_of(
        opened(text), open_part((data / "nacl_symmetry.cif").read_bytes(), "nacl_symmetry.cif")
    )


def test_table_has_every_row_and_reference_values_where_known(rows: list[Row]) -> None:
    frame = results.results_frame(rows, [PROPERTIES[pid] for pid in ("homo", "alpha")])
    assert frame["id"].tolist() == [HOSTILE, "A", "A", "nacl_symmetry"]
    assert frame["error"].notna().tolist() == [False, True, False, False]
    assert frame["homo [eV]"].isna().tolist() == [False, True, False, False]
    assert frame["homo [eV]"][0] == rows[0].prediction["homo"].value
    truth = get_dataset("qm9").table().loc["29238"]
    assert frame["homo reference [eV]"].isna().tolist() == [True, True, False, True]
    assert frame["homo reference [eV]"][2] == truth["homo"] and frame["split"][2] == truth["split"]
    no_qm9 = results.results_frame(rows[:2], [PROPERTIES["homo"]])
    assert not [name for name in no_qm9 if "reference" in name]


def test_csv_holds_the_table_and_runs_no_formula(rows: list[Row]) -> None:
    frame = results.results_frame(rows, [PROPERTIES[pid] for pid in ("homo", "alpha")])
    back = list(csv.DictReader(io.StringIO(results.frame_csv(frame))))
    assert [line["id"] for line in back] == ["'" + HOSTILE, "A", "A", "nacl_symmetry"]
    assert [float(line["homo [eV]"]) for line in back if line["homo [eV]"]] == [
        value for value in frame["homo [eV]"].dropna()
    ]
    assert back[1]["homo [eV]"] == "" and "not a valid SMILES" in back[1]["error"]
    assert not any(cell[:1] in "=+@" for line in back for cell in line.values() if cell)


def test_parquet_keeps_the_table_exactly(rows: list[Row]) -> None:
    frame = results.results_frame(rows, [PROPERTIES[pid] for pid in ("homo", "alpha")])
    back = pd.read_parquet(io.BytesIO(results.frame_parquet(frame)))
    pd.testing.assert_frame_equal(back, frame.reset_index(drop=True), check_dtype=False)
    assert back["n_atoms"].dtype == "Int64" and back["homo [eV]"].dtype == "Float64"


def test_sdf_has_molecules_values_and_the_right_bonds(rows: list[Row]) -> None:
    supplier = Chem.SDMolSupplier()
    supplier.SetData(results.rows_sdf(rows), removeHs=False)
    first, second = supplier  # neither the failure nor the crystal
    assert first.GetProp("_Name") == HOSTILE and second.GetProp("id") == "A"
    assert Chem.MolToSmiles(Chem.RemoveHs(first)) == "CC=O"
    assert Chem.MolToSmiles(Chem.RemoveHs(second)) == Chem.CanonSmiles("CC1=CNC(=O)NC1=O")
    structure = rows[2].prediction.structure
    assert second.GetConformer().GetPositions() == pytest.approx(structure.positions, abs=1e-4)
    value = rows[2].prediction["homo"].value
    assert float(second.GetProp("homo [eV]")) == pytest.approx(value, abs=1e-6)


def test_every_file_says_how_far_a_value_can_be_trusted(rows: list[Row]) -> None:
    judged = replace(
        rows[0].prediction,
        domain=Domain("edge", ("it is odd",)),
        properties={
            pid: replace(predicted, uncertainty=0.25)
            for pid, predicted in rows[0].prediction.properties.items()
        },
    )
    rows = [replace(rows[0], prediction=judged), *rows[1:]]
    frame = results.results_frame(rows, [PROPERTIES["homo"]])
    assert frame["homo_uncertainty [eV]"][0] == 0.25 and frame["domain"][0] == "edge"
    (line, *_) = csv.DictReader(io.StringIO(results.frame_csv(frame)))
    assert line["homo_uncertainty [eV]"] == "0.25" and line["domain"] == "edge"
    supplier = Chem.SDMolSupplier()
    supplier.SetData(results.rows_sdf(rows), removeHs=False)
    assert supplier[0].GetProp("homo_uncertainty [eV]") == "0.25"
    assert supplier[0].GetProp("domain") == "edge"
    assert supplier[0].GetProp("domain_reasons") == "it is odd"


@pytest.mark.parametrize("name", ["$$$$", "> <id>\n$$$$\nx", "a\nb"])
def test_an_id_cannot_break_the_sdf(name: str) -> None:
    water = make_structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    written = results.rows_sdf([Row(name, "", predicted(water))] * 2)
    supplier = Chem.SDMolSupplier()
    supplier.SetData(written, removeHs=False)
    assert [mol.GetNumAtoms() for mol in supplier] == [3, 3]
    assert all("homo [eV]" in mol.GetPropsAsDict() for mol in supplier)


def test_extxyz_has_ids_and_what_ase_can_read(rows: list[Row]) -> None:
    frames = ase.io.read(io.StringIO(results.rows_extxyz(rows)), ":", format="extxyz")
    assert [len(atoms) for atoms in frames] == [
        row.prediction.structure.n_atoms for row in rows if not row.prediction.error
    ]
    assert [atoms.info["id"] for atoms in frames] == [HOSTILE, "A", "nacl_symmetry"]
    assert frames[1].arrays["contribution_homo"].sum() - 6.5 == pytest.approx(
        frames[1].info["homo"], abs=1e-5
    )
