"""One molecule of the page Explore in 3D, with an atom lit up, and the way to Explain."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gamnet.atlas.tables import GA, Atlas
from gamnet.datasets import qm9
from gamnet.explanation.environments import Environment
from gamnet.properties import get_property
from gamnet.views import colours
from gamnet.views.scene import make_scene, structure_key
from gamnet_app.explore import state
from gamnet_app.shared import reference, selection, session, sources, viewer, wording
from gamnet_app.shared.pictures import svg_address

_HEIGHT = 420  # pixels
# Streamlit puts columns one above the other at 640 pixels; these need more room than that.
_NARROW = """<style>@media (max-width: 1000px) {
  [class*="st-key-explore_columns"] [data-testid="stColumn"] { min-width: 100%; }
}</style>"""
_BY = {GA: colours.GA_SCORES}


def two_columns(name: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Places for the points and what is in them; on a tablet one above the other."""
    with st.container(key=f"explore_columns_{name}"):
        st.html(_NARROW)
        return tuple(st.columns([3, 2], gap="medium"))


def open_in_explain(index: int, site: int | None = None) -> None:
    """Go to the page Explain with this molecule, the atom selected there too."""
    if site is not None:
        selection.select_atoms(structure_key(qm9.structure(index)), [site])
    sources.open_in_explain(f"qm9:{index}")


def _picture(property_id: str, quantity: str) -> None:
    index, site = state.example()
    structure = qm9.structure(index)
    by = _BY.get(quantity, colours.CONTRIBUTIONS)
    with st.spinner("Predicting…"):
        prediction = session.predict(structure)
        limits = reference.scale_limits()
    predicted = prediction[property_id]
    prop = get_property(property_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = f"**{wording.formula(structure.formula)}** QM9 {index}"
        atom = "" if site is None else f", atom {structure.symbols[site]}{site}"
        st.markdown(f"{name}{atom}", width="content")
        opened = st.button(
            "Open in Explain", icon=":material/hub:", key="explore_open_example", type="primary"
        )
    if opened:
        open_in_explain(index, site)
    scale = colours.make_scale(predicted, by, limits.get((property_id, by)))
    values = colours.atom_values(predicted, by)
    scene = make_scene(
        prediction, property_id, scale.colours(values), scale.bar(),
        values=[f"{value:.3g}" for value in values],
    )  # fmt: skip
    viewer.show(
        scene | {"view_id": f"explore-{scene['scene_id']}", "file_name": f"qm9-{index}.png"},
        state.example_sites(index), prediction, property_id, by, key="explore_viewer",
        height=_HEIGHT, on_select=state.from_viewer(index, structure.n_atoms),
    )  # fmt: skip
    st.caption(
        f"{prop.name} {wording.value(prop, predicted.value)}. The marked atom is the example; "
        "click others for their numbers."
    )


def examples(
    atlas: Atlas, index: Sequence[int], sites: Sequence[int], property_id: str, quantity: str
) -> None:
    """Small pictures of example atoms' molecules; a button shows one in 3D, below."""
    state.start_example(index, sites)
    shown = state.example()
    molecules = atlas.molecules[atlas.molecules["index"].isin(index)]
    smiles = dict(zip(molecules["index"].tolist(), molecules["smiles"], strict=True))
    right, left = two_columns("examples")
    with left:
        st.caption(f"{len(index)} examples, the atom of this environment lit up in 3D")
        with st.container(horizontal=True, gap="small", key="explore_examples"):
            for k, (molecule, site) in enumerate(zip(index, sites, strict=True)):
                with st.container(width=126, gap=None, horizontal_alignment="center"):
                    drawing = session.drawing(smiles[int(molecule)])
                    st.html(f'<img alt="" width="112" src="{svg_address(drawing)}">')
                    st.button(
                        f"QM9 {molecule}", key=f"explore_example_{k}", width="stretch",
                        type="primary" if shown == (molecule, site) else "secondary",
                        help=f"Show in 3D with atom {site} lit up",
                        on_click=state.show_example, args=(int(molecule), int(site)),
                    )  # fmt: skip
    with right:
        _picture(property_id, quantity)


def environment_names(atlas: Atlas) -> dict[int, str]:
    """Row of the table of environments -> its text."""
    table = atlas.environments[["element", "neighbours", "ring", "group"]].astype(str)
    return {k: Environment(*row).text for k, row in enumerate(table.to_numpy())}
