"""What the runs of a comparison cost: their model files, exported here, and how long each takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_file import ModelFile
from crackscope.engine.session import InferenceSession, open_session
from crackscope.errors import CrackscopeError
from crackscope.evaluation.comparison import Competitor, Cost, Entrant, RunFailure, Timing
from crackscope.export.latency import BLOCKS, RUNS_PER_BLOCK, WARM_UP_RUNS, Latency, measure_latency
from crackscope.export.run_export import export_run
from crackscope.imaging.arrays import RgbPixels
from crackscope.training.recipe import DETECT

BUDGET_S = 90.0
FEWEST_RUNS_PER_BLOCK = 3


def export_models(
    entrants: Sequence[Entrant],
    precisions: Sequence[str],
    folder: Path,
    *,
    progress: Callable[[], None] = lambda: None,
) -> tuple[list[Competitor], list[RunFailure]]:
    """Write the model files of runs.

    Parameters
    ----------
    entrants : sequence of Entrant
    precisions : sequence of str
        ``"fp32"``, ``"int8"``.
    folder : Path
        Receives ``RUN-PRECISION.onnx``.
    progress : callable
        Called after each file.

    Returns
    -------
    competitors : list of Competitor
        Not timed yet.
    failures : list of RunFailure
        A reason that all precisions of a run share is given once.
    """
    competitors: list[Competitor] = []
    reasons: dict[tuple[str, str], list[str]] = {}
    for entrant, stem in zip(entrants, _file_stems([each.name for each in entrants]), strict=True):
        for precision in precisions:
            path = folder / f"{stem}-{precision}.onnx"
            try:
                model_file = export_run(entrant.run.path, path, precision=precision).model_file
            except CrackscopeError as error:
                reasons.setdefault((entrant.name, str(error)), []).append(precision)
            else:
                cost = Cost(size_bytes=model_file.size_bytes)
                competitors.append(Competitor(entrant.name, precision, path, cost))
            progress()
    failures = [
        RunFailure(name if len(failed) == len(precisions) else f"{name} {', '.join(failed)}", reason)
        for (name, reason), failed in reasons.items()
    ]
    return competitors, failures


def time_models(
    competitors: Sequence[Competitor],
    *,
    size_px: int,
    threads: int,
    engine: str,
    picture: RgbPixels | None = None,
) -> list[Competitor]:
    """Time model files against each other: they take turns in this process, so that drift hits all alike.

    Parameters
    ----------
    competitors : sequence of Competitor
    size_px : int
        Side of the picture; a model that takes one size only is timed at that.
    threads : int
    engine : str
    picture : uint8 array, shape (size_px, size_px, 3), optional
        What models of single cracks are shown, for the more they find the longer they take; the others take
        the same time for noise.

    Returns
    -------
    list of Competitor
        With their timings.

    Raises
    ------
    CrackscopeError
        If a model cannot be loaded.
    """
    sessions: dict[str, InferenceSession] = {}
    sides: dict[str, int] = {}
    for competitor in competitors:
        model_file = ModelFile.open(competitor.model)
        session = open_session(model_file, engine=engine, threads=threads)
        fixed = model_file.card.input.fixed_size
        if fixed is not None:
            session = _OwnPictureSession(session, _noise(*fixed))
        elif picture is not None and model_file.card.task == DETECT:
            session = _OwnPictureSession(session, picture)
        sessions[competitor.label] = session
        sides[competitor.label] = size_px if fixed is None else max(fixed)
    latencies = {each.label: each for each in _measure(sessions, size_px)}
    return [_with_timing(each, latencies[each.label], sides[each.label]) for each in competitors]


class _OwnPictureSession:
    """A session that is timed on a picture of its own: given any other, it predicts that."""

    def __init__(self, session: InferenceSession, picture: RgbPixels) -> None:
        self._session = session
        self._batch = picture[np.newaxis]

    @property
    def name(self) -> str:
        return self._session.name

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._session.run(self._batch)

    def outputs(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        return self._session.outputs(self._batch)

    def prepare(self, *, height: int, width: int) -> None:
        self._session.prepare(height=self._batch.shape[1], width=self._batch.shape[2])


def _noise(height: int, width: int) -> RgbPixels:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _measure(sessions: Mapping[str, InferenceSession], size_px: int) -> list[Latency]:
    """Time as often as `BUDGET_S` allows, judged by a first short look."""
    look = measure_latency(sessions, sizes_px=(size_px,), blocks=1, runs_per_block=1)
    round_s = sum(each.median_ms for each in look) / 1e3
    runs = int(BUDGET_S / (BLOCKS * round_s)) - WARM_UP_RUNS
    runs_per_block = min(RUNS_PER_BLOCK, max(FEWEST_RUNS_PER_BLOCK, runs))
    return measure_latency(sessions, sizes_px=(size_px,), runs_per_block=runs_per_block)


def _with_timing(competitor: Competitor, latency: Latency, side_px: int) -> Competitor:
    timing = Timing(side_px, latency.median_ms, latency.p95_ms, latency.runs)
    return replace(competitor, cost=replace(competitor.cost, timing=timing))


def _file_stems(names: Sequence[str]) -> list[str]:
    """Turn names of runs into names of files, all different."""
    stems: list[str] = []
    for name in names:
        plain = stem = re.sub(r"[^\w.-]+", "-", name)
        number = 1
        while stem in stems:
            number += 1
            stem = f"{plain}-{number}"
        stems.append(stem)
    return stems
