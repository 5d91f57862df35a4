"""What if: a structure changed a little; values and maps before and after."""

import numpy as np
import streamlit as st

from gamnet.errors import GAMNetError
from gamnet.prediction.domain import INSIDE
from gamnet.prediction.result import Prediction
from gamnet.structures import edit
from gamnet.structures.structure import Structure
from gamnet.views import colours, compare
from gamnet.views.drawn import orientation
from gamnet.views.scene import make_scene, structure_key
from gamnet_app.explain import state, what_if_crystal
from gamnet_app.shared import address, figures, session, sources, viewer, wording

REPLACE, DELETE, MOVE = "replace", "delete", "move"
_ACTIONS = {
    REPLACE: ":material/swap_horiz: Replace",
    DELETE: ":material/delete: Delete",
    MOVE: ":material/open_with: Move",
}
_AXES = {"x": np.eye(3)[0], "y": np.eye(3)[1], "z": np.eye(3)[2]}
_HEIGHT, _GROUP = 400, "whatif"
MAX_SHIFT = 1.0  # A


def show(
    prediction: Prediction, property_id: str, by: str, scale: colours.Scale | None, own: bool
) -> None:
    """The section What if.

    by : GA_SCORES or CONTRIBUTIONS.  scale : the picture's; None for element colours.
    own : the scale spans the structures shown, so it has to span both.
    """
    structure = prediction.structure
    if structure.n_atoms > state.MAX_WHAT_IF_ATOMS:
        st.info(
            f"{structure.n_atoms:,} atoms: structures of up to "
            f"{state.MAX_WHAT_IF_ATOMS:,} can be changed here.", icon=":material/info:",
        )  # fmt: skip
        return
    try:
        choose = what_if_crystal.choose if structure.periodic else _choose
        made = choose(prediction)
    except GAMNetError as error:
        st.info(wording.plain(str(error)), icon=":material/block:")
        return
    if made is None:
        return
    after = session.predict(made.structure, prediction.model)
    if after.error:
        st.error(wording.plain(after.error), icon=":material/error:")
        return
    _pictures(prediction, after, made, property_id, by, scale, own)
    if after.domain and after.domain.verdict != INSIDE:
        reasons = "; ".join(after.domain.reasons)
        st.caption(
            f":material/warning: {wording.DOMAIN_EXPLAINED[after.domain.verdict]} "
            + wording.plain(f"({reasons})" if reasons else "")
        )
    for warning in after.warnings:
        if warning not in prediction.warnings:
            st.caption(f":material/warning: {wording.plain(warning)}")
    if structure.periodic:
        what_if_crystal.strain_curve(prediction, property_id)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _values(prediction, after, made.structure)
    with right:
        _differences(prediction, after, made, property_id, by)


def _choose(prediction: Prediction) -> edit.Edit | None:
    """Draw what can be done with an atom of a molecule; None as long as nothing is.

    Raises EditError for a change that is not possible.
    """
    structure = prediction.known_structure
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        atom = state.choose_atom(structure, structure_key(structure))
        action = st.segmented_control(
            "What to do with it", list(_ACTIONS), format_func=_ACTIONS.get, key="edit_action",
            default=REPLACE, required=True, persist_state="session",
        )  # fmt: skip
        change = _parameters(structure, prediction.model, atom, action)
    if atom is None:
        st.info(
            "Pick an atom: click it in the picture or choose it here. Then see what becomes of the "
            "values and of the attention when it is replaced, deleted or moved.",
            icon=":material/touch_app:",
        )
        return None
    return _edited(structure, atom, action, change)


def _parameters(structure: Structure, model: str, atom: int | None, action: str) -> object:
    """Draw what the action needs: an element, or a direction and a distance."""
    if action == REPLACE:
        present = structure.symbols[atom] if atom is not None else None
        known = session.model(model).elements
        elements = [e for e in known if e != present]
        if address.widget("edit_element") not in elements:
            address.set_widget("edit_element", elements[-1])
        return st.segmented_control(
            "by", elements, key="edit_element", required=True, persist_state="session",
            help="The elements that the model knows. Hydrogens follow from the valence.",
        )  # fmt: skip
    if action == MOVE and atom is not None:
        along = edit.bond_directions(structure, atom)
        ways = {f"away from {structure.symbols[k]}{k}": way for k, way in along.items()} | _AXES
        if address.widget("edit_way") not in ways:
            address.set_widget("edit_way", next(iter(ways)))
        way = st.selectbox("Direction", list(ways), key="edit_way", width=170)
        distance = st.slider(
            "Distance (Å)", -MAX_SHIFT, MAX_SHIFT, 0.2, 0.05, key="edit_distance", width=260,
            persist_state="session",
        )  # fmt: skip
        return ways[way] * distance
    return None


def _edited(structure: Structure, atom: int, action: str, change: object) -> edit.Edit | None:
    if action == REPLACE:
        return edit.replace_atom(structure, atom, change)
    if action == DELETE:
        return edit.delete_atom(structure, atom)
    if not np.any(change):
        st.info("Choose a distance other than 0.", icon=":material/info:")
        return None
    return edit.move_atom(structure, atom, change)


