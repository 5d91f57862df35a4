"""Explain: a structure in, its properties and what each atom has to do with them out."""

import streamlit as st

from gamnet.views.scene import structure_key
from gamnet_app.explain import state
from gamnet_app.shared import about, address, controls, reference, session, sources
from gamnet_app.shared import source as source_panel

about.line()
# What is chosen has one place however much it takes: below it the picture keeps its own, or
# Streamlit would mount another and show the one before beside it until the run ends.
with st.container():
    source = source_panel.choose_source()
if source is None:
    source_panel.nothing_yet()
    st.stop()

# Imported after the panel is drawn: torch and RDKit take seconds.
with st.spinner("Loading the model…"):
    from gamnet.errors import GAMNetError
    from gamnet.structures.structure import Failure
    from gamnet_app.explain import cards, crystal, local_attention, map_truth, orbitals, what_if
    from gamnet_app.explain import flat as flat_panel
    from gamnet_app.explain import measured as measured_panel
    from gamnet_app.explain import result as result_panel

problem, frames, more = None, [], False
try:
    with st.spinner("Reading the structure…"):
        frames, more = sources.frames(source)
except GAMNetError as error:
    problem = str(error)
with st.container():
    source_panel.name_upload(frames)
if problem:
    source_panel.show_error(problem)
    st.stop()

with st.container():
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

with st.container():
    structure = crystal.choose_cell(structure)

try:
    with st.spinner("Predicting…"):
        prediction = session.predict(structure)
        reference.scale_limits(prediction.model)
except GAMNetError as error:  # of the model's files, not of the structure
    problem = str(error)
if problem:
    source_panel.show_error(problem)
    st.stop()
if prediction.error:
    source_panel.show_error(prediction.error)
    result_panel.unpredicted(prediction)
    st.stop()


@st.fragment
def result() -> None:
    key = structure_key(structure)
    state.start(key, structure.n_atoms)
    result_panel.header(prediction)
    # One place in the page for each, put side by side by the style sheet; on a phone the values
    # come first.
    with st.container(key="explained"):
        picture, values, sections = (
            st.container(key=f"explained_{name}") for name in ("picture", "values", "sections")
        )
    with picture:
        property_id, by, scale = result_panel.controls(prediction)
    quantity = controls.quantity(by)
    with values:
        cards.show(prediction, session.test_mae(prediction), property_id)
    with sections:
        section = state.choose_section(structure.periodic)

    orbital = orbitals.surface(prediction) if section == state.TRUTH else {}

    def around(scene: dict[str, object]) -> dict[str, object]:
        """What is drawn around the atoms, beside an orbital where it is discussed."""
        return (
            local_attention.arcs(prediction, scene)
            | crystal.surroundings(prediction, scene)
            | orbital
            | measured_panel.drawn(structure)
        )

    with picture:
        result_panel.picture(prediction, property_id, by, scale, around)
        measured_panel.listed(structure)
        orbitals.legend(orbital)
        local_attention.toggle(prediction)
        if by != controls.ELEMENT:
            map_truth.verdict(prediction, property_id, quantity)
    with sections:
        if section == state.NUMBERS:
            flat_panel.show(prediction, property_id, by, scale)
            result_panel.chart(prediction, property_id, by, scale)
            result_panel.table(prediction, property_id)
            result_panel.downloads(prediction)
        elif section == state.CRYSTAL:
            crystal.show(prediction, property_id, quantity, scale)
        elif section == state.LOCAL:
            local_attention.show(prediction)
        elif section == state.TRUTH:
            map_truth.show(prediction, property_id, quantity)
            orbitals.show(prediction, property_id, quantity)
        else:
            own = address.widget("scale") == controls.OWN
            what_if.show(prediction, property_id, quantity, scale, own)


result()
