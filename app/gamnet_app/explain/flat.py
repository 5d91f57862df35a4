"""The molecule as a flat drawing, in the picture's colours and with its selection."""

import streamlit as st

from gamnet.prediction.result import Prediction
from gamnet.views.colours import Scale
from gamnet.views.flat import svg
from gamnet.views.scene import atom_details, structure_key
from gamnet_app.explain import state
from gamnet_app.explain.result import atom_colours, stem
from gamnet_app.shared import selection, viewer, wording

_HEIGHT = 230  # pixels


def show(prediction: Prediction, property_id: str, by: str, scale: Scale | None) -> None:
    """The drawing with a way to save it, or why there is none."""
    structure = prediction.structure
    key = structure_key(structure)
    # One place, drawn or not, so that what follows keeps its own.
    with st.container(gap="xxsmall", key="flat_panel"):
        drawing = state.flat_drawing(structure, key)
        if isinstance(drawing, str):
            st.caption(f"No flat drawing: {wording.plain(drawing)}.")
            return
        colours = atom_colours(prediction, property_id, by, scale)
        names = [f"{symbol}{i}" for i, symbol in enumerate(structure.symbols)]
        told = [", ".join([n, *d]) for n, d in zip(names, atom_details(prediction, property_id),
                                                    strict=True)]  # fmt: skip
        viewer.show_flat(
            {
                "svg": svg(drawing, colours, "currentColor"), "structure": key,
                "selected": selection.selected_atoms(key), "height": _HEIGHT, "details": told,
                "alt": f"Flat drawing of {structure.formula}",
            },
            key="flat", on_select=selection.from_viewer(key, structure.n_atoms, "flat"),
        )  # fmt: skip
        left_out = structure.n_atoms - len(drawing.sites)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(
                "The same atoms, flat: hover and click as in 3D."
                + (f" {left_out} hydrogens are left out." if left_out else "")
            )
            st.download_button(
                "SVG", svg(drawing, colours), f"{stem(prediction)}-{property_id}-{by}.svg",
                "image/svg+xml", icon=":material/download:", type="tertiary", on_click="ignore",
                key="flat_svg", help="The flat drawing, to print",
            )  # fmt: skip
