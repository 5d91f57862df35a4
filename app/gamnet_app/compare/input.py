"""What is compared: one structure and its properties, or two to four structures."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.compare import state
from gamnet_app.compare.state import MAX_PANELS, PROPERTIES, STRUCTURES
from gamnet_app.shared import address, session
from gamnet_app.shared.sources import MAX_TEXT, MAX_UPLOAD, Source

if TYPE_CHECKING:
    from gamnet.prediction.result import Prediction

_MODES = {
    STRUCTURES: ":material/grid_view: Structures",
    PROPERTIES: ":material/tune: Properties",
}
_SHOWS = {
    STRUCTURES: "One property of two to four structures, on one colour scale.",
    PROPERTIES: "Two to four properties of one structure.",
}
_EXAMPLES = {
    "DFT or force field": state.DEFAULT,
    "Toluene, phenol, aniline": ("smiles:Cc1ccccc1", "smiles:Oc1ccccc1", "smiles:Nc1ccccc1"),
    "Keto and enol": ("smiles:CC(C)=O", "smiles:CC(O)=C"),
}
_NAMES = "ABCD"


def choose() -> tuple[str, list[Source]]:
    """Draw the inputs; return the mode and the sources, in the order of the panels."""
    address.addressed("compare_mode", list(_MODES), STRUCTURES, "compare")
    with st.container(horizontal=True, vertical_alignment="center"):
        mode = st.segmented_control(
            "Compare", list(_MODES), format_func=_MODES.get, key="compare_mode", required=True,
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        st.caption(_SHOWS[mode])
    state.start_texts()
    slots = MAX_PANELS if mode == STRUCTURES else 1
    with st.grid(slots, min_column_width=180, gap="small", key="compare_inputs"):
        for slot in range(slots):
            st.text_input(
                f"{_NAMES[slot]}: SMILES or id" if slots > 1 else "SMILES or id",
                key=state.text_key(slot), max_chars=MAX_TEXT,
                placeholder="CCO or 29238" if slot < 2 else "none", persist_state="session",
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.popover("Files", icon=":material/upload_file:"):
            uploads = st.file_uploader(
                f"Structure files, at most {MAX_UPLOAD} MB each; they fill the panels "
                "after the texts", key="compare_files", accept_multiple_files=True,
                max_upload_size=MAX_UPLOAD,
            )  # fmt: skip
        if mode == STRUCTURES:
            for name, sources in _EXAMPLES.items():
                st.button(
                    name, type="tertiary", on_click=state.set_texts,
                    args=(list(sources),), key=f"compare_example_{name}",
                )  # fmt: skip
    sources = [Source(text) for text in state.texts()[:slots]]
    if len(uploads) > slots:
        st.warning(
            f"{len(uploads)} files: this page shows up to {slots}, the first ones.",
            icon=":material/warning:",
        )
    files = [Source(upload.name, upload.getvalue()) for upload in uploads[:slots]]
    # With one panel a file is what the visitor gave last.
    return mode, (files + sources)[:1] if mode == PROPERTIES else [*sources, *files]


def predictions(mode: str, sources: list[Source]) -> "list[Prediction]":
    """One prediction per panel; what cannot be read or predicted carries its error."""
    from gamnet.prediction.result import Prediction
    from gamnet.structures.structure import Failure
    from gamnet_app.shared.wording import plain

    limit = 1 if mode == PROPERTIES else MAX_PANELS
    found, more = [], False
    for source in sources:
        if len(found) > limit:  # enough to know that not all are shown
            more = True
            break
        structures, cut = state.read(source)
        found += structures
        more = more or cut
    shown = []
    for structure in found[:limit]:
        if not isinstance(structure, Failure) and structure.n_atoms > state.MAX_ATOMS:
            reason = (
                f"{structure.n_atoms:,} atoms; this page takes up to "
                f"{state.MAX_ATOMS:,} per panel. Use Explain."
            )
            structure = Failure(structure.source, structure.frame, reason)
        if isinstance(structure, Failure):
            failed = Prediction(
                structure.source, structure.frame, session.AUTO, None, error=structure.error
            )
            shown.append(failed)
        else:
            shown.append(session.predict(structure))
    if len(found) > limit:
        names = ", ".join(dict.fromkeys(plain(source.text) for source in sources if source.content))
        of = f"more than {len(found) - 1}" if more else str(len(found))
        st.warning(
            f"{limit} of {of} structures shown" + (f" ({names})." if names else "."),
            icon=":material/warning:",
        )
    return shown
