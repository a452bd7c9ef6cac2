"""A tracker that cannot stop a training."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from crackscope.training.tracking.ledger import Entry, read_entry, write_entry
from crackscope.training.tracking.tracker import Status, TrackedRun, Tracker

_log = logging.getLogger("crackscope.tracking")

_LONGEST_REASON = 240
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


class Guarded:
    """A tracker whose first failure is told once and ends its part in the run, and nothing else.

    What a record has already, from an earlier session of the run, is not given to the tracker again.

    Parameters
    ----------
    name : str
        As on the command line.
    tracker : Tracker
    """

    def __init__(self, name: str, tracker: Tracker) -> None:
        self.name = name
        self.failure: str | None = None
        """The sentence that was told, where the tracker failed."""
        self._tracker = tracker
        self._folder = Path()
        self._entry = Entry()
        self._recording = False

    def begin(self, run: TrackedRun, *, resumed: bool) -> None:
        """Begin a record of the run, or go on with the one that an earlier session began."""
        with self._guard():
            earlier = read_entry(run.folder, self.name) if resumed else Entry()
            identity = dict(self._tracker.begin(run, earlier.identity))
            self._folder = run.folder
            self._keep(earlier if identity and identity == dict(earlier.identity) else Entry(identity))
            self._recording = True

    def figures(self, figures: Mapping[str, float], *, epoch: int, step: int) -> None:
        """Record an epoch's figures, unless the record has them."""
        if not self._recording or epoch <= self._entry.figures:
            return
        with self._guard():
            self._tracker.figures(figures, epoch=epoch, step=step)
            self._keep(replace(self._entry, figures=epoch))

    def picture(self, path: Path, *, epoch: int) -> None:
        """Record an epoch's validation sheet, unless the record has it."""
        if not self._recording or epoch <= self._entry.pictures:
            return
        with self._guard():
            self._tracker.picture(path, epoch=epoch)
            self._keep(replace(self._entry, pictures=epoch))

    def file(self, path: Path) -> None:
        """Record a file of the run."""
        if self._recording:
            with self._guard():
                self._tracker.file(path)

    def end(self, status: Status) -> None:
        """Complete the record, where one was begun."""
        if self._recording:
            with self._guard():
                self._tracker.end(status)
        self._recording = False

    def _keep(self, entry: Entry) -> None:
        write_entry(self._folder, self.name, entry)
        self._entry = entry

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._recording = False
            self.failure = (
                f"{self.name}: records no more of this run ({_reason(error)}); the training is not affected."
            )
            _log.warning(self.failure)


def without_credentials(text: str) -> str:
    """Take user names and passwords out of the addresses in a text.

    Examples
    --------
    >>> without_credentials("no answer from https://ann:secret@tracking.example/api")
    'no answer from https://tracking.example/api'
    """
    return _CREDENTIALS.sub("", text)


def _reason(error: Exception) -> str:
    text = " ".join(without_credentials(str(error)).split()).rstrip(".") or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"
