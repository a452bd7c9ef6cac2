"""Inspects the photos of surveys in the background, whenever a worker has nothing else to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from crackscope.engine.model_file import ModelFile
from crackscope.errors import CrackscopeError, StoreError, StoreUnavailableError
from crackscope.inspection.inspection import Inspection
from crackscope.serving.media_types import media_type_of
from crackscope.serving.metrics import Metrics
from crackscope.serving.pool import BusyError, WorkerLostError, WorkerPool
from crackscope.serving.store import Job, JobItem, Store
from crackscope.serving.survey_settings import SurveySettings
from crackscope.serving.worker import Inspected, InspectJob, Refused

IDLE_S = 5.0
"""Another server on the same store may have taken a survey in: look for one this often."""
PAUSE_S = 2.0
"""Before a store that does not answer is asked again."""
ROOM_S = 0.02
ATTEMPTS = 2
"""A photo that costs a worker process is tried once more: the process may have died of something else."""
DEFECT = "{name}: could not be inspected, which is a defect of the service; please report it."
_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class SurveyRunner:
    """Takes photos of open surveys, the oldest survey first, and keeps what the workers find.

    A photo is handed to the pool only while a process is free, so that single requests, which queue up, go
    first. What was in flight when the process died is inspected again: result and progress are kept by one
    commit, so that every photo has one result. While the store is away, the runner waits.

    Parameters
    ----------
    store : Store
    pool : WorkerPool
    metrics : Metrics
    models : dict
        Model files by name; the first one looks where a survey names none.
    at_once : int
        Photos in flight.
    max_pixels : int
        Of a photo.
    """

    def __init__(
        self,
        store: Store,
        pool: WorkerPool,
        metrics: Metrics,
        models: dict[str, ModelFile],
        *,
        at_once: int,
        max_pixels: int,
    ) -> None:
        self._store, self._pool, self._metrics = store, pool, metrics
        self._models, self._max_pixels = models, max_pixels
        self._slots = asyncio.Semaphore(at_once)
        self._news, self._closing, self._changed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._inspecting: set[asyncio.Task[None]] = set()
        self._taking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin, with what an earlier process left."""
        self._taking = asyncio.create_task(self._take_all())

    async def close(self) -> None:
        """Finish the photos in flight; the others wait for the next start."""
        self._closing.set()
        self._news.set()
        if self._taking is not None:
            await self._taking
        await asyncio.gather(*self._inspecting)
        self._tell()

    @property
    def is_closing(self) -> bool:
        """Whether it takes no more photos."""
        return self._closing.is_set()

    def wake(self) -> None:
        """Look for a new survey now."""
        self._news.set()
        self._tell()

    @property
    def change(self) -> asyncio.Event:
        """Set when something changes in any survey; take it before you look."""
        return self._changed

    async def _take_all(self) -> None:
        """Take photo by photo until the runner closes."""
        lost_track = True
        while not self._closing.is_set():
            await self._slots.acquire()
            self._news.clear()
            taken = None
            try:
                begin = lost_track and not self._inspecting
                taken = await run_in_threadpool(self._next, after_restart=begin)
                lost_track = lost_track and not begin
            except StoreUnavailableError as error:
                lost_track = True  # the store may have handed out a photo that did not arrive here
                _log.warning("surveys wait: %s", error)
                await set_within(self._closing, PAUSE_S)
            except Exception:
                _log.exception("surveys wait, because looking for photos failed")
                await set_within(self._closing, PAUSE_S)
            else:
                if taken is None and not self._closing.is_set():
                    await set_within(self._news, IDLE_S)
            if taken is None:
                self._slots.release()
                continue
            task = asyncio.create_task(self._finish(*taken))
            self._inspecting.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._inspecting.discard(task)
        self._slots.release()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _next(self, *, after_restart: bool) -> tuple[Job, JobItem] | None:
        for job in self._store.open_jobs(after_restart=after_restart):
            if (item := self._store.next_item(job)) is not None:
                return job, item
        return None

    async def _finish(self, job: Job, item: JobItem) -> None:
        """Bring one photo to its end, good or bad; only a store that is away at closing leaves it open."""
        with contextlib.suppress(StoreUnavailableError):
            try:
                settings = SurveySettings.from_json(job.settings)
                content = await self._surely(partial(self._store.item_photo, item))
                inspection = await self._inspected(settings, item.name, content)
                await self._surely(
                    partial(
                        self._store.add,
                        inspection,
                        photo=content,
                        media_type=media_type_of(content),
                        asset=settings.asset,
                        owner=job.owner,
                        item=item.key,
                    )
                )
            except StoreUnavailableError:
                raise
            except CrackscopeError as error:
                await self._give_up(item, str(error))
            except Exception:
                _log.exception("photo %d of survey %s failed", item.position, item.job_id)
                await self._give_up(item, DEFECT.format(name=item.name))

    async def _inspected(self, settings: SurveySettings, name: str, content: bytes) -> Inspection:
        job = InspectJob(
            content=content,
            name=name,
            model=settings.model_path(self._models),
            scale_mm_per_px=settings.scale_mm_per_px,
            scale_sigma_mm_per_px=settings.scale_sigma_mm_per_px,
            rule=settings.rule,
            max_pixels=self._max_pixels,
        )
        outcome = await self._run(job)
        if isinstance(outcome, Refused) and not outcome.is_defect:
            raise CrackscopeError(outcome.sentence)
        if not isinstance(outcome, Inspected):
            raise RuntimeError(f"a worker failed: {outcome!r}")
        self._metrics.inspection(dict(outcome.inspection.timings_ms))
        return outcome.inspection

    async def _run(self, job: InspectJob) -> object:
        attempt = 1
        while True:
            while (state := self._pool.state).waiting + state.working >= state.processes:
                await asyncio.sleep(ROOM_S)
            try:
                return await self._pool.run(job)
            except BusyError:  # its queue may be shorter than it has processes
                await asyncio.sleep(ROOM_S)
            except WorkerLostError:
                if attempt == ATTEMPTS:
                    raise
                attempt += 1

    async def _give_up(self, item: JobItem, reason: str) -> None:
        try:
            await self._surely(partial(self._store.finish_item, item.key, reason=reason))
        except StoreUnavailableError:
            raise
        except StoreError:  # another process ended it meanwhile
            _log.warning("photo %d of survey %s: %s", item.position, item.job_id, reason)

    async def _surely(self, ask: Callable[[], _Answer]) -> _Answer:
        """Ask the store until it answers, or the runner closes."""
        while True:
            try:
                return await run_in_threadpool(ask)
            except StoreUnavailableError as error:
                _log.warning("a survey waits: %s", error)
                if self._closing.is_set():
                    raise
            await set_within(self._closing, PAUSE_S)


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not forever."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
