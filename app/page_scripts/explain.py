"""Explain: a structure in, its properties and what each atom has to do with them out."""

import streamlit as st

from gamnet_app import session, source_panel

source = source_panel.choose_source()
if source is None:
    st.info(
        "Choose a file to see its six predicted properties and the attention on every atom.",
        icon=":material/upload_file:",
    )
    st.stop()

# Imported after the panel is drawn: torch, RDKit and pymatgen take seconds.
with st.spinner("Loading the model…"):
    from gamnet.errors import GAMNetError
    from gamnet.structures import Failure
    from gamnet_app import result_panel

problem = None
try:
    with st.spinner("Loading the model…"):
        model = session.model()
    with st.spinner("Reading the structure…"):
        frames, more = session.frames(source)
except GAMNetError as error:
    problem = str(error)
if problem:
    source_panel.show_error(problem)
    st.stop()

structure = frames[source_panel.choose_frame(len(frames), more)]
if isinstance(structure, Failure):
    source_panel.show_error(structure.error)
    st.stop()
if structure.n_atoms > session.MAX_ATOMS:
    source_panel.show_error(
        f"{structure.n_atoms:,} atoms; this page takes up to {session.MAX_ATOMS:,}. "
        "Use `gamnet predict`, which has no limit."
    )
    st.stop()

with st.spinner("Predicting…"):
    prediction = session.predict(structure)
    session.scale_limits()
if prediction.error:
    source_panel.show_error(prediction.error)
    st.stop()


@st.fragment
def result() -> None:
    result_panel.header(prediction)
    choice = result_panel.controls(prediction)
    left, right = result_panel.two_columns()
    with left:
        result_panel.picture(prediction, *choice)
    with right:
        result_panel.cards(prediction, model.test_mae, choice[0])
    result_panel.chart(prediction, *choice)
    result_panel.table(prediction, choice[0])
    result_panel.downloads(prediction)


result()
