"""Worker processes that inspect photos, behind a queue that never grows beyond its size."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

from crackscope.errors import CrackscopeError
from crackscope.serving.worker import Job, Outcome, Refused, work

START_LIMIT_S = 120.0
STOP_LIMIT_S = 5.0


class BusyError(CrackscopeError):
    """As many photos are waiting as may; come back later."""


class TimeLimitError(CrackscopeError):
    """A photo took longer than the server allows."""


class WorkerLostError(CrackscopeError):
    """A worker process ended in the middle of a photo."""


@dataclass(frozen=True, slots=True)
class PoolState:
    """How busy a pool is: jobs that wait, jobs that are worked on, processes, and processes started anew."""

    waiting: int
    working: int
    processes: int
    restarts: int


class WorkerPool:
    """Processes that each take one job at a time, all cores at once, while the event loop stays free.

    A job that exceeds its time, or crashes the process under it, costs that process, which is started anew,
    and no other job. `close` finishes what was accepted.

    Parameters
    ----------
    model : str, optional
        See `Inspector`; loaded when a process starts.
    engine : str
    processes, threads : int
        How many, and threads for prediction in each.
    queue_size : int
        Jobs that may wait.
    time_limit_s : float
        For one job, from when a process takes it up.
    """

    def __init__(
        self,
        *,
        model: str | None,
        engine: str,
        processes: int,
        threads: int,
        queue_size: int,
        time_limit_s: float,
    ) -> None:
        self._start: Callable[[], _Process] = lambda: _Process(model, engine, threads)
        self._size = processes
        self._time_limit_s = time_limit_s
        self._queue_size = queue_size
        self._queue: asyncio.Queue[tuple[Job, asyncio.Future[Outcome]] | None] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="crackscope-worker")
        self._serving: list[asyncio.Task[None]] = []
        self._working = self._restarts = 0
        self._closed = False

    @property
    def state(self) -> PoolState:
        """How busy it is now."""
        return PoolState(self._queue.qsize(), self._working, len(self._serving), self._restarts)

    @property
    def is_ready(self) -> bool:
        """Whether it takes jobs."""
        return bool(self._serving) and not self._closed

    async def open(self) -> None:
        """Start the processes and wait until each has loaded its model.

        Raises
        ------
        CrackscopeError
            If the model cannot be used.
        """
        loop = asyncio.get_running_loop()
        started = [loop.run_in_executor(self._threads, self._start) for _ in range(self._size)]
        done = await asyncio.gather(*started, return_exceptions=True)
        failed = [each for each in done if isinstance(each, BaseException)]
        if failed:
            for each in done:
                if isinstance(each, _Process):
                    each.stop()
            raise failed[0]
        self._serving = [
            asyncio.create_task(self._serve(each)) for each in done if isinstance(each, _Process)
        ]

    async def run(self, job: Job) -> Outcome:
        """Have a job done.

        Returns
        -------
        Inspected, bytes or Refused

        Raises
        ------
        BusyError
            If the queue is full, or the pool is closing.
        TimeLimitError, WorkerLostError
        """
        if self._closed or self._queue.qsize() >= self._queue_size:
            raise BusyError("the server has more photos than it can inspect now; try again in a few seconds.")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((job, future))
        return await future

    async def close(self) -> None:
        """Finish what was accepted, then stop the processes."""
        self._closed = True
        for _ in self._serving:
            self._queue.put_nowait(None)
        await asyncio.gather(*self._serving)
        self._threads.shutdown()

    async def _serve(self, process: _Process) -> None:
        """Give jobs to one process, and to those that take its place, until the pool closes."""
        loop = asyncio.get_running_loop()
        while (entry := await self._queue.get()) is not None:
            job, future = entry
            if future.cancelled():  # whoever asked went away
                continue
            self._working += 1
            try:
                outcome = await loop.run_in_executor(self._threads, process.do, job, self._time_limit_s)
            except CrackscopeError as error:
                if not future.done():
                    future.set_exception(error)
                process = await self._replaced(process)
            else:
                if not future.done():
                    future.set_result(outcome)
            finally:
                self._working -= 1
        await loop.run_in_executor(self._threads, process.stop)

    async def _replaced(self, process: _Process) -> _Process:
        self._restarts += 1
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, process.kill)
        while True:
            try:
                return await loop.run_in_executor(self._threads, self._start)
            except CrackscopeError:
                await asyncio.sleep(1.0)


class _Process:
    """One worker process and the connection to it."""

    def __init__(self, model: str | None, engine: str, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=work, args=(theirs, model, engine, threads), name="crackscope-inspect", daemon=True
        )
        self._process.start()
        theirs.close()
        ready = self._receive(START_LIMIT_S)
        if isinstance(ready, Refused):
            self.kill()
            raise CrackscopeError(ready.sentence)

    def do(self, job: Job, limit_s: float) -> Outcome:
        try:
            self._connection.send(job)
        except OSError as error:
            raise _lost() from error
        return self._receive(limit_s)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.send(None)
        self._process.join(STOP_LIMIT_S)
        self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()

    def _receive(self, limit_s: float) -> Outcome:
        try:
            return _received(self._connection, limit_s)
        except (EOFError, OSError) as error:
            raise _lost() from error


def _received(connection: Connection, limit_s: float) -> Outcome:
    until = time.monotonic() + limit_s
    if not connection.poll(max(0.0, until - time.monotonic())):
        raise TimeLimitError(f"the photo took longer than {limit_s:g} s; send a smaller one.")
    outcome: Outcome = connection.recv()
    return outcome


def _lost() -> WorkerLostError:
    return WorkerLostError("the photo could not be inspected: a worker process ended; try again.")
