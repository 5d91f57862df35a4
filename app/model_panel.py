"""A shipped model's card: its description, and its errors as a table."""

import pandas as pd
import streamlit as st

from gamnet.errors import GAMNetError
from gamnet.properties import PROPERTIES
from gamnet.views import unit_text
from gamnet_app import session


def card(name: str) -> None:
    """One model: the card written with it, and the measured errors."""
    entry = session.model_cards()[name]
    with st.container(border=True):
        st.markdown(f"### {name}")
        st.json(entry, expanded=False)


def errors(test_mae: dict[str, float]) -> pd.DataFrame:
    """Mean absolute error on the test split, one row per property, in the display unit."""
    rows = [
        (PROPERTIES[property_id].name, mae, unit_text(PROPERTIES[property_id].display_unit))
        for property_id, mae in test_mae.items()
    ]
    return pd.DataFrame(rows, columns=["Property", "Mean absolute error", "Unit"])


def show_error(error: GAMNetError) -> None:
    """A plain message where no model can be listed."""
    st.error(str(error), icon=":material/error:")
