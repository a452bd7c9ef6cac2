"""What a server counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from crackscope.serving.pool import PoolState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counts of one app; each app has its own, so that tests do not share them."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self._requests = Counter(
            "crackscope_requests",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=own,
        )
        self._seconds = Histogram(
            "crackscope_request_seconds",
            "Time of requests by route.",
            ["route"],
            buckets=_SECONDS,
            registry=own,
        )
        self._step = Histogram(
            "crackscope_inspection_seconds",
            "Time of inspections by step.",
            ["step"],
            buckets=_SECONDS,
            registry=own,
        )
        self._waiting = Gauge("crackscope_queue_waiting", "Photos that wait.", registry=own)
        self._working = Gauge("crackscope_queue_working", "Photos that are inspected now.", registry=own)
        self._processes = Gauge("crackscope_processes", "Worker processes.", registry=own)
        self._restarts = Gauge(
            "crackscope_process_restarts", "Worker processes that were started anew.", registry=own
        )

    def request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern, so that ids make no new series."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def inspection(self, timings_ms: dict[str, float]) -> None:
        """Count the steps of an inspection."""
        for step, milliseconds in timings_ms.items():
            self._step.labels(step).observe(milliseconds / 1000.0)

    def text(self, state: PoolState) -> bytes:
        """Write everything as Prometheus reads it."""
        self._waiting.set(state.waiting)
        self._working.set(state.working)
        self._processes.set(state.processes)
        self._restarts.set(state.restarts)
        return generate_latest(self._registry)
