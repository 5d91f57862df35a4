"""One box for a molecule: name, formula, SMILES, InChI or index of a data set."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import address, reference, sources, wording

if TYPE_CHECKING:
    from gamnet.datasets.meaning import Meaning
    from gamnet.datasets.source import DataSource

_BOX, _FOR, _FOUND = "find", "find_for", "find_meaning"
MAX_SHOWN = 200
_COLUMNS = {"smiles": "SMILES", "formula": "Formula", "split": "Split"}


def box(text: str) -> None:
    """Draw the box; what is typed is taken at once where it means one thing.

    text : of the structure shown; the box is empty for one that was not found with it.
    """
    if st.session_state.get(_FOR) != text:
        address.set_widget(_BOX, text.removeprefix("smiles:") if text.startswith("smiles:") else "")
        st.session_state[_FOR] = text
        st.session_state.pop(_FOUND, None)
    st.text_input(
        "Molecule", key=_BOX, on_change=_take, max_chars=sources.MAX_TEXT,
        label_visibility="collapsed", icon=":material/search:", width=390,
        placeholder="Name, formula, SMILES, InChI or QM9 index",
        help="caffeine, C6H6, CC(=O)O, InChI=1S/…, 12 or qm9:12. Of a name or SMILES RDKit makes "
        "the geometry (ETKDG, then MMFF), which differs from those by quantum chemistry that the "
        "network was trained on; of QM9's molecules their own is taken.",
    )  # fmt: skip


def outcome() -> None:
    """Below the box: what its text was taken for, what to choose from, what was perhaps meant."""
    found = st.session_state.get(_FOUND)
    if found is None:
        return
    if not found.understood:
        st.error(wording.plain(found.told), icon=":material/error:")
        if found.suggestions:
            _suggest(found.suggestions)
        return
    if found.candidates is not None:
        _choose(found)
    elif found.told or found.other:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(wording.plain(found.told), width="content")
            if found.other:
                st.button(
                    f"{_named(found.other)} is this molecule, with its DFT geometry",
                    key="find_other", type="tertiary", icon=":material/database:",
                    on_click=sources.choose, args=(found.other,),
                )  # fmt: skip


def _named(text: str) -> str:
    name, _, id = text.partition(":")
    return wording.plain(f"{reference.datasets()[name].title} {id}")


def _source() -> "DataSource | None":
    return next(iter(reference.datasets().values()), None)


def _take() -> None:
    from gamnet.datasets.meaning import meaning

    text = (address.widget(_BOX) or "").strip()
    if not text:
        st.session_state.pop(_FOUND, None)
        return
    found = meaning(text, _source())
    st.session_state[_FOUND] = found
    if found.text:
        address.set_widget("frame", 0)
        sources.choose(found.text)
        st.session_state[_FOR] = found.text


def _suggest(names: tuple[str, ...]) -> None:
    def take(name: str) -> None:
        address.set_widget(_BOX, name)
        _take()

    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="suggested"):
        st.markdown("Did you mean", width="content")
        for name in names:
            st.button(wording.plain(name), key=f"suggested_{name}", on_click=take, args=(name,))


def _choose(found: "Meaning") -> None:
    table = found.candidates
    shown = table.head(MAX_SHOWN)

    def take() -> None:
        rows = address.widget("candidates")["selection"]["rows"]
        source = _source()
        if rows and source is not None:
            sources.choose(f"{source.name}:{shown.index[rows[0]]}")

    st.caption(wording.plain(found.told))
    st.dataframe(
        shown[[name for name in _COLUMNS if name in shown]].reset_index(), key="candidates",
        on_select=take, selection_mode="single-row", hide_index=True,
        height=min(38 + 35 * len(shown), 180), column_config={"id": "Id", **_COLUMNS},
        alt="Structures with this formula",
    )  # fmt: skip
    if len(table) > len(shown):
        st.caption(f"The first {len(shown):,} of {len(table):,}.")
