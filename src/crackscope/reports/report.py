"""What a report is, and the one pass that fills all reports asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from crackscope.inspection.inspection import Inspection
from crackscope.inspection.records import Failure
from crackscope.reports.atomic_file import AtomicFile


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where the pictures of a photo lie.

    Parameters
    ----------
    overlay, thumbnail : str
        Relative to the report's folder, with forward slashes.
    """

    overlay: str
    thumbnail: str


class Report(ABC):
    """A file that takes one photo's result after the other, and is put in place when it is complete.

    Use as a context manager. Memory does not grow with the number of photos.

    Parameters
    ----------
    path : Path
        The file to write.
    encoding : str
    """

    def __init__(self, path: Path, *, encoding: str = "utf-8") -> None:
        self.path = path
        self.file = AtomicFile(path, encoding=encoding)

    def begin(self) -> None:  # noqa: B027 - a format without a head has nothing to do here
        """Write what stands before the first photo."""

    @abstractmethod
    def add(self, inspection: Inspection, pictures: Pictures | None) -> None:
        """Take the result of one photo, and where its pictures are, if any were drawn."""

    def add_failure(self, failure: Failure) -> None:  # noqa: B027 - not every format has a word for failures
        """Take a photo that could not be inspected; called after the last `add`."""

    def end(self) -> None:  # noqa: B027 - as in `begin`
        """Write what stands after the last photo."""

    def __enter__(self) -> Self:
        self.file.__enter__()
        with ExitStack() as on_error:
            on_error.push(self.file)
            self.begin()
            on_error.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            stack.push(self.file)
            if error is None:
                self.end()
            else:
                stack.pop_all()
                self.file.__exit__(kind, error, trace)


def write_reports(
    reports: Sequence[Report],
    inspections: Iterable[tuple[Inspection, Pictures | None]],
    failures: Iterable[Failure],
) -> None:
    """Fill reports in one pass; either all of them are put in place or, on an error, none.

    Parameters
    ----------
    reports : sequence of Report
    inspections : iterable of (Inspection, Pictures or None)
        Read once.
    failures : iterable of Failure
        Read once, after the inspections.

    Raises
    ------
    CrackscopeError
        If a report cannot be written, or the inspections cannot be read.
    """
    with ExitStack() as stack:
        for report in reports:
            stack.enter_context(report)
        for inspection, pictures in inspections:
            for report in reports:
                report.add(inspection, pictures)
        for failure in failures:
            for report in reports:
                report.add_failure(failure)
