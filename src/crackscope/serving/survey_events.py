"""How far a survey is, as it goes on: server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool

from crackscope.errors import StoreUnavailableError
from crackscope.serving.store import Job, Store
from crackscope.serving.store.tables import DONE, FAILED
from crackscope.serving.survey_runner import SurveyRunner, set_within

HEARTBEAT_S = 15.0
"""Proxies close a connection on which nothing comes."""
LOOK_S = 2.0
"""Another server may inspect the survey; so often it is looked at without a sign of change."""
FINAL_ID = "done"


async def survey_events(
    store: Store, runner: SurveyRunner, job: Job, *, is_ending: Callable[[], bool] = lambda: False
) -> AsyncIterator[bytes]:
    """Tell the state at once and at every change, and then the end.

    Parameters
    ----------
    store : Store
    runner : SurveyRunner
        Its changes are told without delay.
    job : Job
    is_ending : callable
        Whether the server is about to stop; the client comes back to the next one.

    Yields
    ------
    bytes
        Events ``progress`` and, last, ``done``, as the HTML standard writes them; comments as heartbeat.
    """
    ask = partial(store.job, job.id, owner=job.owner)
    told: tuple[str, int, int] | None = None
    told_at = time.monotonic()
    while True:
        change = runner.change
        try:
            job = await run_in_threadpool(ask)
        except StoreUnavailableError:  # the runner waits for it, too
            pass
        else:
            if told != (now := (job.state, job.done, job.failed)):
                yield _event("progress", str(job.done + job.failed), job)
                told, told_at = now, time.monotonic()
            if job.state in (DONE, FAILED):
                yield _event("done", FINAL_ID, job)
                return
        if is_ending() or runner.is_closing:
            return
        left_s = told_at + HEARTBEAT_S - time.monotonic()
        if left_s <= 0.0:
            yield b": still here\n\n"
            told_at = time.monotonic()
        await set_within(change, min(LOOK_S, max(left_s, 0.1)))


def _event(name: str, id: str, job: Job) -> bytes:
    data = json.dumps(
        {"id": job.id, "state": job.state, "total": job.total, "done": job.done, "failed": job.failed}
    )
    return f"id: {id}\nevent: {name}\ndata: {data}\n\n".encode("ascii")
