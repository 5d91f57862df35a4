"""Compare: properties of one structure, or several structures, side by side."""

import streamlit as st

from gamnet_app.compare import input
from gamnet_app.shared import reference, session, source

mode, sources = input.choose()
if not sources:
    st.info("Give a structure to compare.", icon=":material/edit:")
    st.stop()

# Imported after the inputs are drawn: torch and RDKit take seconds.
problem = None
with st.spinner("Loading the model…"):
    from gamnet.errors import GAMNetError
    from gamnet_app.compare import panel

    try:
        session.model()
    except GAMNetError as error:
        problem = str(error)
if problem:
    source.show_error(problem)
    st.stop()
with st.spinner("Predicting…"):
    predictions = input.predictions(mode, sources)
    for prediction in predictions:
        reference.scale_limits(prediction.model)
panel.show(mode, sources, predictions)
