"""What the page Explain keeps: its section, the leading atom, cached explanations, orbital jobs."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import address, reference, selection, session

if TYPE_CHECKING:
    import numpy as np

    from gamnet.explanation.attention import LocalAttention
    from gamnet.explanation.removal import DeletionCurve
    from gamnet.properties import Property
    from gamnet.structures.structure import Structure
    from gamnet.views.flat import Flat

MAX_ATTENTION_ATOMS = 1_000  # of the local attention: its flow through all layers is n x n
MAX_WHAT_IF_ATOMS = 1_000
MAX_POLYHEDRA_ATOMS = 500
MAX_DELETION_ATOMS = 100  # of the deletion curve: 9 n structures
MAX_OCCLUSION_ATOMS = 300
MAX_ORBITAL_JOBS = 6  # running and waiting, of all visitors
MAX_ORBITAL_ATOMS = 14  # heavy atoms; DFT takes minutes beyond
NUMBERS, LOCAL, TRUTH, WHAT_IF = "numbers", "attention", "truth", "whatif"
CRYSTAL = "crystal"
SECTIONS = {
    NUMBERS: ":material/bar_chart: All atoms",
    CRYSTAL: ":material/grid_view: Crystal",
    LOCAL: ":material/share: Local attention",
    TRUTH: ":material/fact_check: Is this map true?",
    WHAT_IF: ":material/experiment: What if",
}


# --- the section and the leading atom -------------------------------------------------------------


def choose_section(periodic: bool = False) -> str:
    """Draw the choice of what is shown below the picture, kept in the address.

    periodic : the structure has a cell.
    """
    sections = [name for name in SECTIONS if periodic or name != CRYSTAL]
    if address.widget("section") not in sections:
        address.set_widget("section", NUMBERS)
    section = st.segmented_control(
        "More about this prediction", sections, format_func=SECTIONS.get, key="section",
        required=True, label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    address.write_address(section=section if section != NUMBERS else None)
    return section


def start(structure_key: str, n_atoms: int) -> None:
    """Take section and atoms from the address, once, and make it name the selected atoms."""
    address.addressed("section", list(SECTIONS), NUMBERS)
    parts = st.query_params.get("atoms", "").split(",")
    asked = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 7]
    selection.start(structure_key, [site for site in dict.fromkeys(asked) if site < n_atoms])
    sites = selection.selected_atoms(structure_key)
    address.write_address(atoms=",".join(map(str, sites)) or None)


def leading_atom(structure_key: str) -> int | None:
    """The atom that was picked last."""
    sites = selection.selected_atoms(structure_key)
    return sites[-1] if sites else None


def choose_atom(structure: "Structure", structure_key: str) -> int | None:
    """Draw the choice of the leading atom, for those who do not click in the picture."""
    lead = leading_atom(structure_key)
    address.set_widget("lead", lead)

    def take() -> None:
        chosen = address.widget("lead")
        selection.select_atoms(structure_key, [] if chosen is None else [chosen])

    return st.selectbox(
        "Atom", range(structure.n_atoms), key="lead", on_change=take, width=150,
        format_func=lambda i: f"{structure.symbols[i]}{i}", placeholder="Pick one", index=None,
        help="Or click an atom in the picture. Of several, the last one picked leads.",
    )  # fmt: skip


def from_picture(key: str, structure_key: str, atoms: "np.ndarray") -> Callable[[], None]:
    """Callback of a viewer whose atom k is `atoms[k]` of the structure on the page, -1 for none."""

    def callback() -> None:
        event = st.session_state[key].get("select")
        if event:
            sites = [int(site) for site in event.get("sites", [])]
            known = [int(atoms[k]) for k in sites if 0 <= k < len(atoms) and atoms[k] >= 0]
            selection.select_atoms(structure_key, known)

    return callback


def from_scatter(key: str, structure_key: str, n_atoms: int) -> Callable[[], None]:
    """Callback of a figure whose points carry their atom in `customdata`."""

    def callback() -> None:
        points = st.session_state[key]["selection"]["points"]
        sites = [int(point["customdata"][0]) for point in points if point.get("customdata")]
        selection.select_atoms(structure_key, [site for site in sites if 0 <= site < n_atoms])

    return callback


# --- the flat drawing --------------------------------------------------------------------------


@st.cache_resource(max_entries=128, show_spinner=False)
def _flat(key: str, _structure: "Structure") -> "Flat | str":
    from gamnet.errors import GAMNetError
    from gamnet.views.flat import flat

    try:
        return flat(_structure)
    except GAMNetError as error:
        return error.subject


def flat_drawing(structure: "Structure", key: str) -> "Flat | str":
    """The flat drawing of a structure, or why there is none."""
    return _flat(key, structure)


# --- explanations, computed once per structure ----------------------------------------------------


@st.cache_resource(max_entries=32, show_spinner=False)
def _attention(name: str, key: str, _structure: "Structure") -> "tuple[LocalAttention, np.ndarray]":
    from gamnet.explanation.attention import attention_flow, local_attention

    found = local_attention(session.model(name), _structure)
    return found, attention_flow(found, _structure.n_atoms)


def attention(model: str, structure: "Structure", key: str) -> "tuple[LocalAttention, np.ndarray]":
    """Local attention of all atoms, and the flow [n_atoms, n_atoms] through all layers."""
    return _attention(model, key, structure)


@st.cache_resource(max_entries=128, show_spinner=False)
def _occlusion(name: str, key: str, _structure: "Structure") -> "dict[str, np.ndarray]":
    from gamnet.explanation.removal import occlusion

    return occlusion(session.model(name), _structure)


def occlusion(model: str, structure: "Structure", key: str) -> "dict[str, np.ndarray]":
    """Change of every value when one atom is taken away, per atom."""
    return _occlusion(model, key, structure)


@st.cache_resource(max_entries=256, show_spinner=False)
def _deletion(
    name: str, key: str, property_id: str, by: str, _structure: "Structure", _scores: "np.ndarray"
) -> "DeletionCurve":
    from gamnet.explanation.removal import deletion_curve

    return deletion_curve(session.model(name), _structure, property_id, _scores)


def deletion(
    model: str, structure: "Structure", key: str, property_id: str, by: str, scores: "np.ndarray"
) -> "DeletionCurve":
    """The deletion curve of one property in the order of a map; `by` names the map."""
    return _deletion(model, key, property_id, by, structure, scores)


def additivity(model: str, prop: "Property") -> float | None:
    """Share of a property's variance in the training data that the formula alone explains.

    None where the model's data set is not here.
    """
    source = reference.dataset_of(model)
    return None if source is None else _additivity(source.name, prop)


@st.cache_data(show_spinner=False)
def _additivity(dataset: str, prop: "Property") -> float:
    import numpy as np

    from gamnet.explanation.verdicts import additivity
    from gamnet.formulas import element_counts

    table = reference.datasets()[dataset].table()
    known = table[(table["split"] == "train") & table[prop.id].notna()]
    counts = np.stack(list(element_counts(known["formula"]).values()), axis=1)  # [n, n_elements]
    return additivity(prop, counts, known[prop.id].to_numpy())


# --- orbitals, in the background ------------------------------------------------------------------


def orbitals_available() -> bool:
    """Whether the extra that computes orbitals is installed."""
    return find_spec("pyscf") is not None


@st.cache_resource(show_spinner=False)
def _worker() -> ThreadPoolExecutor:
    # One at a time: a calculation takes a core for some ten seconds.
    return ThreadPoolExecutor(1, thread_name_prefix="orbitals")


@st.cache_resource(show_spinner=False)
def _submitted() -> list[Future]:
    return []


@st.cache_resource(max_entries=64, show_spinner=False)
def _orbitals(key: str, _structure: "Structure") -> Future:
    from gamnet.explanation.orbitals import frontier_pictures

    job = _worker().submit(frontier_pictures, _structure)
    _submitted().append(job)
    return job


def orbitals_busy() -> bool:
    """Whether so many calculations wait that another one is not taken."""
    jobs = _submitted()
    jobs[:] = [job for job in jobs if not job.done()]
    return len(jobs) >= MAX_ORBITAL_JOBS


def compute_orbitals(structure: "Structure", key: str) -> None:
    """Start the calculation of a structure's orbitals, again if this visitor saw it fail.

    It is shared by all visitors who ask for the same structure.
    """
    before = orbitals(structure, key)
    if before is not None and before.done() and before.exception():
        _orbitals.clear(key, structure)
    st.session_state["orbitals_asked"] = key
    _orbitals(key, structure)


def orbitals(structure: "Structure", key: str) -> Future | None:
    """The calculation this visitor asked for last, if it is of this structure; else None."""
    if st.session_state.get("orbitals_asked") != key:
        return None
    return _orbitals(key, structure)


@st.cache_data(max_entries=256, show_spinner=False)
def known_molecule(smiles: str) -> tuple[str, str, str] | None:
    """Name and title of a data set and the id of its molecule with these bonds, if there is one."""
    from gamnet.datasets.source import SmilesSearch

    for name, source in reference.datasets().items():
        found = source.same_constitution(smiles) if isinstance(source, SmilesSearch) else ()
        if len(found):
            return name, source.title, str(found.index[0])
    return None
