"""Around every request: limits on bodies, headers for safety, and the clock."""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crackscope.serving.metrics import Metrics
from crackscope.serving.problems import ProblemError, problem_response
from crackscope.serving.settings import MB

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none';"
        " form-action 'self'"
    ),
}
DOCS_POLICY = (
    "default-src 'self'; img-src 'self' data:;"
    " script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)
"""The interactive documents of the API begin with a script in the page."""


class Surroundings:
    """The middleware of an app.

    Parameters
    ----------
    app : ASGI app
    metrics : Metrics
    max_bytes : int
        Of a body; counted as it comes, whatever its length is said to be.
    larger : mapping, optional
        Paths that take more, and how much.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, max_bytes: int, larger: Mapping[str, int] | None = None
    ) -> None:
        self._app, self._metrics, self._max_bytes = app, metrics, max_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, read, begun = time.perf_counter(), 500, 0, False
        max_bytes = self._larger.get(scope["path"], self._max_bytes)

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > max_bytes:
                raise _TooLargeError(max_bytes)
            return message

        async def guarded(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/docs"):
                    headers["Content-Security-Policy"] = DOCS_POLICY
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if _stated_length(scope) > max_bytes:
                raise _TooLargeError(max_bytes)
            await self._app(scope, limited, guarded)
        except _TooLargeError as error:
            if begun:
                raise
            problem = ProblemError(error.status_code, error.detail, headers=dict(error.headers or {}))
            await problem_response(problem)(scope, receive, guarded)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            seconds = time.perf_counter() - started
            self._metrics.request(route=route, method=scope["method"], status=status, seconds=seconds)


class _TooLargeError(HTTPException):
    """A body that goes on beyond the limit; FastAPI lets this kind of error pass while it reads a body."""

    def __init__(self, max_bytes: int) -> None:
        detail = f"the request has more than {max_bytes / MB:g} MB; send smaller photos."
        super().__init__(413, detail, headers={"Connection": "close"})


def _stated_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
