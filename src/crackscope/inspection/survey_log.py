"""The folder of a survey: what was found, what failed, and what is still to do."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

from crackscope.errors import CrackscopeError
from crackscope.inspection.append_file import AppendFile, not_writable
from crackscope.inspection.document_fields import DocumentFields
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspection_json import document_line, to_line
from crackscope.inspection.records import FAILURES_FILE, INSPECTIONS_FILE, Failure, read_lines
from crackscope.inspection.survey_settings import SETTINGS_FILE, SurveySettings

SYNC_INTERVAL_S = 1.0


class SurveyLog:
    """Appends results to a survey's folder so that a kill at any moment loses none that was appended.

    The folder holds ``survey.json`` (the settings), ``inspections.jsonl`` and ``failures.jsonl``.

    Parameters
    ----------
    folder : Path
        Created where it is missing, parents too.
    settings : SurveySettings
    resume : bool
        Go on where an earlier run of the same survey stopped.

    Attributes
    ----------
    done : set of str
        Names of the photos that an earlier run inspected, or failed to.
    failed_earlier : int
        How many of them failed.

    Raises
    ------
    CrackscopeError
        If the folder cannot be written to, has results and `resume` is False, was begun with other settings,
        is damaged, or is in use by another survey. Also by `add` and `sync`, where the disk refuses.
    """

    def __init__(self, folder: Path, settings: SurveySettings, *, resume: bool) -> None:
        self.folder = folder
        self.done: set[str] = set()
        self.failed_earlier = 0
        self._synced_at = time.monotonic()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(folder, error) from error
        self._inspections = AppendFile(folder / INSPECTIONS_FILE)
        try:
            self._failures = AppendFile(folder / FAILURES_FILE)
            self._begin(settings, resume=resume)
        except BaseException:
            self.close()
            raise

    def add(self, result: Inspection | Failure) -> None:
        """Append one photo's result; it survives a kill from here on, and a power cut a second later."""
        if isinstance(result, Failure):
            self._failures.append(document_line({"photo": result.photo, "reason": result.reason}))
        else:
            self._inspections.append(to_line(result))
        if time.monotonic() - self._synced_at >= SYNC_INTERVAL_S:
            self.sync()

    @property
    def unsynced(self) -> bool:
        """Whether something appended might not be on the disk yet."""
        return self._inspections.unsynced or self._failures.unsynced

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        self._inspections.sync()
        self._failures.sync()
        self._synced_at = time.monotonic()

    def close(self) -> None:
        """Close the files without waiting for the disk."""
        self._inspections.close()
        if hasattr(self, "_failures"):
            self._failures.close()

    def __enter__(self) -> SurveyLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.sync()
        except CrackscopeError:
            if error is None:
                raise
        finally:
            self.close()

    def _begin(self, settings: SurveySettings, *, resume: bool) -> None:
        has_results = self._inspections.size > 0 or self._failures.size > 0
        if has_results and not resume:
            raise CrackscopeError(
                f"{self.folder}: already holds the results of a survey; resume it (--resume),"
                " or choose another folder (--out)."
            )
        begun = SurveySettings.read(self.folder) if has_results else None
        if begun is not None:
            settings.require_same(begun, self.folder)
        elif has_results:
            raise CrackscopeError(
                f"{self.folder}: holds results, but no {SETTINGS_FILE} that says how they were made; "
                "choose another folder."
            )
        else:
            settings.write(self.folder)
        self._inspections.drop_torn_line()
        self._failures.drop_torn_line()
        if has_results:
            self._read_done()

    def _read_done(self) -> None:
        for number, document in read_lines(self._inspections.path):
            fields = DocumentFields(document, f"{self._inspections.path}, line {number}")
            self.done.add(fields.inner("photo").text("name"))
        for number, document in read_lines(self._failures.path):
            fields = DocumentFields(document, f"{self._failures.path}, line {number}")
            self.done.add(fields.text("photo"))
            self.failed_earlier += 1
