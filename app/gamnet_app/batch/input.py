"""What a batch is made of: uploaded files or pasted lines, and which of their columns to read."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.batch import state
from gamnet_app.shared import sources

if TYPE_CHECKING:
    from gamnet.screening.items import FilePart, Part, TablePart

FILES, PASTE = "files", "paste"
_ICONS = {
    FILES: ":material/upload_file: Files",
    PASTE: ":material/content_paste: Paste a list",
}
_MAX_PASTE = 500_000  # characters
_PASTED = "pasted list.txt"
_ROWS = -1  # ids are row numbers, not a column
_NO_SMILES = "—"
# Files with columns or fields to choose; beyond, the likely ones are taken.
_MAX_CHOOSERS = 6


def choose() -> None:
    """Draw the panel; its button starts the batch."""
    with st.container(horizontal=True, vertical_alignment="center"):
        origin = st.segmented_control(
            "Structures from", list(_ICONS), format_func=_ICONS.get, key="batch_origin",
            default=FILES, required=True, label_visibility="collapsed",
        )  # fmt: skip
        st.caption(
            "Properties of many structures at once, one row each, failures included. "
            f"Up to {state.MAX_STRUCTURES:,} structures per batch."
        )
    files = _files() if origin == FILES else _pasted()
    if not files:
        return
    with st.spinner("Reading the files…"):
        from gamnet_app.shared import wording

        parts = [state.open_part(content, name) for name, content in files]
    parts = _with_choices(parts, [content for _, content in files])
    _problems(parts, wording.plain)
    _summary(parts)


def _files() -> list[tuple[str, bytes]]:
    uploads = st.file_uploader(
        f"Structure files, or lists with ids, at most {sources.MAX_UPLOAD} MB each",
        accept_multiple_files=True, key="batch_files", max_upload_size=sources.MAX_UPLOAD,
        help="Lists: CSV, TSV or smi with a column of SMILES or ids of a data set and one of ids; "
        "sdf with ids as titles or in a field. Structures: xyz, extxyz, cif, POSCAR, sdf, mol, "
        "mol2, pdb, traj, pymatgen JSON.",
    )  # fmt: skip
    if not uploads:
        st.caption(
            "A list needs a SMILES per row, such as “CCO”, or a data set's id; the ids are kept as "
            "they are. SMILES get a 3D geometry from RDKit, some 10 ms each."
        )
    if len(uploads) > state.MAX_FILES:
        st.error(
            f"{len(uploads):,} files; up to {state.MAX_FILES:,} are taken at once. Remove "
            "some, or join them into one sdf or extxyz file.",
            icon=":material/error:",
        )
        return []
    size = sum(upload.size for upload in uploads) / 2**20
    if size > state.MAX_TOTAL:
        st.error(
            f"{size:.0f} MB of files; up to {state.MAX_TOTAL} MB are taken at once. "
            "Remove some, or use `gamnet predict`, which has no limit.",
            icon=":material/error:",
        )
        return []
    return [(upload.name, upload.getvalue()) for upload in uploads]


def _pasted() -> list[tuple[str, bytes]]:
    text = st.text_area(
        "One structure per line: a SMILES or NAME:ID of a data set, then a blank, tab or comma, "
        "then its id",
        key="batch_text", placeholder="CCO ethanol\nc1ccccc1 benzene\nqm9:29238 thymine",
        height=220, max_chars=_MAX_PASTE,
    )  # fmt: skip
    return [(_PASTED, text.encode())] if text.strip() else []


def _with_choices(parts: list["Part"], contents: list[bytes]) -> list["Part"]:
    """The parts with the columns that the visitor chose."""
    from gamnet.screening.items import FilePart, TablePart

    chosen, drawn = [], 0
    for k, part in enumerate(parts):
        table = isinstance(part, TablePart)
        if (table or isinstance(part, FilePart) and part.records) and drawn < _MAX_CHOOSERS:
            drawn += 1
            # The name in the key: another file starts with its own likely columns.
            key = f"batch_part_{k}_{part.name}"
            part = _choose_columns(part, contents[k], key) if table else _choose_ids(part, key)
        chosen.append(part)
    return chosen


def _choose_columns(part: "TablePart", content: bytes, key: str) -> "Part":
    from gamnet.screening.items import BadPart
    from gamnet_app.shared.wording import plain

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            header = st.toggle(
                "First row names the columns", part.table.header, key=f"{key}_header", width=240
            )
            if header != part.table.header:
                part = state.open_part(content, part.name, header)
                if isinstance(part, BadPart):
                    return part
            table = part.table
            columns = list(range(len(table.columns)))
            first = list(table.structure_columns)
            key = f"{key}_{header}"
            structure = st.selectbox(
                "SMILES or data set's id in", first + [k for k in columns if k not in first],
                format_func=lambda k: table.columns[k], key=f"{key}_structure", width=240,
            )  # fmt: skip
            ids = [_ROWS, *columns]
            likely = _ROWS if part.id_column is None else part.id_column
            name = st.selectbox(
                "Ids in", ids, index=ids.index(likely), key=f"{key}_id", width=240,
                format_func=lambda k: "Row number" if k == _ROWS else table.columns[k],
            )  # fmt: skip
        example = next((row for row in table.rows if row[structure]), table.rows[0])
        shown = str(table.rows.index(example) + 1) if name == _ROWS else example[name]
        st.caption(
            f"{plain(part.name)}: {len(table.rows):,} row{'s' if len(table.rows) > 1 else ''}. "
            f"For example {plain(example[structure][:60] or _NO_SMILES)} with id "
            f"{plain(shown[:60] or _NO_SMILES)}."
        )
        if table.ambiguous:
            likely = " and ".join(f"“{plain(table.columns[k])}”" for k in first[:2])
            st.info(f"Both {likely} could hold the structures: choose.", icon=":material/help:")
    return replace(part, structure_column=structure, id_column=None if name == _ROWS else name)


def _choose_ids(part: "FilePart", key: str) -> "FilePart":
    from gamnet_app.shared.wording import plain

    fields = ["", *part.id_fields]
    with st.container(border=True):
        field = st.selectbox(
            "Ids in", fields, index=fields.index(part.id_field or ""), key=f"{key}_id", width=240,
            format_func=lambda name: name or "File name",
        )  # fmt: skip
        st.caption(f"{plain(part.name)}: {part.count:,} records.")
    return replace(part, id_field=field or None)


def _problems(parts: list["Part"], plain) -> None:
    from gamnet.screening.items import BadPart

    for part in [part for part in parts if isinstance(part, BadPart)][:_MAX_CHOOSERS]:
        st.error(plain(part.error), icon=":material/error:")


def _summary(parts: list["Part"]) -> None:
    from gamnet.screening.items import BadPart, Reader

    total = Reader(parts).total
    files = f"{len(parts):,} file{'s' if len(parts) > 1 else ''}"
    limit = state.MAX_STRUCTURES
    if total is None:
        text = f"{files}; how many structures they hold shows when they are read."
    else:
        text = f"{total:,} structure{'s' if total > 1 else ''} in {files}."
    if total is not None and total > limit:
        st.warning(
            f"{total:,} structures: the first {limit:,} will be taken. Split the list, or use "
            "`gamnet predict`, which has no limit.",
            icon=":material/warning:",
        )
    usable = any(not isinstance(part, BadPart) for part in parts)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Predict all" if total is None else f"Predict {min(total, limit):,}",
            type="primary", icon=":material/play_arrow:", key="batch_start", disabled=not usable,
        )  # fmt: skip
        st.caption(text)
    if pressed:
        with st.spinner("Loading the model…"):
            state.start(parts)
        st.rerun()