def _pictures(
    before: Prediction,
    after: Prediction,
    made: edit.Edit,
    property_id: str,
    by: str,
    scale: colours.Scale | None,
    own: bool,
) -> None:
    structure = before.structure
    key = structure_key(structure)
    if scale is not None and own:
        scale = compare.shared_scale([before[property_id], after[property_id]], by)
    # Both from one side: the atoms that stay are at the same places in both.
    rotation = orientation(structure.positions, structure.lattice).tolist()
    picked = state.leading_atom(key)
    panels = (
        ("Before", before, np.arange(structure.n_atoms), [picked]),
        (f"After: {made.text}", after, made.origin, list(made.changed)),
    )
    for slot, (column, (title, prediction, atoms, marked)) in enumerate(
        zip(st.columns(2, gap="small"), panels, strict=True)
    ):
        predicted, name = prediction[property_id], f"whatif_viewer_{slot}"
        values = colours.atom_values(predicted, by)
        symbols = prediction.structure.symbols
        scene = make_scene(
            prediction, property_id,
            scale.colours(values) if scale else colours.element_colours(symbols),
            scale.bar() if scale else colours.element_bar(symbols),
            values=[wording.short(value) for value in values],
        )  # fmt: skip
        extra = {
            "group": _GROUP,
            "view_id": f"{name}-{scene['scene_id']}",
            "rotation": rotation,
            "file_name": f"{name}-{property_id}.png",
        }
        with column:
            formula = wording.formula(prediction.structure.formula)
            st.markdown(f"**{wording.plain(title)}**")
            st.caption(
                f"{formula}, {wording.symbol(predicted.property)} "
                f"{wording.value(predicted.property, predicted.value)}"
            )
            viewer.show(
                scene | extra, marked, prediction, property_id, by, key=name, height=_HEIGHT,
                on_select=state.from_picture(name, key, atoms),
            )  # fmt: skip
    st.caption(
        "The cameras are locked, and both pictures have one colour scale. Marked: the atoms at the "
        "change. Click another atom to change that one instead."
    )


def _values(before: Prediction, after: Prediction, structure: Structure) -> None:
    """The values before and after; the way to a data set's entry of the changed molecule."""
    test_mae = session.test_mae(after)
    rows: dict[str, list[str]] = {
        name: [] for name in ("Property", "Before", "After", "Change", "Error")
    }
    for property_id, predicted in before.properties.items():
        prop = predicted.property
        change = (after[property_id].value - predicted.value) * prop.display_factor
        expected, typical = after[property_id].uncertainty, test_mae.get(property_id)
        error = typical if expected is None else expected * prop.display_factor
        unlike = after.domain is not None and after.domain.unlike
        cells = (
            wording.symbol(prop),
            wording.value(prop, predicted.value),
            wording.value(prop, after[property_id].value),
            wording.error(prop, change, sign=True),
            wording.error(prop, error) if error is not None and not unlike else "unknown",
        )
        for name, cell in zip(rows, cells, strict=True):
            rows[name].append(cell)
    st.table(rows, border="horizontal")
    st.caption(
        "Error: what is expected of the value after the change. A change smaller than it says "
        "nothing."
    )
    smiles = structure.info.smiles
    known = state.known_molecule(smiles) if smiles else None
    with st.container(horizontal=True):
        if st.button(
            "Open the changed structure", icon=":material/open_in_new:", key="open_edited"
        ):
            sources.open_in_explain(structure)
        if known is not None and st.button(
            f"Open {known[1]} {known[2]}", icon=":material/database:", key="open_known",
            help="The data set has the changed molecule, with its own geometry and values.",
        ):  # fmt: skip
            sources.open_in_explain(f"{known[0]}:{known[2]}")


def _differences(
    before: Prediction, after: Prediction, made: edit.Edit, property_id: str, by: str
) -> None:
    """After minus before for every atom that both have."""
    new = np.flatnonzero(made.origin >= 0)
    old = made.origin[new]
    first, second = (colours.atom_values(p[property_id], by) for p in (before, after))
    values = second[new] - first[old]
    prop = before[property_id].property
    symbols = before.structure.symbols
    title = compare.difference_title(before[property_id], after[property_id], by)
    scale = colours.value_scale(
        values, prop, colours.CONTRIBUTIONS, colours.rounded_up(float(np.abs(values).max())), None
    )
    names = [
        f"{symbols[k]}{k}" if symbols[k] == after.structure.symbols[n]
        else f"{symbols[k]}{k}→{after.structure.symbols[n]}"
        for n, k in zip(new, old, strict=True)
    ]  # fmt: skip
    st.plotly_chart(
        figures.atom_bars(
            names, values, scale.colours(values), title=f"After − before: {title}",
            hover=[wording.short(value, 4, sign=True) for value in values],
        ),
        key="whatif_chart", config={"displayModeBar": False},
        alt="Difference of each atom that both structures have",
    )  # fmt: skip
    gone, added = len(first) - len(old), len(second) - len(new)
    st.caption(
        f"{len(new)} atoms are in both structures; {gone} removed and {added} added ones have no "
        "bar."
    )
