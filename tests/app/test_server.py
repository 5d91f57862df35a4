"""The server that `streamlit run app` starts: its headers, its address, what it does not serve."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.browser import serve


@pytest.fixture(scope="module")
def address(checkout: Path) -> Iterator[str]:
    with serve(checkout) as url:
        yield url


def test_every_answer_has_its_headers(address: str) -> None:
    for path in ("/", "/_stcore/health", "/explore", "/none"):
        try:
            headers = urllib.request.urlopen(address + path).headers
        except urllib.error.HTTPError as error:
            headers = error.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self';" in policy and "http" not in policy
        assert "frame-ancestors 'self'" in policy and "object-src 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_it_listens_on_this_machine_only(address: str) -> None:
    port = int(address.rsplit(":", 1)[1])
    socket.create_connection(("127.0.0.1", port)).close()
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    for other in others - {"127.0.0.1", "127.0.1.1", "::1"}:
        with pytest.raises(OSError):
            socket.create_connection((other, port), timeout=2)


def test_the_scripts_of_the_browser_are_served(address: str) -> None:
    path = f"{address}/_stcore/bidi-components/gamnet.viewer/address/component.js"
    assert b"export default" in urllib.request.urlopen(path).read()


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/bidi-components/gamnet.viewer/../__init__.py",
        "/_stcore/bidi-components/gamnet.viewer/__init__.py",
        "/_stcore/bidi-components/gamnet.viewer/%2e%2e/errors.py",
        "/app/static/../streamlit_app.py",
        "/main.py",
        "/../../etc/hostname",
    ],
)
def test_no_file_of_the_server_is_read(address: str, path: str) -> None:
    try:
        found = urllib.request.urlopen(address + path).read()
    except urllib.error.HTTPError as error:
        found = error.read()
    assert b"import" not in found.split(b"<script")[0] and b"def " not in found
    assert socket.gethostname().encode() not in found
