"""What the pages show beside a prediction: known values, the training data, colour scales."""

from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared.session import MODEL, model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from gamnet.structures.structure import Structure

MAX_HITS = 200  # rows of a QM9 search
# Validation molecules whose predictions set the fixed colour scales.
REFERENCE_MOLECULES = 256


@st.cache_resource(show_spinner=False)
def scale_limits(name: str = MODEL) -> dict[tuple[str, str], float]:
    """Ends of the fixed colour scales, from a fixed sample of validation molecules."""
    from gamnet.datasets import qm9
    from gamnet.views.colours import reference_limits

    if model(name).dataset != "qm9":
        return {}
    table = qm9.load_table()
    validation = table.index[table["split"] == "validation"]
    sample = validation[:: max(1, len(validation) // REFERENCE_MOLECULES)][:REFERENCE_MOLECULES]
    return reference_limits(model(name).predict([qm9.structure(int(i)) for i in sample]))


@st.cache_data(max_entries=128, show_spinner=False)
def search_qm9(
    text: str, ranges: tuple[tuple[str, float, float], ...] = ()
) -> tuple["pd.DataFrame", int]:
    """QM9 molecules by Index, SMILES or formula and by ranges: the first MAX_HITS, and how many.

    ranges : property id (or "n_atoms"), lowest and highest value.
    """
    from gamnet.datasets import qm9

    found = qm9.search(text, {name: (low, high) for name, low, high in ranges})
    return found.head(MAX_HITS), len(found)


@st.cache_data(show_spinner=False)
def qm9_extent(name: str) -> tuple[float, float] | tuple[int, int]:
    """Smallest and largest value of a column of QM9, rounded outwards for a slider."""
    from math import ceil, floor

    from gamnet.datasets import qm9

    column = qm9.load_table()[name]
    low, high = column.min(), column.max()
    if name == "n_atoms":
        return int(low), int(high)
    return floor(low * 10) / 10, ceil(high * 10) / 10


def qm9_row(structure: "Structure") -> dict[str, object] | None:
    """Index, DFT values and split of a QM9 molecule; None for any other structure."""
    index = structure.info.get("qm9_index")
    # A file may claim anything in its header; what comes from the data set says so in its source.
    if index is None or structure.source != f"qm9:{index}":
        return None
    from gamnet.datasets import qm9

    return {"index": index, **qm9.load_table().loc[index].to_dict()}


@st.cache_data(show_spinner=False)
def training_histogram(property_id: str, bins: int = 40) -> tuple["np.ndarray", "np.ndarray"]:
    """Counts and bin edges of one property over QM9's training split, without the last 0.2 %."""
    import numpy as np

    from gamnet.datasets import qm9

    table = qm9.load_table()
    values = table.loc[table["split"] == "train", property_id].to_numpy()
    return np.histogram(values, bins, range=tuple(np.quantile(values, [0.001, 0.999])))


def random_qm9() -> int:
    """The Index of a random molecule of the test split, which no model was trained on."""
    from gamnet.datasets import qm9

    table = qm9.load_table()
    return int(table.index[table["split"] == "test"].to_series().sample(1).iloc[0])
