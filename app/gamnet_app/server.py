"""What the server does beside the pages: headers of its answers, a process ready to read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gamnet.assets import LIBRARIES
from gamnet_app.shared import readers

# Scripts, styles, pictures and fonts come from this server alone, and pages talk to it alone.
# Streamlit's page has a script and styles in its text, and its charts make functions from text:
# without 'unsafe-inline' and 'unsafe-eval' nothing is drawn.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob: ws: wss:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' data: blob:",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}

_COMPONENTS, _SERVED = "/bidi-components/", (".js", ".css", ".map")


def _headers() -> dict[str, str]:
    policy = dict(_POLICY)
    if not all(library.is_there() for library in LIBRARIES):
        policy["script-src"] += " https:"  # the simpler picture that a page then loads
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        # An address may name an upload that only its visitor is to find.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class Guard:
    """Adds the headers to every answer, and keeps what is no script of the browser's to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = _headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        # Streamlit serves whole folders of components, and ours hold Python files as well.
        path = scope["path"]
        hidden = _COMPONENTS in path and not path.endswith(_SERVED)
        app = PlainTextResponse("Not found", 404) if hidden else self._app
        await app(scope, receive, with_headers)


MIDDLEWARE = [Middleware(Guard)]


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """While the server runs: a process is ready to read the first visitor's file."""
    readers.warm()
    yield
