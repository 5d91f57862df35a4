"""What if, for crystals: an element on a site or on all equal ones, or a strained cell."""

import numpy as np
import streamlit as st

from gamnet.prediction.result import Prediction
from gamnet.structures import edit_crystal
from gamnet.structures.edit import Edit, move_atom
from gamnet.structures.structure import Structure
from gamnet.structures.symmetry import Symmetry
from gamnet.views.scene import structure_key
from gamnet_app.explain import crystal, figures, state
from gamnet_app.shared import address, session, wording

SUBSTITUTE, STRAIN, MOVE = "substitute", "strain", "move"
_ACTIONS = {
    SUBSTITUTE: ":material/swap_horiz: Replace an element",
    STRAIN: ":material/expand: Strain the cell",
    MOVE: ":material/open_with: Move",
}
_ALL = "all"
MAX_SHIFT = 1.0  # A
MAX_STRAIN, STEP = 5.0, 0.5  # %
MAX_CURVE_ATOMS = 60  # of the curve: 21 crystals


def choose(prediction: Prediction) -> Edit | None:
    """Draw what can be done; the changed crystal, None as long as nothing is.

    Raises EditError for a change that is not possible.
    """
    structure = prediction.known_structure
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        action = st.segmented_control(
            "What to do", list(_ACTIONS), format_func=_ACTIONS.get, key="crystal_action",
            default=SUBSTITUTE, required=True, persist_state="session",
        )  # fmt: skip
        if action == SUBSTITUTE:
            made = _substituted(structure, prediction.model)
        elif action == MOVE:
            made = _moved(structure)
        else:
            axis, amount = _strain(structure)
            made = edit_crystal.strain(structure, amount / 100, axis) if amount else None
    if made is None:
        st.info(
            "Pick an atom: click it in the picture or choose it here. Then see what becomes of the "
            "values and of the attention when it is replaced or moved."
            if state.leading_atom(structure_key(structure)) is None and action != STRAIN
            else "Move the slider away from 0.",
            icon=":material/touch_app:",
        )  # fmt: skip
    return made


def strain_curve(prediction: Prediction, property_id: str) -> None:
    """The value along the strain that is chosen, where that is what is done."""
    structure = prediction.known_structure
    if address.widget("crystal_action") != STRAIN or structure.n_atoms > MAX_CURVE_ATOMS:
        return
    chosen = address.widget("strain_axis", _ALL)
    axis = None if chosen == _ALL else edit_crystal.AXES.index(chosen)
    amounts = np.arange(-MAX_STRAIN, MAX_STRAIN + STEP / 2, STEP)
    found = _curve(prediction.model, structure_key(structure), axis, structure)
    prop = prediction[property_id].property
    st.plotly_chart(
        figures.curve(
            amounts, np.array([values[property_id] for values in found]),
            at=float(address.widget("strain_amount", 0.0)), title=prop.name,
            x_title="strain, %", y_title=wording.plain(prop.unit),
        ),
        key="strain_curve", config={"displayModeBar": False}, alt=f"{prop.name} against strain",
    )  # fmt: skip
    st.caption(
        "The network has seen relaxed crystals alone: the slope says how it reacts to distances, "
        "not what the elastic response of the real crystal is."
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _curve(model: str, key: str, axis: int | None, _structure: Structure) -> list[dict[str, float]]:
    amounts = np.arange(-MAX_STRAIN, MAX_STRAIN + STEP / 2, STEP) / 100
    strained = [edit_crystal.strain(_structure, float(a), axis).structure for a in amounts]
    found = session.model(model).predict(strained)
    return [{pid: p.value for pid, p in one.properties.items()} for one in found]


def _substituted(structure: Structure, model: str) -> Edit | None:
    atom = state.choose_atom(structure, structure_key(structure))
    found = crystal.symmetry(structure)
    if atom is None:
        return None
    present = structure.symbols[atom]
    elements = [e for e in session.model(model).elements if e != present]
    if address.widget("crystal_element") not in elements:
        address.set_widget("crystal_element", _relative(structure, atom, elements))
    symbol = st.selectbox("by", elements, key="crystal_element", width=110)
    atoms = found.group_of(atom).atoms if isinstance(found, Symmetry) else (atom,)
    every = st.toggle(
        f"On all {len(atoms)} equal sites", value=True, key="equal_sites",
        disabled=len(atoms) == 1, persist_state="session",
        help="The sites that the crystal's symmetry carries into this one. Off: this one of each "
        "cell; choose a larger cell to replace fewer.",
    )  # fmt: skip
    return edit_crystal.substitute(structure, atoms if every else (atom,), symbol)


def _moved(structure: Structure) -> Edit | None:
    """One atom of each cell moved along a cell vector."""
    atom = state.choose_atom(structure, structure_key(structure))
    if atom is None or structure.lattice is None:
        return None
    chosen = st.segmented_control(
        "Along", edit_crystal.AXES, key="move_axis", default="a", required=True,
        persist_state="session",
    )  # fmt: skip
    distance = st.slider(
        "Distance (Å)", -MAX_SHIFT, MAX_SHIFT, 0.2, 0.05, key="move_distance", width=260,
        persist_state="session",
    )  # fmt: skip
    vector = structure.lattice[edit_crystal.AXES.index(chosen)]
    shift = distance * vector / np.linalg.norm(vector)
    return move_atom(structure, atom, shift) if distance else None


def _relative(structure: Structure, atom: int, elements: list[str]) -> str:
    """The element below it in the periodic table, else above it, else the first that is known."""
    from ase.data import chemical_symbols

    z = int(structure.numbers[atom])
    below = z + (2 if z == 1 else 8 if z <= 12 else 18 if z <= 56 else 32)
    above = z - (8 if z <= 20 else 18 if z <= 56 else 32)
    for other in (below, above):
        if 0 < other < len(chemical_symbols) and chemical_symbols[other] in elements:
            return chemical_symbols[other]
    return elements[0]


def _strain(structure: Structure) -> tuple[int | None, float]:
    """Draw direction and amount; axis (None for all) and amount in percent."""
    axes = [name for name, on in zip(edit_crystal.AXES, structure.pbc, strict=True) if on]
    options = ([_ALL] if all(structure.pbc) else []) + axes
    if address.widget("strain_axis") not in options:
        address.set_widget("strain_axis", options[0])
    chosen = st.segmented_control(
        "Along", options, key="strain_axis", required=True, persist_state="session",
        format_func=lambda name: "all directions" if name == _ALL else name,
    )  # fmt: skip
    amount = st.slider(
        "Strain (%)", -MAX_STRAIN, MAX_STRAIN, 2.0, STEP, key="strain_amount", width=280,
        persist_state="session",
    )  # fmt: skip
    return None if chosen == _ALL else edit_crystal.AXES.index(chosen), amount
