"""The stages of a survey that run beside prediction: decoding ahead, and measuring and writing behind."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from crackscope.errors import CrackscopeError
from crackscope.imaging.folder import FoundPhoto
from crackscope.imaging.photo import Photo
from crackscope.inspection.inspection import CRACK, Inspection
from crackscope.inspection.inspector import Sighting
from crackscope.inspection.records import Failure
from crackscope.inspection.survey_log import SYNC_INTERVAL_S, SurveyLog

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo ready for prediction."""

    photo: Photo
    decode_ms: float


def failure_of(name: str, error: Exception) -> Failure:
    """Say in one sentence why a photo failed.

    Parameters
    ----------
    name : str
        Of the photo.
    error : Exception
        A `CrackscopeError` speaks for itself; anything else is given words here.

    Returns
    -------
    Failure

    Examples
    --------
    >>> failure_of("wall.jpg", MemoryError()).reason
    'wall.jpg: does not fit into memory; cut it into parts, or use a machine with more memory.'
    """
    if isinstance(error, CrackscopeError):
        return Failure(photo=name, reason=str(error))
    _log.debug("%s failed", name, exc_info=error)
    if isinstance(error, MemoryError):
        problem = "does not fit into memory; cut it into parts, or use a machine with more memory."
    else:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        problem = f"failed unexpectedly ({said}); please report this with the photo."
    return Failure(photo=name, reason=f"{name}: {problem}")


class DecodeAhead:
    """Decodes the next photos in threads while the current one is looked at, in the order given.

    Parameters
    ----------
    found_photos : iterator of FoundPhoto
        Taken from only as far as decoding runs ahead.
    max_pixels : int
        As in `Photo.open`.
    threads : int
    budget_px : int
        Decoding runs ahead only while the photo handed out last and those waiting have no more pixels
        together than this, as far as the sizes of their files tell. Larger photos are decoded one at a time.
    """

    def __init__(
        self, found_photos: Iterator[FoundPhoto], *, max_pixels: int, threads: int, budget_px: int
    ) -> None:
        self._source = found_photos
        self._max_pixels = max_pixels
        self._depth = 2 * threads
        self._budget_px = budget_px
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="crackscope-decode")
        self._waiting: deque[tuple[int, Future[Decoded | Failure]]] = deque()
        self._waiting_px = 0
        self._in_hand_px = 0
        self._upcoming: tuple[FoundPhoto, int] | None = None

    def next(self) -> Decoded | Failure | None:
        """Return the next photo, or why it could not be read; None after the last.

        The caller has let go of the photo before, except for what `budget_px` counts.
        """
        self._in_hand_px = 0
        self._fill()
        if not self._waiting:
            return None
        size_px, future = self._waiting.popleft()
        self._waiting_px -= size_px
        self._in_hand_px = size_px
        self._fill()
        return future.result()

    def close(self) -> None:
        """Wait for the photos being decoded now, and decode no others."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while len(self._waiting) < self._depth:
            if self._upcoming is None:
                found = next(self._source, None)
                if found is None:
                    return
                self._upcoming = found, _likely_px(found.path)
            found, size_px = self._upcoming
            in_memory_px = self._in_hand_px + self._waiting_px
            if in_memory_px > 0 and in_memory_px + size_px > self._budget_px:
                return
            self._upcoming = None
            self._waiting_px += size_px
            self._waiting.append((size_px, self._pool.submit(self._decode, found)))

    def _decode(self, found: FoundPhoto) -> Decoded | Failure:
        started = time.perf_counter()
        try:
            photo = Photo.open(found.path, name=found.name, max_pixels=self._max_pixels)
        except Exception as error:
            return failure_of(found.name, error)
        return Decoded(photo, decode_ms=round((time.perf_counter() - started) * 1000.0, 3))


def _likely_px(path: Path) -> int:
    # Cameras store a quarter of a byte per pixel or more; a file that cannot be looked at takes no room.
    try:
        return 4 * path.stat().st_size
    except OSError:
        return 0


class MeasureBehind:
    """Measures and writes what was found, in one thread behind prediction and in the order given.

    Parameters
    ----------
    describe : function
        Turns a `Sighting` into an `Inspection`.
    log : SurveyLog
        Results are appended to it, in this thread only.

    Attributes
    ----------
    inspected, cracked, failed : int
        So far; to be read after the end of the ``with`` block.
    """

    _DEPTH = 2

    def __init__(self, describe: Callable[[Sighting], Inspection], log: SurveyLog) -> None:
        self._describe = describe
        self._log = log
        self._todo: queue.Queue[Sighting | Failure | None] = queue.Queue(maxsize=self._DEPTH)
        self._done: queue.SimpleQueue[Inspection | Failure] = queue.SimpleQueue()
        self._broken: BaseException | None = None
        self.inspected = self.cracked = self.failed = 0
        self._thread = threading.Thread(target=self._work, name="crackscope-measure")

    def __enter__(self) -> MeasureBehind:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._todo.put(None)
        self._thread.join()
        if error is None:
            self._raise_if_broken()

    def put(self, item: Sighting | Failure) -> None:
        """Hand over a photo; waits while two others are waiting.

        Raises
        ------
        CrackscopeError
            If an earlier result could not be written.
        """
        self._todo.put(item)
        self._raise_if_broken()

    def results(self) -> Iterator[Inspection | Failure]:
        """Yield what was written since the last call, without waiting."""
        while not self._done.empty():
            yield self._done.get()

    def _raise_if_broken(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _work(self) -> None:
        while True:
            try:
                item = self._todo.get(timeout=SYNC_INTERVAL_S if self._log.unsynced else None)
            except queue.Empty:
                self._guard(self._log.sync)
                continue
            if item is None:
                return
            self._guard(self._finish, item)

    def _guard(self, step: Callable[..., None], *arguments: Sighting | Failure) -> None:
        # After the log broke nothing more is written, but the queue is emptied, so that `put` never blocks.
        if self._broken is None:
            try:
                step(*arguments)
            except BaseException as error:
                self._broken = error

    def _finish(self, item: Sighting | Failure) -> None:
        result = item if isinstance(item, Failure) else self._measured(item)
        self._log.add(result)
        if isinstance(result, Failure):
            self.failed += 1
        else:
            self.inspected += 1
            self.cracked += result.verdict == CRACK
        self._done.put(result)

    def _measured(self, sighting: Sighting) -> Inspection | Failure:
        try:
            return self._describe(sighting)
        except Exception as error:
            return failure_of(sighting.photo.name, error)
