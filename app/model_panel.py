"""A shipped model's card: what it is, its measured errors, and the text written with it."""

import streamlit as st

from gamnet.pretrained import FOLDER
from gamnet.properties import PROPERTIES
from gamnet_app import wording


def card(name: str, entry: dict[str, object]) -> None:
    """Draw one entry of the index of shipped models."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(name, anchor=False, width="content")
            st.badge(f"data set {entry['dataset']}", color="gray")
            st.badge(", ".join(entry["elements"]), color="gray", help="Elements it was trained on")
            st.badge(f"{entry['n_parameters'] / 1e6:.2f} M parameters", color="gray")
        test = entry["test"]
        st.markdown(f"Mean absolute error on {test['n']:,} molecules of the {test['split']} split")
        st.table(errors(test["mae"]), border="horizontal")
        text = (FOLDER / str(entry["card"])).read_text(encoding="utf-8")
        with st.expander("Model card"):
            st.markdown(text)
        st.caption(f"{entry['file']}, SHA-256 `{entry['sha256']}`")


def errors(mae: dict[str, dict[str, object]]) -> dict[str, list[str]]:
    """The error of each property in words, as columns of a table."""
    properties = [PROPERTIES[property_id] for property_id in mae]
    return {
        "Property": [prop.name for prop in properties],
        "Symbol": [wording.symbol(prop) for prop in properties],
        "Error": [wording.error(prop, mae[prop.id]["value"]) for prop in properties],
    }
