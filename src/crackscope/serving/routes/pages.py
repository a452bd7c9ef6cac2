"""``/`` and ``/pages/…``: the pages that people open."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request, Response

from crackscope.serving.problems import ProblemError

router = APIRouter(include_in_schema=False)

FRONT: Final = "index.html"
HTML, CSS, SCRIPT, SVG = "text/html", "text/css", "text/javascript", "image/svg+xml"
PAGES: Final = {
    FRONT: HTML,
    "icon.svg": SVG,
    "base.css": CSS,
    "start.css": CSS,
    "result.css": CSS,
    "history.css": CSS,
    "api.js": SCRIPT,
    "app.js": SCRIPT,
    "asset.js": SCRIPT,
    "chart.js": SCRIPT,
    "confirm.js": SCRIPT,
    "cracks.js": SCRIPT,
    "dom.js": SCRIPT,
    "figures.js": SCRIPT,
    "history.js": SCRIPT,
    "key.js": SCRIPT,
    "language.js": SCRIPT,
    "marks.js": SCRIPT,
    "options.js": SCRIPT,
    "result.js": SCRIPT,
    "rows.js": SCRIPT,
    "runs.js": SCRIPT,
    "sending.js": SCRIPT,
    "stage.js": SCRIPT,
    "start.js": SCRIPT,
    "theme.js": SCRIPT,
    "words_de.js": SCRIPT,
    "words_en.js": SCRIPT,
}
"""Media type of every file that is served; there are no others, whatever a path says."""
FRESHNESS: Final = "no-cache"
"""Kept by browsers, but asked for each time whether it changed: after an upgrade no page is half old."""


@router.api_route("/", methods=["GET", "HEAD"])
def front(request: Request) -> Response:
    """Return the page with which everything begins."""
    return _file(request, FRONT)


@router.api_route("/pages/{name}", methods=["GET", "HEAD"])
def part(request: Request, name: str) -> Response:
    """Return a part of the pages: a style, a script or a picture."""
    return _file(request, name)


def _file(request: Request, name: str) -> Response:
    if name not in PAGES:
        raise ProblemError(404, "there is no such page.")
    content, tag = _content(name)
    headers = {"ETag": tag, "Cache-Control": FRESHNESS}
    if is_known(tag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=PAGES[name])


def is_known(tag: str, known: str) -> bool:
    """Tell whether an If-None-Match header names a tag.

    Parameters
    ----------
    tag : str
        With its quotation marks.
    known : str
        The header; empty where there was none.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_known('"b"', '"a", W/"b"'), is_known('"b"', "*"), is_known('"b"', "")
    (True, True, False)
    """
    tags = [each.strip().removeprefix("W/") for each in known.split(",")]
    return tag in tags or "*" in tags


@cache
def _content(name: str) -> tuple[bytes, str]:
    content = files("crackscope.serving").joinpath("pages", name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
