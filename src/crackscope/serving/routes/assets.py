"""``/v1/assets``: what was inspected again and again, and how it changed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from crackscope.serving.auth import Owner
from crackscope.serving.documents import short_document
from crackscope.serving.problems import ProblemError
from crackscope.serving.state import state_of

router = APIRouter(prefix="/v1/assets", tags=["assets"])


@router.get("")
async def listed(request: Request, owner: Owner) -> JSONResponse:
    """List the assets that inspections were made of."""
    names = await run_in_threadpool(state_of(request).store.assets, owner=owner)
    return JSONResponse({"items": list(names)})


@router.get("/{name:path}/history")
async def history(request: Request, owner: Owner, name: str) -> JSONResponse:
    """Return an asset's inspections, oldest first, with lengths and widths."""
    found = await run_in_threadpool(state_of(request).store.history, name, owner=owner)
    if not found:
        raise ProblemError(404, "there is no such asset.")
    return JSONResponse({"asset": name, "items": [short_document(stored) for stored in found]})
