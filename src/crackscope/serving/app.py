"""The app: its parts, opened when it starts and closed when it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile
from crackscope.serving.metrics import Metrics
from crackscope.serving.middleware import Surroundings
from crackscope.serving.pool import WorkerPool
from crackscope.serving.problems import install_problems
from crackscope.serving.routes import assets, health, inspections, models, pages, surveys
from crackscope.serving.settings import ServiceSettings
from crackscope.serving.state import ServiceState
from crackscope.serving.store import Store
from crackscope.serving.survey_runner import SurveyRunner
from crackscope.version import __version__

DESCRIPTION = """Post a photo, get back which cracks it shows: where they run, how long and how wide they are.

Errors are problem details (RFC 9457): one sentence, and the field at fault."""


def make_app(settings: ServiceSettings) -> FastAPI:
    """Make the app of a server.

    Parameters
    ----------
    settings : ServiceSettings

    Returns
    -------
    FastAPI
        Opens store and workers when it starts, and finishes what it accepted when it ends.

    Raises
    ------
    CrackscopeError
        If a model cannot be used.
    """
    offered = _offered(settings)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = await run_in_threadpool(Store.open, settings.store_url, settings.blobs_url)
        pool = WorkerPool(
            model=settings.model,
            engine=settings.engine,
            processes=settings.processes,
            threads=settings.threads,
            queue_size=settings.queue_size,
            time_limit_s=settings.time_limit_s,
        )
        try:
            await pool.open()
            runner = SurveyRunner(
                store, pool, metrics, offered, at_once=settings.processes, max_pixels=settings.max_pixels
            )
            await runner.open()
            app.state.service = ServiceState(settings, store, pool, metrics, offered, runner=runner)
            yield
            await runner.close()
            await pool.close()
        finally:
            await run_in_threadpool(store.close)

    app = FastAPIOffline(
        redoc_url=None, title="crackscope", version=__version__, description=DESCRIPTION, lifespan=lifespan
    )
    for part in (inspections, surveys, assets, models, health, pages):
        app.include_router(part.router)
    app.state.is_ending = lambda: False
    install_problems(app)
    larger = {surveys.router.prefix: settings.max_survey_bytes}
    app.add_middleware(Surroundings, metrics=metrics, max_bytes=settings.max_bytes, larger=larger)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "X-API-Key"],
        )
    return app


def _offered(settings: ServiceSettings) -> dict[str, ModelFile]:
    files = [ModelFile.open(name) for name in (settings.model or DEFAULT_MODEL, *settings.more_models)]
    return {file.card.name: file for file in files}
