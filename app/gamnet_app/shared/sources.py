"""Where structures come from: texts, uploads, and what one page hands to another."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from gamnet_app.shared import address

if TYPE_CHECKING:
    from gamnet.structures.structure import Failure, Structure

UPLOAD, GIVEN = "upload", "given"
MAX_UPLOAD = 20  # MB
MAX_FILES = 12  # uploaded at once; Batch takes more
MAX_FRAMES = 500
MAX_TEXT = 500  # characters of a source in an address or an input
_EXPLAIN = "gamnet_app/explain/page.py"


@dataclass(frozen=True)
class Source:
    """What the visitor chose: a text that `gamnet.read` understands, a file or a structure.

    text : "smiles:...", "NAME:ID" of a data set or, for an upload, the file's name.
    content : the uploaded bytes; None for a text.
    structure : what another page handed over; None for a text and for an upload.
    """

    text: str
    content: bytes | None = None
    structure: "Structure | None" = None


@st.cache_resource(max_entries=8, scope="session", show_spinner=False)
def _read(text: str, digest: str | None, _content: bytes | None) -> list["Structure | Failure"]:
    from gamnet.structures.reading import iter_structures, read

    if _content is None:
        return read(text)
    # One more than is shown, to know whether there are more.
    return list(islice(iter_structures(_content, name=text), MAX_FRAMES + 1))


def is_addressable(text: str) -> bool:
    """Whether an address may name this source: a SMILES, or a structure of a data set."""
    from gamnet.datasets import DATASETS

    scheme, colon, _ = text.partition(":")
    return bool(colon) and scheme in ("smiles", *DATASETS)


def frames(source: Source) -> tuple[list["Structure | Failure"], bool]:
    """All frames of a source, at most MAX_FRAMES, and whether there are more.

    Raises GAMNetError when nothing can be read.
    """
    if source.structure is not None:
        return [source.structure], False
    digest = None if source.content is None else sha256(source.content).hexdigest()
    found = _read(source.text, digest, source.content)
    return found[:MAX_FRAMES], len(found) > MAX_FRAMES


def source_text(default: str) -> str:
    """The chosen source: from this session, else from the address, else the default."""
    asked = st.query_params.get("structure", default)[:MAX_TEXT]
    scheme, colon, rest = asked.partition(":")
    asked = f"{scheme.lower()}{colon}{rest}"
    # An address must never name a file of the server.
    address.start("source", asked if is_addressable(asked) else default)
    return st.session_state["source"]


def choose(text: str) -> None:
    """Take a structure ("NAME:ID" of a data set, "smiles:...") or the uploaded file (UPLOAD)."""
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


def open_in_explain(what: "str | Structure") -> NoReturn:
    """Go to the page Explain with this structure, from any page, Explain itself included.

    Ends the run, so that the whole page is drawn anew even where a part of it asked: never to be
    called in a callback, after which a fragment would draw itself alone.
    """
    if not isinstance(what, str):
        st.session_state["given"] = what
    choose(what if isinstance(what, str) else GIVEN)
    # The panel's widgets start anew, or they would go on naming the structure before.
    for key in ("origin", "smiles", "dataset_query", "frame"):
        st.session_state.pop(key, None)
    st.switch_page(_EXPLAIN)


def given() -> "Structure | None":
    """The structure that another page handed over."""
    return st.session_state.get("given")
