"""Where the structure comes from: gallery, QM9, SMILES, drawing or a file, and which frame."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet.structures.link import to_link
from gamnet_app.shared import address, reference, session, sources
from gamnet_app.shared.examples import DEFAULT, EXAMPLES
from gamnet_app.shared.kept import HOURS
from gamnet_app.shared.pictures import svg_address

if TYPE_CHECKING:
    from gamnet.structures.structure import Failure, Structure

GALLERY, QM9, SMILES, DRAWING, FILE = "Examples", "QM9", "SMILES", "Draw", "File"
_ICONS = {
    GALLERY: ":material/apps: Examples",
    QM9: ":material/database: QM9",
    SMILES: ":material/text_fields: SMILES",
    DRAWING: ":material/draw: Draw",
    FILE: ":material/upload_file: File",
}
# What a search can be limited by: its symbol and unit.
_RANGED = {
    "n_atoms": ("Atoms", ""), "homo": ("HOMO", "eV"), "lumo": ("LUMO", "eV"), "gap": ("Gap", "eV"),
    "zpve": ("ZPVE", "eV"), "alpha": ("α", "a₀³"), "cv": ("Cᵥ", "cal/(mol·K)"),
}  # fmt: skip
_FORMATS = "xyz, extxyz, cif, POSCAR/CONTCAR/XDATCAR, sdf, mol, mol2, pdb, ASE .traj, pymatgen JSON"


def choose_source() -> sources.Source | None:
    """Draw the panel and return what is chosen; None while a file is still to be chosen."""
    text = sources.source_text(DEFAULT)
    address.start("origin", _origin(text))
    with st.container(horizontal=True, vertical_alignment="center"):
        origin = st.segmented_control(
            "Structure from", list(_ICONS), format_func=_ICONS.get, key="origin", required=True,
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        st.caption("Six properties of a structure, and what each of its atoms has to do with them.")
    {GALLERY: _gallery, QM9: _qm9, SMILES: _smiles, DRAWING: _drawing, FILE: _file}[origin](text)
    text = sources.source_text(DEFAULT)
    # An upload is named once it has been read.
    if not sources.uploads(text):
        address.write_address(structure=None if text in (DEFAULT, sources.KEPT) else text)
    return sources.chosen(text)


def name_upload(frames: "list[Structure | Failure]") -> None:
    """Make the address name an upload: the structure itself where a link can hold it.

    frames : of the upload; none where it cannot be read.
    """
    text = sources.source_text(DEFAULT)
    if not sources.uploads(text):
        return
    alone = len(frames) == 1 and len(sources.uploads(text)) == 1
    link = to_link(frames[0]) if alone and not hasattr(frames[0], "error") else None
    address.write_address(structure=link or text)
    if link is None and frames:
        why = "this structure" if len(frames) == 1 else f"{len(frames):,} frames"
        why = why if len(sources.uploads(text)) == 1 else "several files"
        st.caption(
            f":material/link_off: A link cannot hold {why}. This address finds it on this server "
            f"until it has not been used for {HOURS} hours, or the server restarts."
        )


def choose_frame(count: int, more: bool) -> int:
    """Draw the frame chooser where there are several frames; return the frame, from 0."""
    asked = st.query_params.get("frame", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0
    address.start("frame", number)
    address.set_widget("frame", min(address.widget("frame"), count - 1))
    address.write_address(frame=str(address.widget("frame") or "") or None)
    if count <= 1:
        return 0
    total = f"{count}+" if more else str(count)
    frame = st.slider(
        f"Frame, 0 to {count - 1}", 0, count - 1, key="frame", help=f"The file has {total} frames."
    )
    if more:
        st.caption(
            f"The first {count} frames are shown; `gamnet predict` takes files of any length."
        )
    return frame


def show_error(text: str) -> None:
    """An error beside the input; its text may name what the visitor typed or uploaded."""
    from gamnet_app.shared.wording import plain

    st.error(plain(text), icon=":material/error:")


def _origin(text: str) -> str:
    if text.startswith((sources.KEPT, sources.SCHEME)):
        return FILE
    if text in {example.text for example in EXAMPLES}:
        return GALLERY
    return QM9 if text.startswith("qm9:") else SMILES


def _gallery(text: str) -> None:
    with st.container(horizontal=True, gap="small", key="gallery"):
        for number, example in enumerate(EXAMPLES):
            with st.container(width=124, gap=None, horizontal_alignment="center"):
                address = svg_address(session.drawing(example.smiles))
                st.html(f'<img alt="" width="112" src="{address}">')
                st.button(
                    example.name,
                    key=f"example_{number}",
                    help=example.shows,
                    type="primary" if example.text == text else "secondary",
                    width="stretch",
                    on_click=sources.choose,
                    args=(example.text,),
                )


def _qm9(text: str) -> None:
    address.start("qm9_query", "")
    left, middle, right = st.columns([6, 2, 2], vertical_alignment="bottom")
    index = text.removeprefix("qm9:") if text.startswith("qm9:") else ""
    with left:
        query = st.text_input(
            "QM9 Index, formula or SMILES", key="qm9_query", placeholder="29238, C5H6N2O2 or CCO",
            help="QM9 holds 130,831 molecules of up to nine C, N, O and F atoms with DFT values.",
            max_chars=200, on_change=_take_query,
        )  # fmt: skip
    with middle, st.popover("Ranges", icon=":material/tune:", width="stretch"):
        ranges = _ranges()
    with right:
        st.button(
            "Random", icon=":material/casino:", help="A molecule of the test split, which no model "
            "was trained on", on_click=_random, width="stretch",
        )  # fmt: skip
    if not query and not ranges:
        if index.isascii() and index.isdecimal():  # an address may say anything
            st.caption(f"Shown: QM9 molecule {index}. Type an Index, a formula or a SMILES.")
        return
    with st.spinner("Searching QM9…"):
        hits, total = reference.search_qm9(query, ranges)
    wanted = "; ".join(f"{_RANGED[name][0]} {low:g} to {high:g}" for name, low, high in ranges)
    if hits.empty:
        if query and wanted:
            show_error(f"No QM9 molecule matches “{query}” with {wanted}. Widen the ranges.")
        elif wanted:
            show_error(f"No QM9 molecule has {wanted}. Widen the ranges.")
        else:
            show_error(
                f"No QM9 molecule matches “{query}”. Try a formula such as C6H6 or a SMILES."
            )
        return
    st.dataframe(
        hits[["smiles", "formula", *_RANGED, "split"]].reset_index(),
        key="qm9_hits", on_select=_open_hit, selection_mode="single-row", hide_index=True,
        height=min(38 + 35 * len(hits), 180),
        column_config={
            "index": st.column_config.NumberColumn("Index", format="%d"),
            "smiles": "SMILES", "formula": "Formula", "split": "Split",
            **{
                name: st.column_config.NumberColumn(f"{symbol} ({unit})" if unit else symbol,
                                                    format="%.2f" if unit else "%d")
                for name, (symbol, unit) in _RANGED.items()
            },
        },
    )  # fmt: skip
    some = len(hits) < total
    shown = f"{len(hits):,} of {total:,} molecules shown" if some else f"{total:,} found"
    limits = f" ({wanted})" if wanted else ""
    st.caption(f"{shown}{limits}, with their DFT values. Choose a row to open the molecule.")


def _ranges() -> tuple[tuple[str, float, float], ...]:
    """Draw the choice of properties and the range of each."""
    names = st.pills(
        "Limit", list(_RANGED), selection_mode="multi", key="qm9_ranged",
        format_func=lambda name: _RANGED[name][0], persist_state="session",
    )  # fmt: skip
    if not names:
        st.caption("Choose properties to limit the search to a range of their DFT values.")
    found = []
    for name in names:
        symbol, unit = _RANGED[name]
        whole = reference.qm9_extent(name)
        low, high = st.slider(
            f"{symbol} ({unit})" if unit else symbol, *whole, whole, key=f"qm9_range_{name}",
            persist_state="session",
        )  # fmt: skip
        found.append((name, low, high))
    return tuple(found)


def _take_query() -> None:
    query = address.widget("qm9_query")
    if not query:
        return
    hits, total = reference.search_qm9(query)
    if total == 1:
        sources.choose(f"qm9:{int(hits.index[0])}")


def _open_hit() -> None:
    rows = address.widget("qm9_hits")["selection"]["rows"]
    if rows:
        names = address.widget("qm9_ranged") or []
        ranges = tuple((name, *address.widget(f"qm9_range_{name}")) for name in names)
        hits, _ = reference.search_qm9(address.widget("qm9_query"), ranges)
        sources.choose(f"qm9:{int(hits.index[rows[0]])}")


def _random() -> None:
    address.set_widget("qm9_query", "")
    sources.choose(f"qm9:{reference.random_qm9()}")


def _smiles(text: str) -> None:
    address.start("smiles", text.removeprefix("smiles:") if text.startswith("smiles:") else "")
    st.text_input(
        "SMILES", key="smiles", placeholder="CC(=O)Oc1ccccc1C(=O)O", max_chars=500,
        on_change=_take_smiles,
        help="RDKit makes the 3D geometry (ETKDG, then MMFF). The network was trained on DFT "
        "geometries: on QM9 molecules this shifts the HOMO by 0.18 eV on average.",
    )  # fmt: skip


def _take_smiles() -> None:
    text = (address.widget("smiles") or "").strip()
    if text:
        sources.choose(f"smiles:{text}")


def _drawing(text: str) -> None:
    from gamnet_app.shared import sketcher  # so that nobody waits for it who does not draw

    st.caption(
        "Choose a tool on the left and draw; or point at an atom, type its element, press Enter. "
        "Hydrogens are added, and RDKit makes the geometry as for a SMILES."
    )
    molfile = sketcher.show(_formula(text), key="sketcher")
    if molfile is None:
        return
    from gamnet.errors import GAMNetError
    from gamnet.structures.formats.molecules import drawn_smiles

    try:
        sources.choose(f"smiles:{drawn_smiles(molfile)}")
    except GAMNetError as error:
        show_error(str(error))


def _formula(text: str) -> str:
    """SMILES of what is shown, for the editor to start with; "" where there is none."""
    if text.startswith((sources.KEPT, sources.SCHEME)):
        return _smiles_of(text)
    if text.startswith("qm9:"):
        hits, _ = reference.search_qm9(text.removeprefix("qm9:"))
        return hits["smiles"].iloc[0] if len(hits) == 1 else ""
    if not text.startswith("smiles:"):
        return ""
    smiles, _, _title = text.removeprefix("smiles:").strip().partition(" ")
    return smiles


def _smiles_of(text: str) -> str:
    """SMILES of what was uploaded or handed over, where it is known; else ""."""
    from gamnet.errors import GAMNetError

    source = sources.chosen(text)
    try:
        frames, _ = sources.frames(source) if source else ([], False)
    except GAMNetError:  # told where the structure is shown
        frames = []
    return str(getattr(frames[0], "info", {}).get("smiles", "")) if len(frames) == 1 else ""


def _file(text: str) -> None:
    st.file_uploader(
        f"Structure files, at most {sources.MAX_UPLOAD} MB each", key="upload_file",
        max_upload_size=sources.MAX_UPLOAD, on_change=_take_files, accept_multiple_files=True,
        help=f"Formats: {_FORMATS}.",
    )  # fmt: skip
    files, before = sources.uploads(text), sources.uploaded()
    if not text.startswith(sources.KEPT) and sources.uploads(before):
        st.button("Show the uploaded file again", on_click=_show_again, args=(before,))
    elif len(text) > len(sources.KEPT) and text.startswith(sources.KEPT) and not files:
        st.warning(
            f"The server does not have this file any more: it is kept for {HOURS} hours after its "
            "last use, and not when the server restarts. Choose it again.",
            icon=":material/history_toggle_off:",
        )
    elif len(files) > 1:
        address.set_widget("upload_number", sources.upload_number(text))
        st.selectbox(
            f"File, 1 to {len(files)}", range(len(files)), key="upload_number",
            format_func=lambda k: f"{k + 1}: {files[k].text}", on_change=_show_file, args=(text,),
            help=f"Up to {sources.MAX_FILES} files are kept; the page Batch takes more.",
        )  # fmt: skip


def _show_again(text: str) -> None:
    address.set_widget("frame", 0)
    sources.choose(text)


def _show_file(text: str) -> None:
    address.set_widget("frame", 0)
    sources.show_upload(text, address.widget("upload_number"))


def _take_files() -> None:
    uploaded = address.widget("upload_file")
    address.set_widget("frame", 0)
    if uploaded:
        sources.keep_uploads([(file.name, file.getvalue()) for file in uploaded])
    else:
        sources.drop_uploads()
        sources.choose(sources.KEPT)
