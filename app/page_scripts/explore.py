"""Explore: the whole data set as the network sees it; molecules, atoms, environments."""

import streamlit as st

from gamnet_app import session, session_explore, source_panel

_NAMES = {
    session_explore.MOLECULES: ":material/scatter_plot: Molecules",
    session_explore.ATOMS: ":material/grain: Atoms",
    session_explore.ENVIRONMENTS: ":material/table: Environments",
}
_SHOWS = {
    session_explore.MOLECULES: "Every molecule is a point. Draw around some to see what they are.",
    session_explore.ATOMS: "Every atom is a point: near ones look alike to the network.",
    session_explore.ENVIRONMENTS: "Which surroundings of an atom get attention, or add to a value.",
}

session.addressed("explore_tab", list(session_explore.TABS), session_explore.MOLECULES, "tab")
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
    from gamnet_app import explore_panel

    folder, problems = session_explore.located()
    try:
        atlas = session_explore.atlas(folder) if folder else None
    except GAMNetError as error:
        problem = str(error)
if problem:
    source_panel.show_error(problem)
    st.stop()
if atlas is None:
    explore_panel.missing(problems)
    st.stop()
explore_panel.about(atlas.info, problems)


@st.fragment
def view() -> None:
    explore_panel.show(tab, atlas)


view()
