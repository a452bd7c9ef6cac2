"""What the parts of a running app share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from fastapi import Request

from crackscope.engine.model_file import ModelFile
from crackscope.serving.keys import RateLimiter
from crackscope.serving.metrics import Metrics
from crackscope.serving.pool import WorkerPool
from crackscope.serving.settings import ServiceSettings
from crackscope.serving.store import Store
from crackscope.serving.survey_runner import SurveyRunner

REPORTS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The parts of an app.

    Parameters
    ----------
    settings : ServiceSettings
    store : Store
    pool : WorkerPool
    metrics : Metrics
    models : dict
        Model files by the name that requests may give.
    limiter : RateLimiter
    runner : SurveyRunner
    report_turns : asyncio.Semaphore
        Reports that are made at the same time; each draws all photos of a survey.
    """

    settings: ServiceSettings
    store: Store
    pool: WorkerPool
    metrics: Metrics
    models: dict[str, ModelFile] = field(default_factory=dict)
    limiter: RateLimiter = field(default_factory=RateLimiter)
    runner: SurveyRunner = field(kw_only=True)
    report_turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REPORTS_AT_ONCE))


def state_of(request: Request) -> ServiceState:
    """Return the parts of the app that a request came to."""
    state: ServiceState = request.app.state.service
    return state
