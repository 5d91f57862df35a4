"""Tables of structures: CSV, TSV and smi files with a SMILES or a data set's id per row."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from gamnet.datasets import DATASETS
from gamnet.datasets.source import KnownIds
from gamnet.errors import ReadError
from gamnet.structures.formats import format_of_content
from gamnet.structures.formats.common import rdkit_call, shorten, to_ascii
from gamnet.structures.formats.smiles import is_remark, names_columns

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".smi", ".smiles")
_DELIMITERS = ",;\t|"
# Rows that are looked at to tell delimiters, a header and the meaning of columns.
SAMPLE = 50
_SPELLED = re.compile(r"(\[[^\]]*\]|Br|Cl|[BCNOPSFIbcnops*]|[-=#$:/\\.~()@+]|%\d\d|\d)+")
_ID_NAMES = {
    "id", "name", "title", "key", "label", "code", "compound", "molecule", "identifier", "cid",
    "index", "no", "nr", "cas", "casno", "entry",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class IdTable:
    """A table as it stands in the file, all cells as text.

    columns : names from the header, or "Column 1" and so on; unique.
    header : whether the names were taken from the first row.
    rows : [n_rows], each as long as `columns`; short rows are filled with "".
    structure_columns : columns that hold SMILES or ids of a data set, most likely first.
    ambiguous : whether the second of them is as likely as the first.
    id_column : the likely column of ids, None where none is apparent.
    """

    name: str
    columns: tuple[str, ...]
    header: bool
    rows: tuple[tuple[str, ...], ...]
    structure_columns: tuple[int, ...]
    ambiguous: bool
    id_column: int | None


def is_table(content: bytes, name: str) -> bool:
    """Whether a file is a table of molecules, by its name, and not a structure in a .txt file."""
    if not name.lower().endswith(SUFFIXES):
        return False
    return not (name.lower().endswith(".txt") and format_of_content(_decoded(content, name), None))


def read_table(content: bytes, name: str, header: bool | None = None) -> IdTable:
    """The table in a CSV, TSV or smi file; the delimiter is found from the content.

    header : whether the first row holds the columns' names; None finds out from the content.
    Raises ReadError for a file that is empty, not text, or has no column of SMILES or of
    a data set's ids.
    """
    text = _decoded(content, name)
    cells, by_blanks = _split(text, name)
    if not cells:
        raise ReadError(f"'{shorten(name)}': The file is empty", "Give a row per molecule")
    width = max(map(len, cells))
    rows = [tuple(cell.strip() for cell in row) + ("",) * (width - len(row)) for row in cells]
    if header is None:
        header = names_columns(" ".join(rows[0]).split()) if by_blanks else _is_header(rows)
    columns = _unique(rows[0]) if header else tuple(f"Column {k + 1}" for k in range(width))
    return table_of(name, columns, header, tuple(rows[1:] if header else rows))


def table_of(
    name: str, columns: tuple[str, ...], header: bool, body: tuple[tuple[str, ...], ...]
) -> IdTable:
    """The table with these rows, and what its columns hold; raises ReadError as `read_table`."""
    if not body:
        raise ReadError(
            f"'{shorten(name)}': The table has a header but no rows", "Give a row per molecule"
        )
    ranked = _structure_columns(columns, body)
    if not ranked:
        raise ReadError(
            f"'{shorten(name)}': No column holds SMILES or ids of a data set",
            "Name the column 'SMILES' in the first row, or write ids as NAME:ID",
        )
    chosen = tuple(column for _, column in ranked)
    ambiguous = len(ranked) > 1 and ranked[0][0] == ranked[1][0]
    return IdTable(
        name, columns, header, body, chosen, ambiguous, _id_column(columns, body, chosen)
    )


def address_of(text: str, plain: bool = False) -> str | None:
    """What `gamnet.read` finds a cell's structure by, "NAME:ID", None for other text.

    The cell names the data set itself ("qm9:123"), or is spelled as one of them spells its ids
    ("gdb_123").
    plain : a bare number counts, too.
    """
    name, colon, id = text.partition(":")
    if colon and id and name.lower() in DATASETS:
        return f"{name.lower()}:{id}"
    if text.isdecimal() and not plain:
        return None
    for source in DATASETS.values():
        found = source.id_of(text) if isinstance(source, KnownIds) else None
        if found is not None:
            return f"{source.name}:{found}"
    return None


def _names_ids(plain: str) -> bool:
    """Whether a column is called as the ids of a data set are."""
    return any(
        isinstance(source, KnownIds) and plain in source.id_names for source in DATASETS.values()
    )


def encoding_of(content: bytes) -> str:
    """The encoding of a table, from whole lines of its beginning or all of it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:  # what spreadsheets write outside of UTF-8
        return "cp1252"
    return "utf-8-sig"


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise ReadError(
            f"'{shorten(name)}': The file is a spreadsheet or a zip archive", "Save it as CSV"
        )
    text = content.decode(encoding_of(content), errors="replace")
    head = text[:65536]
    if "\0" in head or sum(c < " " and c not in "\t\n\r\f" for c in head) > 0.1 * len(head):
        raise ReadError(f"'{shorten(name)}': The file is not text", "Save it as CSV in UTF-8")
    return text.replace("\0", "\ufffd")


