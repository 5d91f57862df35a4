"""What the server keeps of a visitor's own data, so that an address finds it after a reload."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import streamlit as st

HOURS = 6  # after the last use
MAX_BYTES = 600 * 2**20  # of all visitors; the longest unused go first
MAX_THINGS = 300
MAX_KEY = 40  # characters


@dataclass
class _Thing:
    value: object
    size: int
    ends: float


class Store:
    """Things by a key that nobody can guess, for a while and in bounded number and size."""

    def __init__(self) -> None:
        self._things: OrderedDict[str, _Thing] = OrderedDict()
        self._lock = Lock()

    def keep(self, value: object, size: int) -> str:
        """Keep a thing of about `size` bytes; return its key."""
        key = secrets.token_urlsafe(12)
        with self._lock:
            self._things[key] = _Thing(value, size, self._end())
            self._tidy()
        return key

    def find(self, key: str) -> object | None:
        """The thing, kept anew from now on; None if there is none (any more)."""
        with self._lock:
            self._tidy()
            thing = self._things.get(key)
            if thing is None:
                return None
            thing.ends = self._end()
            self._things.move_to_end(key)
            return thing.value

    def drop(self, key: str) -> None:
        """Forget a thing at once."""
        with self._lock:
            self._things.pop(key, None)

    def _end(self) -> float:
        return time.monotonic() + 3600 * HOURS

    def _tidy(self) -> None:
        now = time.monotonic()
        while self._things:
            oldest = next(iter(self._things.values()))
            size = sum(thing.size for thing in self._things.values())
            several = len(self._things) > 1
            too_much = several and (size > MAX_BYTES or len(self._things) > MAX_THINGS)
            if oldest.ends > now and not too_much:
                return
            self._things.popitem(last=False)


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The server's one store."""
    return Store()
