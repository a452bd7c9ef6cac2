"""The report of a survey, made anew from what is kept whenever somebody asks."""

from __future__ import annotations

import logging
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from crackscope.engine.model_card import ModelCard
from crackscope.errors import CrackscopeError, NotFoundError, StoreError, StoreUnavailableError
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspection_json import to_line
from crackscope.inspection.records import Failure
from crackscope.reports.coco import CocoReport
from crackscope.reports.geojson import GeoJsonReport
from crackscope.reports.html import HTML_FILE, HtmlReport
from crackscope.reports.overlays import OverlayPainter
from crackscope.reports.report import Pictures, Report, write_reports
from crackscope.reports.table_csv import CsvReport
from crackscope.serving.problems import ProblemError
from crackscope.serving.store import Job, JobItem, Store, Stored

ReportFormat: TypeAlias = Literal["html", "csv", "jsonl", "coco", "geojson"]
ENDINGS: dict[ReportFormat, tuple[str, str]] = {
    "html": (".zip", "application/zip"),
    "csv": (".csv", "text/csv; charset=utf-8"),
    "jsonl": (".jsonl", "application/x-ndjson"),
    "coco": (".coco.json", "application/json"),
    "geojson": (".geojson", "application/geo+json"),
}
"""Of the file, and its media type."""
DELETED = "{name}: was inspected, and its inspection deleted."
_REPORT = "report"
_log = logging.getLogger(__name__)


class ReportResponse(FileResponse):
    """Sends a report, and removes the folder that it lies in, also when the client goes away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            shutil.rmtree(Path(self.path).parent, ignore_errors=True)


def write_report(
    store: Store, job: Job, kind: ReportFormat, *, card: ModelCard | None, max_pixels: int
) -> Path:
    """Write a survey's report.

    Parameters
    ----------
    store : Store
    job : Job
        That is done.
    kind : str
    card : ModelCard, optional
        Of the model that looked, for the small print.
    max_pixels : int
        Of a photo.

    Returns
    -------
    Path
        Of the only file in a new temporary folder; the caller removes both.

    Raises
    ------
    StoreError
        If a document is damaged or missing.
    StoreUnavailableError
        If the store does not answer.
    ProblemError
        If the report cannot be written.
    """
    folder = Path(tempfile.mkdtemp(prefix="crackscope-report-"))
    try:
        return _written(_Kept(store, job), folder, kind, card=card, max_pixels=max_pixels)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, StoreError) or not isinstance(error, OSError | CrackscopeError):
            raise
        _log.exception("a report could not be written")
        raise ProblemError(
            503, "the server cannot write the report now; it may lack room on its disk."
        ) from error


def _written(
    kept: _Kept, folder: Path, kind: ReportFormat, *, card: ModelCard | None, max_pixels: int
) -> Path:
    path = folder / (_REPORT + ENDINGS[kind][0])
    if kind == "html":
        page = folder / _REPORT
        page.mkdir()
        report: Report = HtmlReport(page / HTML_FILE, title=kept.job.name, card=card)
        write_reports([report], kept.painted(page, folder / "photos", max_pixels=max_pixels), kept.failures)
        _pack(page, path)
    elif kind == "jsonl":
        with path.open("wb") as lines:
            lines.writelines(to_line(inspection) for inspection, _ in kept.inspections())
    else:
        maker = {"csv": CsvReport, "coco": CocoReport, "geojson": GeoJsonReport}[kind]
        report = maker(path)
        results = ((inspection, None) for inspection, _ in kept.inspections())
        write_reports([report], results, kept.failures)
    return path


class _Kept:
    """What the store has of a job's photos, one at a time; `failures` is whole after the last one."""

    def __init__(self, store: Store, job: Job) -> None:
        self.job = job
        self.failures: list[Failure] = []
        self._store = store

    def inspections(self) -> Iterator[tuple[Inspection, Stored]]:
        for item in self._store.items(self.job):
            found = self._found(item)
            if found is not None:
                yield found

    def painted(
        self, page: Path, photos: Path, *, max_pixels: int
    ) -> Iterator[tuple[Inspection, Pictures | None]]:
        """Draw the photos on the way; each lies in the folder `photos` only while it is drawn."""
        photos.mkdir()
        stored_of: dict[str, Stored] = {}

        def noted() -> Iterator[Inspection]:
            for inspection, stored in self.inspections():
                stored_of[inspection.photo.name] = stored
                yield inspection

        def path_of(name: str) -> Path | None:
            try:
                content = self._store.photo(stored_of[name])
            except StoreError:
                return None  # lost or deleted: the report goes without its picture
            if content is None:
                return None
            path = photos / stored_of[name].id
            path.write_bytes(content)
            return path

        painter = OverlayPainter(page, path_of, max_pixels=max_pixels)
        for inspection, pictures in painter.draw_all(noted()):
            (photos / stored_of.pop(inspection.photo.name).id).unlink(missing_ok=True)
            yield inspection, pictures

    def _found(self, item: JobItem) -> tuple[Inspection, Stored] | None:
        reason = item.reason or DELETED.format(name=item.name)
        if item.inspection_id is not None:
            try:
                stored = self._store.get(item.inspection_id, owner=self.job.owner)
                return self._store.inspection(stored), stored
            except StoreUnavailableError:
                raise
            except NotFoundError:
                pass  # deleted just now
            except StoreError as error:  # its document is damaged or lost
                reason = f"{item.name}: {error}"
        self.failures.append(Failure(item.name, reason))
        return None


def _pack(folder: Path, path: Path) -> None:
    """Pack a folder; each file is removed when it is packed, for large surveys fill disks."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in _files(folder):
            method = zipfile.ZIP_DEFLATED if file.suffix == ".html" else zipfile.ZIP_STORED
            archive.write(file, file.relative_to(folder).as_posix(), method)
            file.unlink()


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
