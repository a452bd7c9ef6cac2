"""One trial of a sweep as it stands, and what its run folder says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

State = Literal["running", "done", "pruned", "failed"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One training with values of its own.

    Parameters
    ----------
    number : int
        From 1 on.
    values : mapping
        Dotted key of the recipe → value.
    state : str
        ``"running"`` also where its process was stopped and it is yet to be continued.
    figure : float, optional
        Best validation figure; None where there is none, or where the trial failed.
    best_epoch : int, optional
        In which it was reached, from 1 on.
    epochs : int
        Trained.
    seconds : float
        Of training and validating, without the time in which pictures were decoded.
    reason : str, optional
        Why it failed.
    """

    number: int
    values: Mapping[str, Any]
    state: State
    figure: float | None = None
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    reason: str | None = None

    @property
    def name(self) -> str:
        """Name of its run folder inside the sweep's."""
        return trial_name(self.number)

    def to_document(self, sweep_folder: Path) -> dict[str, Any]:
        """Turn it into plain data for JSON."""
        return {
            "number": self.number,
            "run": str(sweep_folder / self.name),
            "state": self.state,
            "values": dict(self.values),
            "figure": self.figure,
            "best_epoch": self.best_epoch,
            "epochs": self.epochs,
            "seconds": round(self.seconds, 1),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What ``metrics.csv`` says of a run.

    Parameters
    ----------
    best : float, optional
        Highest figure; None where nothing was validated, or no figure was a number.
    best_epoch : int, optional
        In which it was reached, from 1 on.
    epochs : int
        Trained.
    seconds : float
        Of all epochs.
    """

    best: float | None
    best_epoch: int | None
    epochs: int
    seconds: float


def trial_name(number: int) -> str:
    """Name the run folder of a trial.

    Examples
    --------
    >>> trial_name(7)
    'trial-0007'
    """
    return f"trial-{number:04d}"


def best_of(trials: tuple[Trial, ...]) -> Trial | None:
    """Find the trial with the highest figure among those that went to their end; the first of equals."""
    done = [trial for trial in trials if trial.state == "done" and trial.figure is not None]
    return max(done, key=lambda trial: (trial.figure or 0.0, -trial.number), default=None)
