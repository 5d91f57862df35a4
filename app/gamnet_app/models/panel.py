"""One shipped model on the page Models: its errors beside the paper's, and how they came about."""

import re

import streamlit as st
from ase.data import chemical_symbols

from gamnet.datasets import published
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction.shipped import entry_properties
from gamnet.properties import Property, find_property
from gamnet_app.models import state, views
from gamnet_app.shared import address, sources, wording

PARITY, ERRORS, SURE, CURVE = "parity", "errors", "sure", "curve"
_ELEMENTS = 10  # are named; more are counted
FAITHFULNESS, CARD = "faithfulness", "card"
_VIEWS = {
    PARITY: "Parity",
    ERRORS: "Where it errs",
    SURE: "How sure?",
    CURVE: "Learning curve",
    FAITHFULNESS: "Is the attention true?",
    CARD: "Model card",
}


def choose_model(entries: dict[str, dict[str, object]]) -> str:
    """The model shown: a choice where there are several."""
    names = list(entries)
    address.addressed("model", names, names[0])
    if len(names) > 1:
        st.segmented_control("Model", names, key="model", required=True)
    chosen = address.widget("model")
    address.write_address(model=chosen if chosen != names[0] else None)
    return chosen


def header(name: str, entry: dict[str, object]) -> None:
    """What the model is, and its test errors beside the paper's."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(name, anchor=False, width="content")
        st.badge(f"data set {entry['dataset']}", color="gray")
        numbers = TrainingDomain.from_dict(entry["domain"]).numbers
        symbols = ", ".join(chemical_symbols[z] for z in numbers)
        st.badge(
            symbols if len(numbers) <= _ELEMENTS else f"{len(numbers)} elements", color="gray",
            help=f"Elements it was trained on: {symbols}",
        )  # fmt: skip
        st.badge(f"{entry['n_parameters'] / 1e6:.2f} M parameters", color="gray")
    test = entry["test"]
    st.markdown(
        f"Mean absolute error on the {test['n']:,} structures of the {test['split']} split, which "
        "were not used for training."
    )
    st.table(error_table(entry), border="horizontal")
    paper, papers = published(entry["dataset"])
    if papers:
        st.caption(
            f"{' and '.join(papers)} as published ({paper}), on the same split, with one network "
            "per property; here one network gives all. – : not published."
        )
    st.caption(f"Weights: SHA-256 `{entry['sha256']}`")


def error_table(entry: dict[str, object]) -> dict[str, list[str]]:
    """The error of each property in words, as columns of a table, beside the paper's."""
    mae = entry["test"]["mae"]
    properties = [prop for prop in entry_properties(entry) if prop.id in mae]
    _, papers = published(entry["dataset"])
    return {
        "Property": [prop.name for prop in properties],
        "Symbol": [wording.symbol(prop) for prop in properties],
        "This model": [wording.error(prop, mae[prop.id]["value"]) for prop in properties],
        **{
            paper: [wording.error(p, theirs[p.id]) if p.id in theirs else "–" for p in properties]
            for paper, theirs in papers.items()
        },
    }


@st.fragment
def details(name: str, entry: dict[str, object]) -> None:
    """The chosen view of the chosen property; both are in the address."""
    id = state.take_open()
    if id is not None:
        sources.open_in_explain(f"{entry['dataset']}:{id}")
    prop, view = _choices(entry)
    if view == PARITY:
        views.parity(name, entry, prop)
    elif view == ERRORS:
        views.errors(name, prop)
    elif view == SURE:
        views.sure(entry, prop)
    elif view == CURVE:
        views.curve(name, entry, prop)
    elif view == FAITHFULNESS:
        views.faithfulness(name, entry)
    else:
        with st.container(border=True):
            # The page has its own title; the card's headings stand below it.
            st.markdown(re.sub(r"^#+(?= )", "#####", state.card(name), flags=re.M))


def _choices(entry: dict[str, object]) -> tuple[Property, str]:
    properties = entry_properties(entry)
    ids = [prop.id for prop in properties]
    address.addressed("view", list(_VIEWS), PARITY)
    address.addressed("property", ids, ids[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = st.segmented_control(
            "View", list(_VIEWS), format_func=_VIEWS.get, key="view", required=True,
            persist_state="session",
        )  # fmt: skip
        if view in (PARITY, ERRORS, SURE, CURVE):
            st.segmented_control(
                "Property", ids, format_func=lambda p: wording.symbol(find_property(properties, p)),
                key="property", required=True, persist_state="session",
            )  # fmt: skip
    property_id = address.widget("property")
    address.write_address(
        view=view if view != PARITY else None,
        property=property_id if property_id != ids[0] else None,
    )
    return find_property(properties, property_id), view
