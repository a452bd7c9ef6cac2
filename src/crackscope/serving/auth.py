"""Who asks: the key of a request, and what it may."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from crackscope.serving.keys import verify_key
from crackscope.serving.problems import ProblemError
from crackscope.serving.state import state_of

HEADER = "X-API-Key"
_REALM = {"WWW-Authenticate": 'Bearer realm="crackscope"'}


async def owner_of(request: Request) -> str | None:
    """Return the id of a request's key; None where the server needs none and none was given.

    Raises
    ------
    ProblemError
        401 without a valid key, 429 where one asks too often.
    """
    state = state_of(request)
    secret = _secret(request)
    if secret is None:
        if state.settings.require_keys:
            raise ProblemError(
                401, "this server needs a key; send it as 'Authorization: Bearer KEY'.", headers=_REALM
            )
        return None
    key = await run_in_threadpool(verify_key, state.store, secret)
    if key is None:
        raise ProblemError(401, "the key is not known here, or was revoked.", headers=_REALM)
    wait_s = state.limiter.take(key.id, per_minute=key.rate_per_minute)
    if wait_s > 0.0:
        raise ProblemError(
            429,
            "this key asks too often; wait a little.",
            headers={"Retry-After": str(max(1, round(wait_s)))},
        )
    return key.id


def _secret(request: Request) -> str | None:
    given = request.headers.get(HEADER)
    if given is not None:
        return given
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.casefold() == "bearer" and value.strip() else None


Owner: TypeAlias = Annotated[str | None, Depends(owner_of)]
"""A parameter of routes that receives `owner_of` the request."""
