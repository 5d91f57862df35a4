"""What lies between the picked atoms: drawn in the picture and listed under it."""

import streamlit as st

from gamnet.structures.structure import Structure
from gamnet.views.measured import MOST, measure_name, measure_scene, measure_text, measures
from gamnet.views.scene import structure_key
from gamnet_app.shared import selection


def drawn(structure: Structure) -> dict[str, object]:
    """The part of the scene that shows the number between all picked atoms, if there is one."""
    found = measures(structure, selection.selected_atoms(structure_key(structure)))
    return {"measure": measure_scene(found[-1])} if found else {}


def listed(structure: Structure) -> None:
    """The distances, angles and dihedral of the picked atoms, in the order of picking."""
    picked = selection.selected_atoms(structure_key(structure))
    found = measures(structure, picked)
    if found:
        texts = [f"{measure_name(m, structure.symbols)} **{measure_text(m)}**" for m in found]
        nearest = " Between nearest images." if structure.periodic else ""
        st.markdown(":material/straighten: " + " · ".join(texts) + nearest)
    elif len(picked) > MOST:
        st.caption(f"Pick two to {MOST} atoms to measure between them.")
