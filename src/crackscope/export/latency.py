"""How long a model takes for one picture on this machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crackscope.engine.session import InferenceSession

SIZES_PX = (128, 256, 448)
BLOCKS = 8
RUNS_PER_BLOCK = 25
WARM_UP_RUNS = 5


@dataclass(frozen=True, slots=True)
class Latency:
    """Time for one square picture: pixels in memory to probabilities in memory.

    Parameters
    ----------
    label : str
        What was timed, as named by the caller.
    size_px : int
        Side of the picture.
    median_ms, p95_ms : float
        Median and 95th percentile.
    runs : int
        How many were timed.
    """

    label: str
    size_px: int
    median_ms: float
    p95_ms: float
    runs: int


def measure_latency(
    sessions: Mapping[str, InferenceSession],
    *,
    sizes_px: Sequence[int] = SIZES_PX,
    blocks: int = BLOCKS,
    runs_per_block: int = RUNS_PER_BLOCK,
) -> list[Latency]:
    """Time sessions against each other in this process.

    They take turns in blocks of runs, so that whatever else the machine does meets all of them alike; the
    first runs of a block are not counted, for in them another engine's threads may still wait for work.

    Parameters
    ----------
    sessions : mapping of str to InferenceSession
        By label.
    sizes_px : sequence of int
        Sides of the pictures; multiples of the models' strides.
    blocks, runs_per_block : int
        How many runs are timed for each session and size.

    Returns
    -------
    list of Latency
        By size, then in the order of `sessions`.
    """
    results = []
    for size_px in sizes_px:
        batch = np.random.default_rng(0).integers(0, 256, (1, size_px, size_px, 3), dtype=np.uint8)
        for session in sessions.values():
            session.prepare(height=size_px, width=size_px)
        times_s: dict[str, list[float]] = {label: [] for label in sessions}
        for _ in range(blocks):
            for label, session in sessions.items():
                for _ in range(WARM_UP_RUNS):
                    session.run(batch)
                for _ in range(runs_per_block):
                    start_s = time.perf_counter()
                    session.run(batch)
                    times_s[label].append(time.perf_counter() - start_s)
        for label, taken_s in times_s.items():
            median_ms, p95_ms = 1e3 * np.percentile(taken_s, [50, 95])
            results.append(Latency(label, size_px, float(median_ms), float(p95_ms), len(taken_s)))
    return results


def processor_name() -> str:
    """Name this machine's processor, with its number of cores.

    Returns
    -------
    str
        For example ``Intel(R) Xeon(R) Processor @ 2.50GHz, 2 cores``.
    """
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text("utf-8", errors="replace").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = names[0] if names else name
    return f"{name}, {os.cpu_count()} cores"
