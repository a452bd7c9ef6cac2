"""Errors as the service says them: RFC 9457 problem details, one sentence, never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from crackscope.errors import CrackscopeError, PhotoError
from crackscope.serving.pool import BusyError, TimeLimitError, WorkerLostError
from crackscope.serving.store import NotFoundError, StoreUnavailableError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
_log = logging.getLogger(__name__)


class ProblemError(CrackscopeError):
    """An error with the status it is answered with.

    Parameters
    ----------
    status : int
    detail : str
        One sentence.
    field : str, optional
        At fault.
    headers : dict, optional
    """

    def __init__(
        self, status: int, detail: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.headers = status, detail, field, headers or {}


TITLES = {
    400: "Bad request",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    405: "No such method",
    406: "No such representation",
    409: "Not ready for that",
    413: "Too large",
    415: "No such kind of content",
    422: "Cannot be processed",
    429: "Too many requests",
    500: "A defect of the service",
    503: "Not available now",
}


PLAIN_WORDS = {
    "Not Found": "there is nothing here.",
    "Method Not Allowed": "this address does not take that method; see /docs.",
    "There was an error parsing the body": "the body is no multipart form; see /docs.",
}
"""For what the framework says of itself."""


def problem_response(problem: ProblemError) -> JSONResponse:
    """Write a problem as RFC 9457 says."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, "Error"),
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.field is not None:
        content["field"] = problem.field
    return JSONResponse(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> ProblemError:
    """Find the status for an error."""
    again = {"Retry-After": str(RETRY_AFTER_S)}
    match error:
        case ProblemError():
            return error
        case NotFoundError():
            return ProblemError(404, str(error))
        case BusyError() | StoreUnavailableError():
            return ProblemError(503, str(error), headers=again)
        case WorkerLostError():
            return ProblemError(503, str(error), headers=again)
        case TimeLimitError() | PhotoError():
            return ProblemError(422, str(error), field="photo")
        case CrackscopeError():
            return ProblemError(422, str(error))
    _log.error("a request failed", exc_info=error)
    return ProblemError(500, "the service has a defect; please report what you sent.")


def install_problems(app: FastAPI) -> None:
    """Answer every error of an app as a problem."""

    async def ours(_: Request, error: Exception) -> JSONResponse:
        return problem_response(problem_of(error))

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem_response(_of_validation(error))

    async def plain(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        detail = PLAIN_WORDS.get(error.detail, error.detail)
        headers = dict(error.headers or {})
        return problem_response(ProblemError(error.status_code, str(detail), headers=headers))

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(CrackscopeError, ours)
    app.add_exception_handler(Exception, ours)


def _of_validation(error: RequestValidationError) -> ProblemError:
    first = error.errors()[0]
    place = [str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path", "header")]
    field = ".".join(place) or None
    said = str(first.get("msg", "is not valid")).rstrip(".")
    detail = f"{field}: {said[:1].lower()}{said[1:]}." if field else f"{said}."
    return ProblemError(422, detail, field=field)
