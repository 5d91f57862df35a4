"""Where the structure comes from: the box, gallery, data set, drawing or file; which frame."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet.structures.link import to_link
from gamnet_app.shared import address, finder, readers, reference, session, sources
from gamnet_app.shared.examples import DEFAULT, EXAMPLES
from gamnet_app.shared.kept import HOURS
from gamnet_app.shared.pictures import svg_address

if TYPE_CHECKING:
    from gamnet.datasets.source import DataSource
    from gamnet.structures.structure import Failure, Structure

GALLERY, DATASET, DRAWING, FILE = "Examples", "Data set", "Draw", "File"
_ICONS = {
    GALLERY: ":material/apps: Examples",
    DATASET: ":material/database: Data set",
    DRAWING: ":material/draw: Draw",
    FILE: ":material/upload_file: File",
}
_FORMATS = "xyz, extxyz, cif, POSCAR/CONTCAR/XDATCAR, sdf, mol, mol2, pdb, ASE .traj, pymatgen JSON"


def choose_source() -> sources.Source | None:
    """Draw the panel and return what is chosen; None while a file is still to be chosen."""
    text = sources.source_text(DEFAULT)
    address.start("origin", _origin(text))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        finder.box(text)
        origin = st.segmented_control(
            "Structure from", list(_ICONS), format_func=_ICONS.get, key="origin", required=True,
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    # One place however much is said, so that the picture below keeps its own.
    with st.container():
        finder.outcome()
    {GALLERY: _gallery, DATASET: _dataset, DRAWING: _drawing, FILE: _file}[origin](text)
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


def nothing_yet() -> None:
    """What is there before a file has been chosen: what to do, and a sample of what comes then."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            ":material/upload_file: Drop a file above to see its predicted properties and the "
            "attention on every atom, or look at a sample:", width="content",
        )  # fmt: skip
        for number, example in enumerate((EXAMPLES[0], EXAMPLES[-4])):
            st.button(
                example.name, key=f"sample_{number}", on_click=_show_sample, args=(example.text,)
            )


def _show_sample(text: str) -> None:
    address.set_widget("origin", GALLERY)
    sources.choose(text)


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
    return GALLERY if text.startswith("smiles:") else DATASET


def _gallery(text: str) -> None:
    with st.container(horizontal=True, wrap=False, gap="xxsmall", key="gallery"):
        for number, example in enumerate(EXAMPLES):
            with st.container(width=94, gap=None, horizontal_alignment="center"):
                address = svg_address(session.drawing(example.smiles, example.text))
                st.html(f'<img alt="" src="{address}">')
                st.button(
                    example.name,
                    key=f"example_{number}",
                    help=example.shows,
                    type="primary" if example.text == text else "secondary",
                    width="stretch",
                    on_click=sources.choose,
                    args=(example.text,),
                )


def _ranged(source: "DataSource") -> dict[str, tuple[str, str]]:
    """What a search can be limited by: its symbol and unit."""
    from gamnet.properties import unit_text
    from gamnet_app.shared.wording import symbol

    properties = {prop.id: (symbol(prop), unit_text(prop.unit)) for prop in source.properties}
    return {"n_atoms": ("Atoms", ""), **properties}


def _searched() -> "DataSource | None":
    """The data set that is searched: the one that is chosen, else that of the source, else any."""
    found = reference.datasets()
    name = address.widget("dataset")
    return found.get(name) or next(iter(found.values()), None)


