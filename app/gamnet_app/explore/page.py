"""Explore: the whole data set as the network sees it; molecules, atoms, environments."""

import streamlit as st

from gamnet_app.explore import state
from gamnet_app.shared import address, source

_NAMES = {
    state.MOLECULES: ":material/scatter_plot: Molecules",
    state.ATOMS: ":material/grain: Atoms",
    state.ENVIRONMENTS: ":material/table: Environments",
}
_SHOWS = {
    state.MOLECULES: "Every molecule is a point. Draw around some to see what they are.",
    state.ATOMS: "Every atom is a point: near ones look alike to the network.",
    state.ENVIRONMENTS: "Which surroundings of an atom get attention, or add to a value.",
}

address.addressed("explore_tab", list(state.TABS), state.MOLECULES, "tab")
with st.container(horizontal=True, vertical_alignment="center"):
    tab = st.segmented_control(
        "View", list(_NAMES), format_func=_NAMES.get, key="explore_tab", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    st.caption(_SHOWS[tab])

# Imported after the choice is drawn: pandas and the tables take a moment.
problem = None
with st.spinner("Reading the atlas…"):
    from gamnet.errors import GAMNetError
    from gamnet_app.explore import panel

    model = state.choose_model()
    if model is None:
        st.info("No model is shipped, so there is no atlas.", icon=":material/map:")
        st.stop()
    folder, problems = state.located(model)
    try:
        atlas = state.atlas(folder) if folder else None
    except GAMNetError as error:
        problem = str(error)
if problem:
    source.show_error(problem)
    st.stop()
if atlas is None:
    panel.missing(model, problems)
    st.stop()
panel.about(atlas.info, problems)


@st.fragment
def view() -> None:
    panel.show(tab, atlas)


view()
