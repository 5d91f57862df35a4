"""The visitor's batch: the job, the filters, and what the Batch page caches for this session."""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from threading import Semaphore
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gamnet_app.shared import address, kept, readers, session

if TYPE_CHECKING:
    import pandas as pd

    from gamnet.properties import Property
    from gamnet.screening.items import Part, Row
    from gamnet.screening.job import BatchJob

MAX_STRUCTURES = 5_000
MAX_FILES = 1_000
MAX_TOTAL = 60  # MB of all files together
MAX_ALL_ATOMS = 500_000
# Batches of all visitors that run at the same time; more would only slow each other down.
_AT_ONCE = 2
_GRACE = 30.0  # seconds without a connection after which a visitor has left
_JOB, _TABLE = "batch_job", "batch_table"
_NAME, _TAKEN = "batch_name", "batch_taken"  # keys: of the batch asked for, and of that at hand


@st.cache_resource(show_spinner=False)
def _gate() -> Semaphore:
    return Semaphore(_AT_ONCE)


def job() -> "BatchJob | None":
    """This visitor's batch, running or finished, also after the page was reloaded."""
    address.start(_NAME, st.query_params.get("batch", "")[: kept.MAX_KEY])
    name = address.widget(_NAME)
    address.write_address(batch=name or None)
    if name and st.session_state.get(_TAKEN) != name:
        forget_table()
        found = kept.store().find(name)
        # A key may be one of another page, whose things are no batches.
        known = isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], set)
        _take(*found) if known else _take(None, set())
        st.session_state[_TAKEN] = name
    return st.session_state.get(_JOB) if name else None


def gone() -> bool:
    """Whether the address names a batch that the server does not have any more."""
    return bool(address.widget(_NAME)) and st.session_state.get(_JOB) is None


def _take(made: "BatchJob | None", visitors: set[str]) -> None:
    context = get_script_run_ctx()
    if context is not None:
        visitors.add(context.session_id)
    st.session_state[_JOB] = made


def start(parts: Sequence["Part"]) -> None:
    """Run a batch in place of the one before."""
    from gamnet.screening.job import BatchJob, Limits

    forget()
    limits = Limits(MAX_STRUCTURES, session.MAX_ATOMS, MAX_ALL_ATOMS)
    visitors: set[str] = set()
    stream = session.model().stream
    made = BatchJob(readers.items(parts), stream, limits, _gate(), _left(visitors))
    # What is kept of a batch is its results, about so large.
    name = kept.store().keep((made, visitors), MAX_STRUCTURES * 10_000)
    address.set_widget(_NAME, name)
    _take(made, visitors)


def _left(visitors: set[str]) -> Callable[[], bool]:
    """What tells whether all have closed the page, for longer than a lost connection.

    visitors : the sessions that look at the batch; a reload adds one.
    """
    if not runtime.exists():  # no server: nobody can leave
        return lambda: False
    sessions, seen = runtime.get_instance(), time.monotonic()

    def left() -> bool:
        nonlocal seen
        if any(sessions.is_active_session(own) for own in tuple(visitors)):
            seen = time.monotonic()
        return time.monotonic() - seen > _GRACE

    return left


def forget() -> None:
    """Stop and drop this visitor's batch."""
    running = st.session_state.get(_JOB)
    if running is not None:
        running.stop()
        kept.store().drop(str(address.widget(_NAME)))
    _open_part.clear()
    for key in [key for key in st.session_state if str(key).startswith("batch_")]:
        del st.session_state[key]
    address.set_widget(_NAME, "")


def forget_table() -> None:
    """Drop the table of another batch."""
    st.session_state.pop(_TABLE, None)


def open_part(content: bytes, name: str, header: bool | None = None) -> "Part":
    """A recognised file, as in `gamnet.screening.items.open_part`."""
    return _open_part(sha256(content).hexdigest(), name, header, content)


@st.cache_resource(max_entries=MAX_FILES, scope="session", show_spinner=False)
def _open_part(digest: str, name: str, header: bool | None, _content: bytes) -> "Part":
    return readers.part(_content, name, header)


def properties(rows: list["Row"]) -> "list[Property]":
    """The properties that were predicted, of all models that were used."""
    from gamnet.export.files import properties_of

    return properties_of(row.prediction for row in rows) or list(session.model().properties)


def table(rows: list["Row"]) -> "pd.DataFrame":
    """The results of the finished batch as a table; made once."""
    from gamnet.screening.results import results_frame

    if _TABLE not in st.session_state:
        st.session_state[_TABLE] = results_frame(rows, properties(rows))
    return st.session_state[_TABLE]


def note_choice() -> None:
    """Callback of the results: remember the row, as shown, that was chosen."""
    rows = st.session_state["batch_results"]["selection"]["rows"]
    st.session_state["batch_chosen"] = rows[0] if rows else None


def take_choice() -> int | None:
    """The row, as shown, chosen since the last call."""
    return st.session_state.pop("batch_chosen", None)
