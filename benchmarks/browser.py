"""A dashboard and a headless Chromium to look at it, for the screenshots and the tests."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NO_WEBGL = ("--disable-gpu", "--disable-software-rasterizer", "--disable-3d-apis")


def browser_here() -> str | None:
    """$GAMNET_CHROMIUM, else the browser on the PATH."""
    return os.environ.get("GAMNET_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def launch(playwright: Playwright, flags: Sequence[str] = WEBGL) -> Browser:
    """Start the browser that is here, else Playwright's own."""
    arguments = ["--no-sandbox", *flags]
    return playwright.chromium.launch(executable_path=browser_here(), args=arguments)


@contextmanager
def serve(checkout: Path) -> Iterator[str]:
    """A dashboard of its own on a free port; yields its address.

    Raises RuntimeError, with the server's output, when it does not start.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app", "--server.port", str(port)]
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(command, cwd=checkout, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://localhost:{port}"
            _wait(f"{address}/_stcore/health", server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(url: str, server: subprocess.Popen, log: TextIO) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:  # not listening yet
            time.sleep(0.25)
    log.seek(0)
    raise RuntimeError(f"The dashboard did not start:\n{log.read()}")