def _split(text: str, name: str) -> tuple[list[list[str]], bool]:
    """Cells of each row without remarks, and whether blanks are all that is between them."""
    lines = text.splitlines(keepends=True)
    delimiter, first = find_delimiter(lines, name)
    # Cells may hold what splits lines elsewhere.
    rest = lines[first:] if delimiter is None else io.StringIO("".join(lines[first:]), newline="")
    return list(table_rows(rest, delimiter, name)), delimiter is None


def table_rows(lines: Iterable[str], delimiter: str | None, name: str) -> Iterator[list[str]]:
    """The rows of a table without blank ones and remarks; raises ReadError as `read_table`.

    delimiter : None for "SMILES id" with blanks between.
    """
    if delimiter is None:
        for line in lines:
            if line.strip() and not is_remark(line):
                yield line.split(None, 1)
        return
    with _csv(name):
        for row in csv.reader(lines, delimiter=delimiter):
            if any(map(str.strip, row)) and not _is_note(row):
                yield row


@contextmanager
def _csv(name: str) -> Iterator[None]:
    try:
        yield
    except csv.Error as error:
        raise ReadError(
            f"'{shorten(name)}': The table cannot be read ({error})", "Check its quotation marks"
        ) from error


def _is_note(row: list[str]) -> bool:
    """Whether a row is a remark, and not one whose first cell is a number such as "#1"."""
    first = row[0].strip()
    return first.startswith(("# ", "##")) or (first.startswith("#") and not any(row[1:]))


def find_delimiter(lines: Sequence[str], name: str) -> tuple[str | None, int]:
    """The delimiter of a table that begins so, and in which line the table begins.

    None is for "SMILES id" with blanks between.
    """
    # What spreadsheets write before a table, to say what is between its cells.
    told = re.fullmatch(r"sep=(.)\s*", lines[0], re.IGNORECASE) if lines else None
    if told:
        return told[1], 1
    return _delimiter([line for line in lines if line.strip()][:SAMPLE], name), 0


def _delimiter(lines: Sequence[str], name: str) -> str | None:
    lower = name.lower()
    if lower.endswith((".smi", ".smiles")):
        return None
    if lower.endswith((".tsv", ".tab")):
        return "\t"
    best, best_score = None, (0.5, 1)
    for delimiter in _DELIMITERS:
        with _csv(name):
            widths = Counter(map(len, csv.reader(lines, delimiter=delimiter)))
        (width, times), *_ = widths.most_common(1) or [(0, 0)]
        score = (times / max(1, widths.total()), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    # A file of one column: SMILES alone, or with an id after a blank.
    return best


def _plain_name(column: str) -> str:
    return re.sub(r"[^a-z0-9]", "", column.lower())


def _is_known(column: str) -> bool:
    plain = _plain_name(column)
    return "smiles" in plain or _names_ids(plain) or _is_id_name(plain)


def _is_id_name(plain: str) -> bool:
    return plain in _ID_NAMES or plain.endswith(("id", "name", "number"))


def _is_header(rows: Sequence[tuple[str, ...]]) -> bool:
    first = rows[0]
    # "no" and "id" may stand in a row of data; a word with SMILES in it does not.
    if any("smiles" in _plain_name(cell) for cell in first):
        return True
    if any(_is_number(cell) or _is_smiles(cell) or address_of(cell) for cell in first if cell):
        return False
    # What is spelled as a SMILES is one with a mistake, and a row that is to be told of.
    if any(_SPELLED.fullmatch(cell) and not cell.isalpha() for cell in first):
        return False
    return len(rows) > 1 or any(map(_is_known, first))


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique = []
    for k, name in enumerate(names):
        name = shorten(name, 40) or f"Column {k + 1}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def _structure_columns(
    columns: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> list[tuple[int, int]]:
    """(rank, column) of the columns that hold structures, best rank (highest) first."""
    ranked = []
    for k, column in enumerate(columns):
        plain = _plain_name(column)
        cells = [row[k] for row in rows[:SAMPLE] if row[k]]
        if "smiles" in plain:
            rank = 3
        elif _names_ids(plain) or _share(cells, address_of) > 0.5:
            rank = 2
        elif _share(cells, _is_smiles) >= 0.5:
            rank = 1
        else:
            continue
        ranked.append((rank, k))
    return sorted(ranked, key=lambda pair: -pair[0])


def _share(cells: Sequence[str], *tests: Callable[[str], object]) -> float:
    passed = sum(all(test(cell) not in (None, False) for test in tests) for cell in cells)
    return passed / max(1, len(cells))


def _id_column(
    columns: Sequence[str], rows: Sequence[tuple[str, ...]], structure_columns: tuple[int, ...]
) -> int | None:
    others = [k for k in range(len(columns)) if k != structure_columns[0]]
    named = [k for k in others if _is_id_name(_plain_name(columns[k]))]
    if named:
        return named[0]
    # Without a telling name: the first column of texts that are not all the same.
    for k in others:
        cells = {row[k] for row in rows[:SAMPLE]}
        if k not in structure_columns and not all(map(_is_number, cells)):
            if len(cells) > 1 or len(rows) == 1:
                return k
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_smiles(text: str) -> bool:
    from rdkit import Chem

    if not text or len(text) > 500 or _is_number(text) or " " in text:
        return False
    with rdkit_call():
        molecule = Chem.MolFromSmiles(to_ascii(text))
    return molecule is not None and molecule.GetNumAtoms() > 0
