"""Examine the entries of a dataset side by side, a few at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import cv2

from crackscope.datasets.audit.facts import Facts, content_key, examine
from crackscope.datasets.audit.facts_cache import FactsCache
from crackscope.datasets.entry import Entry

_IN_FLIGHT_PER_WORKER = 8


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keep OpenCV from starting threads of its own: whole pictures are what is worked on side by side."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def examined(entries: Sequence[Entry], cache: FactsCache, workers: int) -> Iterator[tuple[Entry, str, Facts]]:
    """Examine entries side by side, in order; only a few are under way at a time."""
    with ThreadPoolExecutor(workers) as pool:
        under_way: deque[tuple[Entry, str, str, Facts | Future[Facts]]] = deque()
        keys: deque[tuple[Entry, Future[tuple[str, str]]]] = deque()
        waiting = iter(entries)

        def finish() -> tuple[Entry, str, Facts]:
            entry, sha256, key, facts = under_way.popleft()
            if isinstance(facts, Future):
                facts = facts.result()
                if key:
                    cache.put(key, facts)
            return entry, sha256, facts

        for entry in waiting:
            keys.append((entry, pool.submit(content_key, entry)))
            if len(keys) < workers:
                continue
            under_way.append(_started(*keys.popleft(), cache, pool))
            while len(under_way) > _IN_FLIGHT_PER_WORKER * workers:
                yield finish()
        while keys:
            under_way.append(_started(*keys.popleft(), cache, pool))
        while under_way:
            yield finish()


def _started(
    entry: Entry, key: Future[tuple[str, str]], cache: FactsCache, pool: ThreadPoolExecutor
) -> tuple[Entry, str, str, Facts | Future[Facts]]:
    sha256, content = key.result()
    known = cache.get(content) if content else None
    return entry, sha256, content, known or pool.submit(examine, entry)
