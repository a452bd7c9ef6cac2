"""Train one trial of a sweep, go on with one that was stopped, and note what came of it."""

from __future__ import annotations

import errno
import gc
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from crackscope.errors import CrackscopeError
from crackscope.training.run import train
from crackscope.training.run_files import LAST
from crackscope.training.sweep.figure import figure_name, read_run_figures
from crackscope.training.sweep.settings import SweepSettings
from crackscope.training.sweep.study import LiveTrial
from crackscope.training.sweep.watcher import Watcher
from crackscope.training.watch import Watch, unwatched

CACHE: Final = "cache"
FAILURE: Final = "failure.txt"
_MOST_STARTS: Final = 3
"""Of one trial without an epoch in between, before it is taken to be what ends the process."""
_NOT_THE_TRIALS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})
"""Errors that the next trial would meet, too."""
_LONGEST_REASON: Final = 400


@dataclass(frozen=True, slots=True)
class Training:
    """How trials are trained; nothing of it decides their figures.

    Parameters
    ----------
    workers, threads, progress, watch
        As for `crackscope.training.run.train`.
    after : callable
        Called with the run folder of a trial that went to its end, and its best checkpoint; the trial has
        ended when it returns.
    """

    workers: int = 0
    threads: int | None = None
    progress: bool = False
    watch: Watch = unwatched
    after: Callable[[Path, Path], None] = lambda _run, _checkpoint: None


def train_trial(live: LiveTrial, settings: SweepSettings, folder: Path, *, training: Training) -> None:
    """Train a trial to its end, be it a good one or not.

    Parameters
    ----------
    live : LiveTrial
    settings : SweepSettings
    folder : Path
        Of the sweep; the run folder in it is made, or gone on with where it has a checkpoint.
    training : Training

    Raises
    ------
    CrackscopeError
        If the disk refuses, so that no other trial could be trained either. The trial can be gone on with.
    """
    run, figure = folder / live.record.name, figure_name(settings.recipe)
    try:
        _refuse_what_ends_processes(live, read_run_figures(run, figure).epochs)
        checkpoint = _train(live, settings, run, training)
        figures = read_run_figures(run, figure)
        if checkpoint is None:
            live.pruned(figures)
        elif figures.best is None:
            live.failed(f"{run}: no validation gave a number; look at its metrics.csv.", figures)
        else:
            training.after(run, checkpoint)
            live.done(figures)
    except Exception as error:
        if _would_stop_any(error):
            live.uncount_start()
            raise
        _note_traceback(error, run)
        live.failed(_reason(error), read_run_figures(run, figure))
    except BaseException:
        live.uncount_start()
        raise
    finally:
        _tidy()


def _train(live: LiveTrial, settings: SweepSettings, run: Path, training: Training) -> Path | None:
    """Train, and give the best checkpoint; None for a trial that was stopped for doing worse than others."""
    recipe = settings.recipe_of(live.record.values, source=live.record.name)
    begun = (run / LAST).is_file()
    if begun and live.should_stop():
        return None
    watcher = Watcher(live, figure_name(recipe))
    checkpoint = train(
        recipe,
        settings.data_folders,
        run,
        resume=begun,
        cache_folder=run.parent / CACHE,
        workers=training.workers,
        threads=training.threads,
        progress=training.progress,
        watch=training.watch,
        callbacks=[watcher],
    )
    return None if watcher.stopped else checkpoint


def _refuse_what_ends_processes(live: LiveTrial, epochs: int) -> None:
    """Give up a trial under which the process was killed again and again, as for want of memory."""
    if live.count_start(epochs) > _MOST_STARTS:
        raise CrackscopeError(
            f"{live.record.name}: its process was killed {_MOST_STARTS} times in epoch {epochs + 1}, perhaps"
            " for want of memory; vary batch_size or data.crop_px over smaller values."
        )


def _would_stop_any(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NOT_THE_TRIALS:
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: Exception) -> str:
    if isinstance(error, CrackscopeError):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no more is known'}"[:_LONGEST_REASON]


def _note_traceback(error: Exception, run: Path) -> None:
    """Keep what a developer needs of an error that is not a user's."""
    if not isinstance(error, CrackscopeError):
        run.mkdir(parents=True, exist_ok=True)
        (run / FAILURE).write_text("".join(traceback.format_exception(error)), "utf-8")


def _tidy() -> None:
    """Let go of a trial's network and batches before the next one needs the memory."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
