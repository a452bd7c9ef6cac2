"""How often somebody may ask: a bucket of tokens for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_SWEEP_AT = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class RateLimiter:
    """Buckets that hold a minute's tokens and fill up evenly; each request takes one.

    Who was quiet for a minute may ask a minute's worth at once. In memory: each server counts for itself.

    Parameters
    ----------
    clock : callable
        Returns seconds that never go back.

    Examples
    --------
    >>> limiter = RateLimiter(clock=lambda: 0.0)
    >>> limiter.take("a", per_minute=1), limiter.take("a", per_minute=1)
    (0.0, 60.0)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, int], _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, name: str, *, per_minute: int | None) -> float:
        """Take a token, if there is one.

        Parameters
        ----------
        name : str
            Who asks.
        per_minute : int, optional
            How often it may, at least 1; None is as often as it likes.

        Returns
        -------
        float
            0 where it may go on; else how many seconds it has to wait for a token.

        Raises
        ------
        ValueError
            If `per_minute` is below 1.
        """
        if per_minute is None:
            return 0.0
        if per_minute < 1:
            raise ValueError(f"per_minute must be at least 1, not {per_minute}")
        with self._lock:
            now_s = self._clock()
            bucket = self._buckets.get((name, per_minute))
            if bucket is None:
                self._sweep(now_s)
                bucket = self._buckets[name, per_minute] = _Bucket(float(per_minute), now_s)
            per_s = per_minute / 60.0
            bucket.tokens = min(float(per_minute), bucket.tokens + (now_s - bucket.at_s) * per_s)
            bucket.at_s = now_s
            if bucket.tokens < 1.0:
                return (1.0 - bucket.tokens) / per_s
            bucket.tokens -= 1.0
            return 0.0

    def _sweep(self, now_s: float) -> None:
        """Forget those who were quiet for a minute: their buckets are full, as new ones are."""
        if len(self._buckets) >= _SWEEP_AT:
            self._buckets = {
                key: bucket for key, bucket in self._buckets.items() if now_s - bucket.at_s < 60.0
            }
