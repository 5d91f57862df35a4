"""Where structures come from: texts, uploads, and what one page hands to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from gamnet.structures.link import MAX_LINK, SCHEME, from_link, to_link
from gamnet_app.shared import address, kept, readers

if TYPE_CHECKING:
    from gamnet.structures.structure import Failure, Structure

_SMILES = "smiles:"
KEPT = "upload:"  # before the key, and the number, of what the server keeps of an upload
MAX_UPLOAD = 20  # MB
MAX_FILES = 12  # uploaded at once; Batch takes more
MAX_FRAMES = 500
MAX_TEXT = 500  # characters of a source in an address or an input
_EXPLAIN = "gamnet_app/explain/page.py"
_OWN = (SCHEME, KEPT)  # sources of one visitor that an address may name


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
    if _content is None and not text.startswith(_SMILES):  # one of ours
        from gamnet.datasets import read

        return list(read(text))
    # One more than is shown, to know whether there are more.
    given = text if _content is None else _content
    return list(readers.structures(given, text, MAX_FRAMES + 1))


def is_addressable(text: str) -> bool:
    """Whether an address may name this source: a SMILES, an example, or one of a data set."""
    from gamnet.datasets import DATASETS

    scheme, colon, _ = text.partition(":")
    return bool(colon) and scheme in ("smiles", "example", *DATASETS)


def frames(source: Source) -> tuple[list["Structure | Failure"], bool]:
    """All frames of a source, at most MAX_FRAMES, and whether there are more.

    Raises GAMNetError when nothing can be read.
    """
    if source.structure is not None:
        return [source.structure], False
    if source.content is None and source.text.startswith(SCHEME):
        return [from_link(source.text)], False
    digest = None if source.content is None else sha256(source.content).hexdigest()
    found = _read(source.text, digest, source.content)
    return found[:MAX_FRAMES], len(found) > MAX_FRAMES


def source_text(default: str) -> str:
    """The chosen source: from this session, else from the address, else the default."""
    asked = st.query_params.get("structure", default)
    scheme, colon, rest = asked.partition(":")
    asked = f"{scheme.lower()}{colon}{rest}"
    asked = asked[: MAX_LINK + 1 if asked.startswith(SCHEME) else MAX_TEXT]
    # An address must never name a file of the server.
    known = asked.startswith(_OWN) or is_addressable(asked)
    address.start("source", asked if known else default)
    return st.session_state["source"]


def choose(text: str) -> None:
    """Take a structure: "NAME:ID" of a data set, "smiles:...", "xyz:..." or "upload:..."."""
    st.session_state["source"] = text


def chosen(text: str) -> Source | None:
    """What a source's text stands for; None for an upload that is not (or no longer) there."""
    if not text.startswith(KEPT):
        return Source(text)
    files, number = uploads(text), _number(text)
    return files[min(number, len(files) - 1)] if files else None


# --- what visitors bring along --------------------------------------------------------------------


def keep_uploads(files: list[tuple[str, bytes]]) -> None:
    """Take uploaded files, the last one first to see; they stay without their widget.

    files : name and content of each; at most MAX_FILES are kept, the latest.
    """
    _keep([Source(*file) for file in files[-MAX_FILES:]], sum(len(f[1]) for f in files))


def drop_uploads() -> None:
    """Forget the uploaded files."""
    key = _key(st.session_state.pop("uploaded", ""))
    kept.store().drop(key)


def uploaded() -> str:
    """The text of the uploaded file that this visitor saw last; "" without one."""
    return st.session_state.get("uploaded", "")


def uploads(text: str) -> Sequence[Source]:
    """The files that were uploaded together, among them that of this text."""
    found = kept.store().find(_key(text)) if text.startswith(KEPT) else None
    # A key may be one of another page, whose things are no files.
    files = isinstance(found, tuple) and all(isinstance(one, Source) for one in found)
    return found if files else ()


def upload_number(text: str) -> int:
    """Which of the files of `uploads` a text means."""
    return min(_number(text), max(len(uploads(text)) - 1, 0))


def show_upload(text: str, number: int) -> None:
    """Show another one of the files that were uploaded together."""
    st.session_state["uploaded"] = f"{KEPT}{_key(text)}.{number}"
    choose(st.session_state["uploaded"])


def _keep(files: Sequence[Source], size: int) -> None:
    show_upload(f"{KEPT}{kept.store().keep(tuple(files), size)}.0", len(files) - 1)


def _key(text: str) -> str:
    return text.removeprefix(KEPT).partition(".")[0][: kept.MAX_KEY]


def _number(text: str) -> int:
    number = text.partition(".")[2]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 0


def open_in_explain(what: "str | Structure") -> NoReturn:
    """Go to the page Explain with this structure, from any page, Explain itself included.

    Ends the run, so that the whole page is drawn anew even where a part of it asked: never to be
    called in a callback, after which a fragment would draw itself alone.
    """
    text = what if isinstance(what, str) else to_link(what)
    if text is None:
        _keep([Source(what.source, structure=what)], what.positions.nbytes)
    else:
        choose(text)
    # The panel's widgets start anew, or they would go on naming the structure before.
    for key in ("origin", "find_for", "dataset_query", "frame"):
        st.session_state.pop(key, None)
    st.switch_page(_EXPLAIN)
