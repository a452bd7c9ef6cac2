"""What a tracker is given, and what it must be able to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Status: TypeAlias = Literal["finished", "failed", "interrupted"]

Identity: TypeAlias = Mapping[str, str]
"""What a tracker needs to find the record of a run again; empty where there is none."""


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """What a tracker records of a run before its first epoch.

    Parameters
    ----------
    folder : Path
        The run folder; its name is the run's name.
    parameters : mapping
        The recipe under the keys that ``--set`` takes, and the data under ``run.…``; values as YAML text.
    environment : mapping
        Package → version.
    recipe : str
        The recipe as YAML.
    """

    folder: Path
    parameters: Mapping[str, str]
    environment: Mapping[str, str]
    recipe: str

    @property
    def name(self) -> str:
        """The name of the run folder."""
        return self.folder.resolve().name


class Tracker(Protocol):
    """Records runs in one place. Whatever goes wrong is raised; `Guarded` keeps it from the training.

    Epochs count from 0, as in ``metrics.csv``.
    """

    def begin(self, run: TrackedRun, earlier: Identity) -> Identity:
        """Begin to record a run, or go on with it.

        Parameters
        ----------
        run : TrackedRun
        earlier : mapping
            What this method returned in an earlier session of the run; empty in the first.

        Returns
        -------
        mapping
            `earlier` where the record goes on; anything else begins a new record, which is then given
            everything from the first epoch on.
        """

    def figures(self, figures: Mapping[str, float], *, epoch: int, step: int) -> None:
        """Record an epoch's figures; what is given outlives a kill, or `begin` begins anew after one."""

    def picture(self, path: Path, *, epoch: int) -> None:
        """Record a validation sheet, a JPEG."""

    def file(self, path: Path) -> None:
        """Record a file of the run: a checkpoint, or a JSON document."""

    def end(self, status: Status) -> None:
        """Complete the record."""
