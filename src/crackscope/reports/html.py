"""The page a customer opens first: one HTML file that works offline, from the folder it lies in."""

from __future__ import annotations

import tempfile
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from crackscope.engine.model_card import ModelCard
from crackscope.imaging.overlay import COLOURS
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.records import Failure
from crackscope.page_template import FIELD, script_json
from crackscope.reports import html_parts
from crackscope.reports.atomic_file import cannot_write
from crackscope.reports.html_reading import reading
from crackscope.reports.html_rows import photo_row
from crackscope.reports.report import Pictures, Report
from crackscope.reports.tally import Tally

HTML_FILE = "report.html"
_CHUNK = 1 << 20


class HtmlReport(Report):
    """Writes ``report.html``: summary, sortable table, pictures with measurements, failures and small print.

    The page holds its style, script and figures; only the pictures in ``overlays/`` and ``thumbnails/``
    stand beside it. It loads nothing from elsewhere. The data of a photo without cracks takes some 60 bytes
    in the page, that of a crack some 60 more.

    Parameters
    ----------
    path : Path
    title : str
        Of the page; usually what was inspected.
    card : ModelCard, optional
        Of the model that looked, for the small print.
    screen_card : ModelCard, optional
        Of the classifier that looked first.
    written_at : datetime, optional
        With a time zone; now, where none is given.
    """

    def __init__(
        self,
        path: Path,
        *,
        title: str,
        card: ModelCard | None = None,
        screen_card: ModelCard | None = None,
        written_at: datetime | None = None,
    ) -> None:
        super().__init__(path)
        self._title = title
        self._card = card
        self._screen_card = screen_card
        self._written_at = written_at or datetime.now().astimezone()
        self._tally = Tally()
        self._rows: IO[str]
        self._failures: IO[str]

    def __enter__(self) -> Self:
        super().__enter__()
        # The summary stands first and is known last: rows and failures wait on the disk, not in memory.
        self._rows = tempfile.TemporaryFile("w+", encoding="ascii", dir=self.path.parent)
        self._failures = tempfile.TemporaryFile("w+", encoding="utf-8", dir=self.path.parent)
        return self

    def add(self, inspection: Inspection, pictures: Pictures | None) -> None:
        """Set a photo's row aside."""
        first = self._tally.is_empty
        self._tally.add(inspection)
        self._set_aside(self._rows, ("\n" if first else ",\n") + script_json(photo_row(inspection, pictures)))

    def add_failure(self, failure: Failure) -> None:
        """Set a failure's row aside."""
        self._tally.add_failure(failure)
        self._set_aside(self._failures, html_parts.failure_row(failure))

    def end(self) -> None:
        """Write the page."""
        page = files(__package__) / "page"
        summary = self._tally.summary()
        fields = {
            "title": html_parts.escape(self._title),
            "style": (page / "report.css").read_text("utf-8"),
            "script": (page / "report.js").read_text("utf-8"),
            "facts": html_parts.facts(summary, self._written_at),
            "tiles": html_parts.tiles(summary),
            "share": html_parts.share(summary),
            "screening": html_parts.screening(summary),
            "reading": reading(summary, self._card),
            "model": "\n".join(
                html_parts.model_section(card) for card in (self._card, self._screen_card) if card is not None
            ),
            "footer": html_parts.footer(self._written_at),
        }
        template = (page / "report.html").read_text("utf-8")
        for place, piece in enumerate(FIELD.split(template)):
            if place % 2 == 0:
                self.file.write(piece)
            elif piece == "data":
                self._write_data(summary.unit)
            elif piece == "failures":
                self._write_failures(summary.failed)
            else:
                self.file.write(fields[piece])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._rows, self._failures:
            super().__exit__(kind, error, trace)

    def _set_aside(self, spool: IO[str], text: str) -> None:
        try:
            spool.write(text)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _write_data(self, unit: str) -> None:
        colours = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in COLOURS]
        self.file.write(f'{{"unit":{script_json(unit)},"colours":{script_json(colours)},"rows":[')
        self._copy(self._rows)
        self.file.write("\n]}")

    def _write_failures(self, count: int) -> None:
        if count:
            head, foot = html_parts.failures_frame(count)
            self.file.write(head)
            self._copy(self._failures)
            self.file.write(foot)

    def _copy(self, spool: IO[str]) -> None:
        try:
            spool.seek(0)
            while chunk := spool.read(_CHUNK):
                self.file.write(chunk)
        except OSError as error:
            raise cannot_write(self.path, error) from error
