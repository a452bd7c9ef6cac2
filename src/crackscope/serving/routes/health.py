"""``/healthz``, ``/readyz``, ``/metrics``: for those who run the server."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from crackscope.serving.metrics import CONTENT_TYPE
from crackscope.serving.problems import ProblemError
from crackscope.serving.state import state_of
from crackscope.version import __version__

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> JSONResponse:
    """Say that the process answers."""
    return JSONResponse({"status": "ok", "version": __version__})


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """Say whether photos can be inspected and kept now."""
    state = state_of(request)
    if not state.pool.is_ready:
        raise ProblemError(503, "the workers are not ready.", headers={"Retry-After": "2"})
    await run_in_threadpool(state.store.ping)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return what was counted, for Prometheus."""
    state = state_of(request)
    return Response(state.metrics.text(state.pool.state), media_type=CONTENT_TYPE)
