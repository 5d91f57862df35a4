"""What outlives a rerun: cached models and predictions, the visitor's choices, the address.

It and the session_*.py of the pages are the files with st.cache_* and session_state. Everything
cached for all visitors is keyed by its content and never changed; what one visitor uploads is
cached for that session alone.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from gamnet_app.shared.sources import is_addressable

if TYPE_CHECKING:
    from gamnet.network.training_domain import TrainingDomain
    from gamnet.prediction.auto import AutoModel, Choice
    from gamnet.prediction.model import Model
    from gamnet.prediction.result import Prediction
    from gamnet.prediction.trajectory import Trajectory
    from gamnet.structures.structure import Structure

AUTO = "auto"
_CHOSEN = "model_chosen"  # the model that the visitor prefers where several fit
MAX_ATOMS = 20_000


# --- models and predictions, shared by all visitors -----------------------------------------------


@st.cache_resource(show_spinner=False)
def model(name: str = AUTO) -> "Model | AutoModel":
    """A shipped model, or the one that chooses; shared, so nothing may be set on it."""
    import gamnet
    from gamnet.network.acceleration import settle

    # A molecule is too small to share out, and threads that wait for each other cost 50 times more
    # than they save as soon as two visitors predict at once.
    settle(threads=1)
    return gamnet.load(name)


@st.cache_resource(show_spinner=False)
def model_cards() -> dict[str, object]:
    """Entries of the index of shipped models, by name."""
    from gamnet.prediction.shipped import available

    return available()


@st.cache_resource(show_spinner=False)
def _domains() -> "dict[str, TrainingDomain]":
    from gamnet.prediction.auto import domains

    return domains()


def molecule_elements() -> list[str]:
    """Symbols of the elements that some shipped model knows in molecules."""
    from ase.data import chemical_symbols

    found = {z for domain in _domains().values() if not domain.periodic for z in domain.numbers}
    return [chemical_symbols[z] for z in sorted(found)]


def choice(structure: "Structure") -> "Choice":
    """Which shipped models fit a structure, and which is used: the visitor's, else the best."""
    from dataclasses import replace

    from gamnet.prediction.auto import choose

    found = choose(structure, _domains())
    wanted = st.session_state.get(_CHOSEN)
    if wanted not in found.fitting or wanted == found.name:
        return found
    return replace(found, name=wanted, reason=f"'{wanted}' was chosen on this page")


def prefer(name: str) -> None:
    """Use this model wherever it fits."""
    st.session_state[_CHOSEN] = name


def test_mae(prediction: "Prediction | Trajectory") -> dict[str, float]:
    """Test errors of the model that made a prediction, by property, in display units."""
    entry = model_cards().get(prediction.model, {"test": {"mae": {}}})
    return {pid: mae["value"] for pid, mae in entry["test"]["mae"].items()}


@st.cache_resource(max_entries=256, show_spinner=False)
def _predict_known(name: str, key: str, _structure: "Structure") -> "Prediction":
    return model(name).predict([_structure])[0]


@st.cache_resource(max_entries=64, scope="session", show_spinner=False)
def _predict_own(name: str, key: str, _structure: "Structure") -> "Prediction":
    return model(name).predict([_structure])[0]


def predict(structure: "Structure", name: str | None = None) -> "Prediction":
    """All properties of one structure; the same structure is computed once.

    name : of the model, the one that fits by default.

    Of a data set and of SMILES once for all visitors, of anything else once for this one.
    """
    from gamnet.views.scene import structure_key

    # A prediction holds the whole structure: its file's name, title and charge as well.
    told = repr((structure.source, structure.frame, structure.info))
    key = f"{structure_key(structure)} {sha256(told.encode()).hexdigest()}"
    known = is_addressable(structure.source)
    name = name or choice(structure).name or AUTO
    return (_predict_known if known else _predict_own)(name, key, structure)


# --- structures -----------------------------------------------------------------------------------


# --- the visitor's choices ------------------------------------------------------------------------


@st.cache_data(max_entries=64, show_spinner=False)
def drawing(smiles: str, text: str = "") -> str:
    """A gallery picture as SVG: the formula of a SMILES or, without one, the structure itself."""
    from gamnet_app.shared.pictures import skeletal_formula

    if smiles:
        return skeletal_formula(smiles)
    from gamnet.structures.reading import read
    from gamnet.views.sketch import sketch

    return sketch(read(text)[0])