def _dataset(text: str) -> None:
    from gamnet.datasets.source import SmilesSearch

    address.start("dataset_query", "")
    found = reference.datasets()
    shown, _, id = text.partition(":") if sources.is_addressable(text) else ("", "", "")
    if not found:
        st.info("No data set is on this server.", icon=":material/database_off:")
        return
    if address.widget("dataset") not in found:
        address.set_widget("dataset", shown if shown in found else next(iter(found)))
    if len(found) > 1:
        st.segmented_control(
            "Data set", list(found), format_func=lambda name: found[name].title, key="dataset",
            required=True, label_visibility="collapsed", on_change=_forget_query,
        )  # fmt: skip
    source = _searched()
    left, middle, right = st.columns([6, 2, 2], vertical_alignment="bottom")
    by_smiles = isinstance(source, SmilesSearch)
    example = source.table().iloc[len(source.table()) // 4]
    with left:
        query = st.text_input(
            f"{source.title}: id, formula or SMILES" if by_smiles
            else f"{source.title}: id or formula",
            key="dataset_query", help=f"{source.description}.",
            placeholder=f"{example.name}, {example['formula']}{' or CCO' if by_smiles else ''}",
            max_chars=200, on_change=_take_query,
        )  # fmt: skip
    with middle, st.popover("Ranges", icon=":material/tune:", width="stretch"):
        ranges = _ranges(source)
    with right:
        st.button(
            "Random", icon=":material/casino:", help="One of the test split, which no model "
            "was trained on", on_click=_random, width="stretch",
        )  # fmt: skip
    if not query and not ranges:
        if shown == source.name and id in source.table().index:  # an address may say anything
            st.caption(f"Shown: {source.title} {id}.")
        return
    with st.spinner(f"Searching {source.title}…"):
        hits, total = reference.search(source.name, query, ranges)
    limited = _ranged(source)
    wanted = "; ".join(f"{limited[name][0]} {low:g} to {high:g}" for name, low, high in ranges)
    if hits.empty:
        none = f"Nothing in {source.title}"
        if query and wanted:
            show_error(f"{none} matches “{query}” with {wanted}. Widen the ranges.")
        elif wanted:
            show_error(f"{none} has {wanted}. Widen the ranges.")
        else:
            show_error(f"{none} matches “{query}”. Try a formula such as {example['formula']}.")
        return
    columns = [*(["smiles"] if by_smiles else []), "formula", *limited, "split"]
    st.dataframe(
        hits[columns].reset_index(),
        key="dataset_hits", on_select=_open_hit, selection_mode="single-row", hide_index=True,
        height=min(38 + 35 * len(hits), 180),
        column_config={
            "id": "Id",
            "smiles": "SMILES", "formula": "Formula", "split": "Split",
            **{
                name: st.column_config.NumberColumn(f"{symbol} ({unit})" if unit else symbol,
                                                    format="%.2f" if unit else "%d")
                for name, (symbol, unit) in limited.items()
            },
        },
    )  # fmt: skip
    some = len(hits) < total
    count = f"{len(hits):,} of {total:,} shown" if some else f"{total:,} found"
    limits = f" ({wanted})" if wanted else ""
    st.caption(f"{count}{limits}, with the data set's own values. Choose a row to open it.")


def _ranges(source: "DataSource") -> tuple[tuple[str, float, float], ...]:
    """Draw the choice of properties and the range of each."""
    limited = _ranged(source)
    names = st.pills(
        "Limit", list(limited), selection_mode="multi", key=f"{source.name}_ranged",
        format_func=lambda name: limited[name][0], persist_state="session",
    )  # fmt: skip
    if not names:
        st.caption("Choose properties to limit the search to a range of their values.")
    found = []
    for name in names:
        symbol, unit = limited[name]
        whole = reference.extent(source.name, name)
        if whole[0] == whole[1]:  # a slider needs room
            continue
        low, high = st.slider(
            f"{symbol} ({unit})" if unit else symbol, *whole, whole,
            key=f"{source.name}_range_{name}", persist_state="session",
        )  # fmt: skip
        found.append((name, low, high))
    return tuple(found)


def _take_query() -> None:
    query, source = address.widget("dataset_query"), _searched()
    if not query or source is None:
        return
    hits, total = reference.search(source.name, query)
    if total == 1:
        sources.choose(f"{source.name}:{hits.index[0]}")


def _forget_query() -> None:
    address.set_widget("dataset_query", "")


def _open_hit() -> None:
    rows, source = address.widget("dataset_hits")["selection"]["rows"], _searched()
    if rows and source is not None:
        names = address.widget(f"{source.name}_ranged") or []
        chosen = {name: address.widget(f"{source.name}_range_{name}") for name in names}
        ranges = tuple((name, *ends) for name, ends in chosen.items() if ends is not None)
        hits, _ = reference.search(source.name, address.widget("dataset_query"), ranges)
        sources.choose(f"{source.name}:{hits.index[rows[0]]}")


def _random() -> None:
    _forget_query()
    source = _searched()
    if source is not None:
        sources.choose(f"{source.name}:{reference.random_id(source.name)}")


def _drawing(text: str) -> None:
    from gamnet_app.shared import sketcher  # so that nobody waits for it who does not draw

    st.caption(
        "Choose a tool on the left and draw; or point at an atom, type its element, press Enter. "
        "Hydrogens are added, and RDKit makes the geometry as for a SMILES. Elements that a model "
        f"of molecules knows: {', '.join(session.molecule_elements())}; a molecule with others is "
        "shown without values."
    )
    molfile = sketcher.show(_formula(text), key="sketcher")
    if molfile is None:
        return
    from gamnet.errors import GAMNetError

    try:
        sources.choose(f"smiles:{readers.smiles(molfile)}")
    except GAMNetError as error:
        show_error(str(error))


def _formula(text: str) -> str:
    """SMILES of what is shown, for the editor to start with; "" where there is none."""
    if text.startswith((sources.KEPT, sources.SCHEME)):
        return _smiles_of(text)
    if not text.startswith("smiles:"):
        name, _, id = text.partition(":")
        source = reference.datasets().get(name)
        table = source.table() if source else None
        known = table is not None and "smiles" in table and id in table.index
        return str(table.loc[id, "smiles"]) if known else ""
    smiles, _, _title = text.removeprefix("smiles:").strip().partition(" ")
    return smiles


def _smiles_of(text: str) -> str:
    """SMILES of what was uploaded or handed over, where it is known; else ""."""
    from gamnet.errors import GAMNetError
    from gamnet.structures.structure import Structure

    source = sources.chosen(text)
    try:
        frames, _ = sources.frames(source) if source else ([], False)
    except GAMNetError:  # told where the structure is shown
        frames = []
    (frame,) = frames if len(frames) == 1 else (None,)
    return frame.info.smiles if isinstance(frame, Structure) else ""


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
