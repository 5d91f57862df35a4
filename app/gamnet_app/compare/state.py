"""What the visitor compares: texts and files of the page Compare, its address, selected atoms."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import address
from gamnet_app.shared.sources import MAX_TEXT, Source, frames, is_addressable

if TYPE_CHECKING:
    from gamnet.structures.mapping import Mapping
    from gamnet.structures.structure import Failure, Structure

MAX_PANELS = 4
MAX_ATOMS = 2_000  # per panel: two to four pictures at once
PROPERTIES, STRUCTURES = "properties", "structures"
# The same molecule at its DFT geometry and at one from a force field.
DEFAULT = ("qm9:29238", "smiles:CC1=CNC(=O)NC1=O")
_TEXT = "compare_text_{}"
_ADDRESS = "structures"


def as_source(text: str) -> str:
    """What a typed text names: a structure of a data set, a SMILES for all else; never a path."""
    from gamnet.screening.tables import address_of

    text = text.strip()
    known = address_of(text, plain=True)
    return known or (text if text.startswith("smiles:") else f"smiles:{text}")


def start_texts() -> None:
    """Fill the inputs from this session, else from the address, else with the default."""
    asked = [text[:MAX_TEXT] for text in st.query_params.get_all(_ADDRESS) if is_addressable(text)]
    chosen = (asked or list(DEFAULT))[:MAX_PANELS]
    for slot in range(MAX_PANELS):
        text = chosen[slot] if slot < len(chosen) else ""
        address.start(_TEXT.format(slot), text.removeprefix("smiles:"))


def text_key(slot: int) -> str:
    """Key of the input of one panel."""
    return _TEXT.format(slot)


def texts() -> list[str]:
    """The sources in the inputs that are not empty."""
    found = [str(st.session_state.get(_TEXT.format(slot)) or "") for slot in range(MAX_PANELS)]
    return [as_source(text) for text in found if text.strip()]


def set_texts(sources: list[str]) -> None:
    """Callback of the examples: replace all inputs."""
    for slot in range(MAX_PANELS):
        text = sources[slot] if slot < len(sources) else ""
        st.session_state[_TEXT.format(slot)] = text.removeprefix("smiles:")


def write_address(sources: list[str], **values: str | None) -> None:
    """Make the address name what is compared; the default is left out."""
    named = None if tuple(sources) == DEFAULT else sources
    address.write_address(**{_ADDRESS: named}, **values)


def addressed_list(key: str, name: str, options: list[str], default: list[str]) -> None:
    """Start a widget of several choices with those in the address that are options."""
    asked = [part for part in st.query_params.get(name, "").split(",") if part in options]
    address.start(key, asked[:MAX_PANELS] if len(asked) >= 2 else default)


def read(source: Source) -> "tuple[list[Structure | Failure], bool]":
    """The structures of a source, a Failure where nothing can be read."""
    from gamnet.errors import GAMNetError
    from gamnet.structures.structure import Failure

    try:
        return frames(source)
    except GAMNetError as error:
        return [Failure(source.text, 0, str(error))], False


# --- corresponding and selected atoms -------------------------------------------------------------


@st.cache_resource(max_entries=128, show_spinner=False)
def _pairs(keys: tuple[str, str], _first: "Structure", _second: "Structure") -> "Mapping | None":
    from gamnet.structures.mapping import map_atoms

    return map_atoms(_first, _second)


def pairs(first: "Structure", second: "Structure") -> "Mapping | None":
    """The atoms of two structures that correspond; None where none do."""
    from gamnet.views.scene import structure_key

    return _pairs((structure_key(first), structure_key(second)), first, second)


def selected(structure: "Structure") -> list[int]:
    """Selected atoms; those that the visitor picked in another structure by their counterparts."""
    picked = st.session_state.get("compare_selection")
    if picked is None:
        return []
    found = pairs(picked["structure"], structure)
    if found is None:
        return []
    partner = dict(zip(found.first.tolist(), found.second.tolist(), strict=True))
    return [partner[site] for site in picked["sites"] if site in partner]


def on_select(key: str, structure: "Structure") -> Callable[[], None]:
    """Callback of a panel's viewer."""

    def callback() -> None:
        event = st.session_state[key].get("select")
        if event:
            asked = [int(site) for site in event.get("sites", [])]
            sites = [site for site in asked if 0 <= site < structure.n_atoms]
            st.session_state["compare_selection"] = {"structure": structure, "sites": sites}

    return callback
