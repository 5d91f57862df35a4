"""What the pages show beside a prediction: known values, the training data, colour scales."""

import logging
from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared import session

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from gamnet.datasets.source import DataSource
    from gamnet.properties import Property
    from gamnet.structures.structure import Structure

MAX_HITS = 200  # rows of a search
# Validation structures whose predictions set the fixed colour scales.
REFERENCE_STRUCTURES = 256


def datasets() -> "dict[str, DataSource]":
    """The data sets whose files are here, by name."""
    from gamnet.datasets import DATASETS

    return {name: source for name, source in DATASETS.items() if source.available}


def dataset_of(name: str) -> "DataSource | None":
    """The data set that a shipped model was trained on, None where it is not here."""
    return datasets().get(str(session.model_cards().get(name, {}).get("dataset", "")))


def scale_limits(name: str) -> dict[tuple[str, str], float]:
    """Ends of a model's fixed colour scales, from a fixed sample of validation structures.

    None where the data set is not here, or cannot be unpacked on this server.
    """
    from gamnet.errors import StorageError

    try:
        return _scale_limits(name) if dataset_of(name) is not None else {}
    except StorageError as error:
        logging.getLogger(__name__).warning("No fixed colour scales: %s", error)
        return {}


@st.cache_resource(show_spinner=False)
def _scale_limits(name: str) -> dict[tuple[str, str], float]:
    from gamnet.views.colours import reference_limits

    source = dataset_of(name)
    table = source.table()
    validation = table.index[table["split"] == "validation"]
    step = max(1, len(validation) // REFERENCE_STRUCTURES)
    sample = validation[::step][:REFERENCE_STRUCTURES]
    model = session.model(name)
    return reference_limits(model.predict([source.structure(str(id)) for id in sample]))


@st.cache_data(max_entries=128, show_spinner=False)
def search(
    name: str, text: str, ranges: tuple[tuple[str, float, float], ...] = ()
) -> tuple["pd.DataFrame", int]:
    """Structures of a data set by a text and by ranges: the first MAX_HITS, and how many.

    ranges : property id (or "n_atoms"), lowest and highest value.
    """
    found = datasets()[name].search(text, {key: (low, high) for key, low, high in ranges})
    return found.head(MAX_HITS), len(found)


@st.cache_data(show_spinner=False)
def extent(name: str, column: str) -> tuple[float, float] | tuple[int, int]:
    """Smallest and largest value of a column of a data set, rounded outwards for a slider."""
    from math import ceil, floor

    values = datasets()[name].table()[column]
    low, high = values.min(), values.max()
    if column == "n_atoms":
        return int(low), int(high)
    return floor(low * 10) / 10, ceil(high * 10) / 10


def known(structure: "Structure") -> "tuple[DataSource, pd.Series] | None":
    """Data set and row of a structure that is of one; None for any other."""
    from gamnet.datasets import entry_of

    return entry_of(structure)


def known_value(structure: "Structure", prop: "Property") -> float | None:
    """The data set's own value of a property of one of its structures."""
    from gamnet.datasets.source import value_of

    entry = known(structure)
    return None if entry is None else value_of(*entry, prop)


def training_histogram(name: str, property_id: str) -> tuple["np.ndarray", "np.ndarray"] | None:
    """Counts and bin edges of a property over the training split of a model's data set.

    None where the data set is not here.
    """
    source = dataset_of(name)
    return None if source is None else _histogram(source.name, property_id)


@st.cache_data(show_spinner=False)
def _histogram(dataset: str, property_id: str) -> tuple["np.ndarray", "np.ndarray"]:
    from gamnet.datasets.source import histogram

    return histogram(datasets()[dataset], property_id)


def random_id(name: str) -> str:
    """The id of a random structure of the test split, which no model was trained on."""
    table = datasets()[name].table()
    return str(table.index[table["split"] == "test"].to_series().sample(1).iloc[0])
