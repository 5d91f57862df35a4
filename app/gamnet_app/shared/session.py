"""What outlives a rerun: cached models and predictions, the visitor's choices, the address.

It and the session_*.py of the pages are the files with st.cache_* and session_state. Everything
cached for all visitors is keyed by its content and never changed; what one visitor uploads is
cached for that session alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from gamnet.prediction.model import Model
    from gamnet.prediction.result import Prediction
    from gamnet.structures.structure import Failure, Structure

MODEL = "qm9"
MAX_UPLOAD = 20  # MB
MAX_FILES = 12  # uploaded at once; Batch takes more
MAX_FRAMES = 500
MAX_ATOMS = 20_000
MAX_TEXT = 500  # characters of a source in an address or an input
MAX_HITS = 200  # rows of a QM9 search
# Validation molecules whose predictions set the fixed colour scales.
REFERENCE_MOLECULES = 256
UPLOAD, GIVEN = "upload", "given"
ADDRESSABLE = ("qm9:", "smiles:")  # sources that an address may name


@dataclass(frozen=True)
class Source:
    """What the visitor chose: a text that `gamnet.read` understands, a file or a structure.

    text : "smiles:...", "qm9:..." or, for an upload, the file's name.
    content : the uploaded bytes; None for a text.
    structure : what another page handed over; None for a text and for an upload.
    """

    text: str
    content: bytes | None = None
    structure: "Structure | None" = None


# --- models and predictions, shared by all visitors -----------------------------------------------


@st.cache_resource(show_spinner=False)
def model(name: str = MODEL) -> "Model":
    """The shipped model; shared, so nothing may be set on it."""
    import torch

    import gamnet

    # A molecule is too small to share out, and threads that wait for each other cost 50 times more
    # than they save as soon as two visitors predict at once.
    torch.set_num_threads(1)
    return gamnet.load(name)


@st.cache_resource(show_spinner=False)
def model_cards() -> dict[str, object]:
    """Entries of the index of shipped models, by name."""
    from gamnet.prediction.shipped import available

    return available()


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


@st.cache_resource(max_entries=256, show_spinner=False)
def _predict_known(name: str, key: str, _structure: "Structure") -> "Prediction":
    return model(name).predict([_structure])[0]


@st.cache_resource(max_entries=64, scope="session", show_spinner=False)
def _predict_own(name: str, key: str, _structure: "Structure") -> "Prediction":
    return model(name).predict([_structure])[0]


def predict(structure: "Structure", name: str = MODEL) -> "Prediction":
    """All properties of one structure; the same structure is computed once.

    Of QM9 and of SMILES once for all visitors, of anything else once for this one.
    """
    from gamnet.views.colours import structure_key

    # A prediction holds the whole structure: its file's name, title and charge as well.
    told = repr((structure.source, structure.frame, sorted(structure.info.items())))
    key = f"{structure_key(structure)} {sha256(told.encode()).hexdigest()}"
    known = structure.source.startswith(ADDRESSABLE)
    return (_predict_known if known else _predict_own)(name, key, structure)


# --- QM9 ------------------------------------------------------------------------------------------


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


# --- structures -----------------------------------------------------------------------------------


@st.cache_resource(max_entries=8, scope="session", show_spinner=False)
def _read(text: str, digest: str | None, _content: bytes | None) -> list["Structure | Failure"]:
    from gamnet.structures.reading import iter_structures, read

    if _content is None:
        return read(text)
    # One more than is shown, to know whether there are more.
    return list(islice(iter_structures(_content, name=text), MAX_FRAMES + 1))


def frames(source: Source) -> tuple[list["Structure | Failure"], bool]:
    """All frames of a source, at most MAX_FRAMES, and whether there are more.

    Raises GAMNetError when nothing can be read.
    """
    if source.structure is not None:
        return [source.structure], False
    digest = None if source.content is None else sha256(source.content).hexdigest()
    found = _read(source.text, digest, source.content)
    return found[:MAX_FRAMES], len(found) > MAX_FRAMES


# --- the visitor's choices ------------------------------------------------------------------------


def source_text(default: str) -> str:
    """The chosen source: from this session, else from the address, else the default."""
    if "source" not in st.session_state:
        asked = st.query_params.get("structure", default)[:MAX_TEXT]
        scheme, colon, rest = asked.partition(":")
        asked = f"{scheme.lower()}{colon}{rest}"
        # An address must never name a file of the server.
        st.session_state["source"] = asked if asked.startswith(ADDRESSABLE) else default
    return st.session_state["source"]


def choose(text: str) -> None:
    """Take a structure ("qm9:...", "smiles:...") or the uploaded file (UPLOAD)."""
    st.session_state["source"] = text


def keep_uploads(files: list[tuple[str, bytes]]) -> None:
    """Take uploaded files, the last one first to see; they stay without their widget.

    files : name and content of each; at most MAX_FILES are kept, the latest.
    """
    st.session_state["uploads"] = [Source(*file) for file in files[-MAX_FILES:]]
    st.session_state["shown_upload"] = len(uploads()) - 1
    choose(UPLOAD)


def drop_uploads() -> None:
    """Forget the uploaded files."""
    st.session_state.pop("uploads", None)


def uploads() -> list[Source]:
    """The files that this visitor uploaded."""
    return st.session_state.get("uploads", [])


def shown_upload() -> int:
    """Which of the uploaded files is shown."""
    return min(st.session_state.get("shown_upload", 0), max(len(uploads()) - 1, 0))


def upload() -> Source | None:
    """The uploaded file that is shown."""
    return uploads()[shown_upload()] if uploads() else None


def show_upload(number: int) -> None:
    """Show another one of the uploaded files."""
    st.session_state["shown_upload"] = number
    choose(UPLOAD)


def open_in_explain(what: "str | Structure") -> None:
    """Make this what the page Explain shows next, from any other page."""
    if not isinstance(what, str):
        st.session_state["given"] = what
    choose(what if isinstance(what, str) else GIVEN)
    # The panel's widgets start anew, or they would go on naming the structure before.
    for key in ("origin", "smiles", "qm9_query", "frame"):
        st.session_state.pop(key, None)


def given() -> "Structure | None":
    """The structure that another page handed over."""
    return st.session_state.get("given")


def addressed(key: str, options: Sequence[str], default: str, name: str | None = None) -> None:
    """Start a widget with the value in the address, there under `name`, if it is an option."""
    if key not in st.session_state:
        asked = st.query_params.get(name or key, default)
        st.session_state[key] = asked if asked in options else default


def write_address(**values: str | None) -> None:
    """Make the address name what is shown; None leaves a parameter out."""
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def widget(key: str, default: object = None) -> object:
    """The present value of a widget."""
    return st.session_state.get(key, default)


def set_widget(key: str, value: object) -> None:
    """Set a widget before it is drawn, or in a callback."""
    st.session_state[key] = value


@st.cache_data(max_entries=64, show_spinner=False)
def drawing(smiles: str) -> str:
    """A gallery picture as SVG."""
    from gamnet_app.shared.pictures import skeletal_formula

    return skeletal_formula(smiles)
