"""What the page Explore caches for all visitors, and what one visitor chose there."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import address, session

if TYPE_CHECKING:
    import numpy as np
    from rdkit.Chem.rdSubstructLibrary import SubstructLibrary

    from gamnet.atlas.tables import Atlas

MOLECULES, ATOMS, ENVIRONMENTS = "molecules", "atoms", "environments"
TABS = (MOLECULES, ATOMS, ENVIRONMENTS)
_PICKED = "explore_picked"
_EXAMPLE = "explore_example"
_ASKED = "explore_asked"
_ADDRESS = (
    "tab", "x", "y", "colour", "search", "filter", "property", "quantity", "element", "group"
)  # fmt: skip
_MAX_FILTER = 2_000  # characters


# --- the atlas, shared by all visitors ------------------------------------------------------------


def choose_model() -> str | None:
    """Draw the choice of the model where several are shipped; None where none is."""
    names = list(session.model_cards())
    if not names:
        return None
    address.addressed("explore_model", names, names[0], "model")
    if len(names) > 1:
        st.segmented_control(
            "Model", names, key="explore_model", required=True, label_visibility="collapsed",
            persist_state="session", on_change=_forget,
        )  # fmt: skip
    chosen = address.widget("explore_model")
    address.write_address(model=chosen if chosen != names[0] else None)
    return chosen


def _forget() -> None:
    """Callback: what is chosen in one atlas means nothing in another."""
    for key in [key for key in st.session_state if str(key).startswith("explore_")]:
        if key not in ("explore_model", "explore_tab"):
            del st.session_state[key]


def located(model: str) -> tuple[str | None, list[str]]:
    """The folder of the atlas that belongs to a shipped model, and why others do not.

    Looked up anew each time: an atlas that has just been built is shown without a restart.
    """
    from gamnet.atlas.tables import locate

    folder, problems = locate(model, str(session.model_cards()[model]["sha256"]))
    return (None if folder is None else str(folder)), problems


def atlas(folder: str) -> "Atlas":
    """The atlas in a folder, read once; raises AtlasError for a damaged one."""
    from pathlib import Path

    stamp = (Path(folder) / "molecules.parquet").stat().st_mtime_ns
    return _atlas(folder, stamp)


@st.cache_resource(max_entries=2, show_spinner=False)
def _atlas(folder: str, stamp: int) -> "Atlas":
    from pathlib import Path

    from gamnet.atlas.tables import read_atlas

    return read_atlas(Path(folder))


@st.cache_resource(max_entries=2, show_spinner=False)
def _substructures(sha256: str, n_molecules: int, _atlas: "Atlas") -> "SubstructLibrary | None":
    from gamnet.atlas.search import substructures

    return substructures(_atlas.molecules["smiles"]) if _atlas.info.bonded else None


@st.cache_data(max_entries=64, show_spinner=False)
def _found(sha256: str, n_molecules: int, text: str, _atlas: "Atlas") -> "tuple[np.ndarray, str]":
    from gamnet.atlas.search import find

    return find(_atlas.molecules, _substructures(sha256, n_molecules, _atlas), text)


def found(atlas: "Atlas", text: str) -> "tuple[np.ndarray, str]":
    """As `gamnet.atlas.search.find`; the same text is looked for once."""
    return _found(atlas.info.sha256, atlas.info.n_molecules, text, atlas)


# --- the visitor's choices ------------------------------------------------------------------------


def picked(what: str) -> list[int]:
    """Rows of the table of molecules, or of atoms, that the visitor selected."""
    return st.session_state.get(f"{_PICKED}_{what}", [])


def forget_picked(what: str) -> None:
    """Callback: select nothing."""
    st.session_state.pop(f"{_PICKED}_{what}", None)


def from_chart(what: str, n_rows: int) -> Callable[[], None]:
    """Callback of a cloud of points, whose selection are rows of a table."""

    def callback() -> None:
        event = st.session_state[f"explore_chart_{what}"].get("select")
        if not event:
            return
        rows = {int(row) for row in event.get("rows", []) if isinstance(row, int | float)}
        chosen = sorted(row for row in rows if 0 <= row < n_rows)
        st.session_state[f"{_PICKED}_{what}"] = chosen

    return callback


def show_example(id: str, site: int | None) -> None:
    """Callback: show this structure in 3D, with the atom lit up."""
    st.session_state[_EXAMPLE] = (id, None if site is None else int(site))


def start_example(ids: Sequence[str], sites: Sequence[int | None]) -> None:
    """Show the first of these atoms, unless one of these structures is shown already."""
    shown = example()
    if shown is None or shown[0] not in ids:
        show_example(ids[0], sites[0])


def example() -> tuple[str, int | None] | None:
    """The structure (its id) and atom to show in 3D."""
    return st.session_state.get(_EXAMPLE)


def example_sites(id: str) -> list[int]:
    """Selected atoms of the example."""
    shown = example()
    return [shown[1]] if shown and shown[0] == id and shown[1] is not None else []


def from_viewer(id: str, n_atoms: int) -> Callable[[], None]:
    """Callback of the example's 3D viewer: another atom is selected."""

    def callback() -> None:
        event = st.session_state["explore_viewer"].get("select")
        sites = [int(s) for s in (event or {}).get("sites", []) if 0 <= int(s) < n_atoms]
        if event:
            show_example(id, sites[-1] if sites else None)

    return callback


def note_row(key: str, into: str) -> Callable[[], None]:
    """Callback of a table: remember the row, as shown, that was chosen."""

    def callback() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        st.session_state[into] = rows[0] if rows else None

    return callback


def take(key: str) -> int | None:
    """What a callback noted since the last call."""
    return st.session_state.pop(key, None)


def write_address(tab: str, **values: str | None) -> None:
    """Make the address name this view and its choices, and nothing of the other views."""
    unset = dict.fromkeys(_ADDRESS)
    address.write_address(**unset | {"tab": tab if tab != MOLECULES else None} | values)


def asked_filters() -> str:
    """The filters that the address named when the page was opened."""
    address.start(_ASKED, st.query_params.get("filter", "")[:_MAX_FILTER])
    return st.session_state[_ASKED]


def reset_filters() -> None:
    """Callback: no filter and no search."""
    st.session_state[_ASKED] = ""
    for key in [key for key in st.session_state if str(key).startswith("explore_filter_")]:
        del st.session_state[key]
    st.session_state["explore_search"] = ""
