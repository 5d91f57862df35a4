"""One molecule of the page Explore in 3D, with an atom lit up, and the way to Explain."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gamnet.atlas.tables import GA, Atlas
from gamnet.datasets import get_dataset
from gamnet.explanation.environments import Environment
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
_BESIDE = 10  # choices that stand side by side
_BY = {GA: colours.GA_SCORES}


def two_columns(name: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Places for the points and what is in them; on a tablet one above the other."""
    with st.container(key=f"explore_columns_{name}"):
        st.html(_NARROW)
        return tuple(st.columns([3, 2], gap="medium"))


def open_in_explain(atlas: Atlas, id: str, site: int | None = None) -> None:
    """Go to the page Explain with this structure, the atom selected there too."""
    dataset = atlas.info.dataset
    if site is not None:
        selection.select_atoms(structure_key(get_dataset(dataset).structure(id)), [site])
    sources.open_in_explain(f"{dataset}:{id}")


def picture(atlas: Atlas, property_id: str, quantity: str) -> None:
    """The example in 3D with its name, and the way to Explain."""
    id, site = state.example()
    structure = get_dataset(atlas.info.dataset).structure(id)
    by = _BY.get(quantity, colours.CONTRIBUTIONS)
    with st.spinner("Predicting…"):
        prediction = session.predict(structure, atlas.info.model)
        limits = reference.scale_limits(atlas.info.model)
    predicted = prediction[property_id]
    prop = predicted.property
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = f"**{wording.formula(structure.formula)}** {label(atlas, id)}"
        atom = "" if site is None else f", atom {structure.symbols[site]}{site}"
        st.markdown(f"{name}{atom}", width="content")
        opened = st.button(
            "Open in Explain", icon=":material/hub:", key="explore_open_example", type="primary"
        )
    if opened:
        open_in_explain(atlas, id, site)
    scale = colours.make_scale(predicted, by, limits.get((property_id, by)))
    values = colours.atom_values(predicted, by)
    scene = make_scene(
        prediction, property_id, scale.colours(values), scale.bar(),
        values=[wording.short(value) for value in values],
    )  # fmt: skip
    named = {
        "view_id": f"explore-{scene['scene_id']}",
        "file_name": f"{atlas.info.dataset}-{id}.png",
    }
    viewer.show(
        scene | named,
        state.example_sites(id), prediction, property_id, by, key="explore_viewer",
        height=_HEIGHT, on_select=state.from_viewer(id, structure.n_atoms),
    )  # fmt: skip
    marked = "" if site is None else "The marked atom is the example; "
    st.caption(
        f"{prop.name} {wording.value(prop, predicted.value)}. {marked}"
        f"{'click' if marked else 'Click'} {'others' if marked else 'atoms'} for their numbers."
    )


def examples(
    atlas: Atlas, ids: Sequence[str], sites: Sequence[int], property_id: str, quantity: str
) -> None:
    """Small pictures of example atoms' structures; a button shows one in 3D, below."""
    state.start_example(ids, sites)
    shown = state.example()
    molecules = atlas.molecules[atlas.molecules["id"].isin(ids)].set_index("id")
    right, left = two_columns("examples")
    with left:
        st.caption(f"{len(ids)} examples, the atom of this environment lit up in 3D")
        with st.container(horizontal=True, gap="small", key="explore_examples"):
            for k, (id, site) in enumerate(zip(ids, sites, strict=True)):
                with st.container(width=126, gap=None, horizontal_alignment="center"):
                    drawing_of(molecules.loc[id])
                    st.button(
                        label(atlas, id), key=f"explore_example_{k}", width="stretch",
                        type="primary" if shown == (id, site) else "secondary",
                        help=f"Show in 3D with atom {site} lit up",
                        on_click=state.show_example, args=(id, int(site)),
                    )  # fmt: skip
    with right:
        picture(atlas, property_id, quantity)


def label(atlas: Atlas, id: str) -> str:
    """What a structure is called."""
    return wording.plain(f"{atlas.info.title} {id}")


def drawing_of(molecule: pd.Series) -> None:
    """A structure as a small picture: its bonds, or its formula where they are not known."""
    if "smiles" in molecule:
        drawing = session.drawing(molecule["smiles"])
        st.html(f'<img alt="" width="112" src="{svg_address(drawing)}">')
    else:
        st.markdown(wording.formula(molecule["formula"]))


def choose_element(elements: Sequence[str], key: str) -> str:
    """Draw the choice of an element, "all" first: side by side, or a list where they are many."""
    options = ["all", *elements]
    settings = {
        "format_func": lambda e: "All" if e == "all" else e, "key": key,
        "persist_state": "session",
    }  # fmt: skip
    if len(options) > _BESIDE:
        return st.selectbox("Elements", options, width=110, **settings)
    return st.segmented_control("Elements", options, required=True, **settings)


def environment_names(atlas: Atlas) -> dict[int, str]:
    """Row of the table of environments -> its text."""
    table = atlas.environments[["element", "neighbours", "ring", "group"]].astype(str)
    return {k: Environment(*row).text for k, row in enumerate(table.to_numpy())}
