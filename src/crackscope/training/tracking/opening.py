"""Trackers by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from crackscope.errors import CrackscopeError, MissingExtraError
from crackscope.training.run_files import BEST, FROZEN, LAST
from crackscope.training.tracking.comet_tracker import CometTracker
from crackscope.training.tracking.guarded import Guarded
from crackscope.training.tracking.mlflow_tracker import MlflowTracker
from crackscope.training.tracking.tensorboard_tracker import TensorboardTracker
from crackscope.training.tracking.tracker import Status, Tracker

ALWAYS_ON = "csv"
"""``metrics.csv`` and the pictures of the run folder, which every run has."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A tracker, and the module of the extra ``track`` that it needs."""

    module: str
    make: Callable[[], Tracker]


_KINDS = {
    "tensorboard": _Kind("tensorboard", TensorboardTracker),
    "mlflow": _Kind("mlflow", MlflowTracker),
    "comet": _Kind("comet_ml", CometTracker),
}


def tracker_names() -> tuple[str, ...]:
    """List the names that `open_trackers` knows.

    Examples
    --------
    >>> tracker_names()
    ('csv', 'tensorboard', 'mlflow', 'comet')
    """
    return (ALWAYS_ON, *_KINDS)


def open_trackers(names: Sequence[str]) -> list[Guarded]:
    """Make the trackers of these names; none is told of a run yet, and no package of theirs is imported.

    Parameters
    ----------
    names : sequence of str
        ``"csv"`` is allowed and adds none; a name given twice counts once.

    Returns
    -------
    list of Guarded

    Raises
    ------
    CrackscopeError
        If there is no tracker of a name.
    MissingExtraError
        If a tracker's package is not installed.

    Examples
    --------
    >>> open_trackers(["csv"])
    []
    """
    opened = []
    for name in dict.fromkeys(names):
        if name == ALWAYS_ON:
            continue
        kind = _KINDS.get(name)
        if kind is None:
            known = ", ".join(tracker_names())
            raise CrackscopeError(f"--tracker {name}: no such tracker; give one of {known}.")
        if find_spec(kind.module) is None:
            raise MissingExtraError(
                f"{kind.module}: not installed; run in crackscope's folder: pip install '.[track]'."
            )
        opened.append(Guarded(name, kind.make()))
    return opened


@contextmanager
def tracking(names: Sequence[str], *, run_folder: Path) -> Iterator[list[Guarded]]:
    """Open trackers around a training; at the end they get the best checkpoint and what was frozen.

    Parameters
    ----------
    names : sequence of str
        As for `open_trackers`.
    run_folder : Path
        Where the training writes.

    Yields
    ------
    list of Guarded
        For `TrackingCallback`.

    Raises
    ------
    CrackscopeError
        As `open_trackers`.
    """
    trackers = open_trackers(names)
    status: Status = "failed"
    try:
        yield trackers
        checkpoint = run_folder / (BEST if (run_folder / BEST).exists() else LAST)
        for path in (checkpoint, run_folder / FROZEN):
            for tracker in trackers:
                if path.exists():
                    tracker.file(path)
        status = "finished"
    except (KeyboardInterrupt, SystemExit):
        status = "interrupted"
        raise
    finally:
        for tracker in trackers:
            tracker.end(status)
