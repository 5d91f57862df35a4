"""The atoms that the visitor selected, one selection for picture, chart and table."""

from collections.abc import Callable

import streamlit as st

from gamnet_app.shared import address


def selected_atoms(structure_key: str) -> list[int]:
    """Indices of the selected atoms of this structure, in the order they were selected."""
    chosen = st.session_state.get("selection") or {}
    return chosen.get("sites", []) if chosen.get("structure") == structure_key else []


def start(structure_key: str, sites: list[int]) -> None:
    """Select atoms unless the visitor already has selected some, of whatever structure."""
    address.start("selection", None)
    if st.session_state["selection"] is None:
        select_atoms(structure_key, sites)


def select_atoms(structure_key: str, sites: list[int]) -> None:
    """Select atoms everywhere: picture, chart and table."""
    st.session_state["selection"] = {"structure": structure_key, "sites": sites}
    st.session_state["atoms_table"] = {"selection": {"rows": sites}}


def from_viewer(structure_key: str, n_atoms: int, name: str = "viewer") -> Callable[[], None]:
    """Callback of the 3D viewer or of another picture: its click becomes the selection."""

    def callback() -> None:
        event = st.session_state[name].get("select")
        if event:
            select_atoms(structure_key, _valid(event.get("sites", []), n_atoms))

    return callback


def from_chart(structure_key: str, n_atoms: int) -> Callable[[], None]:
    """Callback of the bar chart."""

    def callback() -> None:
        points = st.session_state["atoms_chart"]["selection"]["points"]
        sites = [point["customdata"][0] for point in points if point.get("customdata")]
        select_atoms(structure_key, _valid(sites, n_atoms))

    return callback


def from_table(structure_key: str, n_atoms: int) -> Callable[[], None]:
    """Callback of the table."""

    def callback() -> None:
        rows = st.session_state["atoms_table"]["selection"]["rows"]
        sites = _valid(rows, n_atoms)
        st.session_state["selection"] = {"structure": structure_key, "sites": sites}

    return callback


def _valid(sites: list[object], n_atoms: int) -> list[int]:
    # The browser may answer for the structure that was shown before.
    return [site for site in dict.fromkeys(map(int, sites)) if 0 <= site < n_atoms]
