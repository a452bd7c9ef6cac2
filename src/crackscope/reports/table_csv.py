"""A table for the spreadsheet: a row per crack."""

from __future__ import annotations

import csv
from pathlib import Path

from crackscope.inspection.inspection import Crack, Inspection
from crackscope.inspection.records import Failure
from crackscope.reports.report import Pictures, Report

CSV_FILE = "cracks.csv"
FAILED = "failed"

CRACK_COLUMNS = (
    "length_px",
    "mean_width_px",
    "median_width_px",
    "p95_width_px",
    "max_width_px",
    "length_mm",
    "mean_width_mm",
    "median_width_mm",
    "p95_width_mm",
    "max_width_mm",
    "length_sigma_px",
    "length_sigma_mm",
    "mean_width_sigma_px",
    "median_width_sigma_px",
    "p95_width_sigma_px",
    "max_width_sigma_px",
    "mean_width_sigma_mm",
    "median_width_sigma_mm",
    "p95_width_sigma_mm",
    "max_width_sigma_mm",
    "width_source",
    "mask_mean_width_px",
    "area_px",
    "orientation_deg",
    "pattern",
    "branches",
    "junctions",
    "tortuosity",
    "mean_probability",
    "peak_probability",
)
WALL_COLUMNS = ("scale_origin", "scale_remark", "density_m_per_m2", "spacing_mm")
PHOTO_COLUMNS = ("taken_at", "camera", "latitude_deg", "longitude_deg", "altitude_m")
COLUMNS = (
    "photo",
    "verdict",
    "crack",
    *CRACK_COLUMNS,
    "severity",
    "severity_text",
    "notes",
    "max_width_row",
    "max_width_column",
    "box_row",
    "box_column",
    "box_height",
    "box_width",
    "photo_height_px",
    "photo_width_px",
    "coverage",
    "probability",
    "screened",
    "scale_mm_per_px",
    "scale_sigma_mm_per_px",
    *WALL_COLUMNS,
    "rule",
    *PHOTO_COLUMNS,
    "model",
    "threshold",
    "overlay",
    "reason",
)
SCREENED_OUT, SCREEN_PASSED = "out", "passed"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_DECIMALS = 4


class CsvReport(Report):
    """Writes ``cracks.csv``: a row per crack, and one for a photo that lists none or could not be inspected.

    So the table names every photo of the survey: ``verdict`` is ``crack``, ``no crack`` or ``failed`` (then
    ``reason`` says why), and the columns of a crack are empty where none is listed: of a cracked photo too,
    if a classifier looked at it, which does not say where. ``probability`` is that of the photo, from a
    classifier; ``screened`` is ``out`` or ``passed`` where one looked first. UTF-8 with a byte order
    mark, by which spreadsheets know the encoding; commas; a point in decimals, whatever the country. Text
    that a spreadsheet would run as a formula is led by an apostrophe.

    Parameters
    ----------
    path : Path

    References
    ----------
    OWASP, "CSV Injection".
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8-sig")
        self._writer = csv.DictWriter(self.file, COLUMNS, restval="", lineterminator="\r\n")  # RFC 4180

    def begin(self) -> None:
        """Write the header."""
        self._writer.writeheader()

    def add(self, inspection: Inspection, pictures: Pictures | None) -> None:
        """Write a row per crack, or one row without."""
        shared = _photo_cells(inspection, pictures)
        for crack in inspection.cracks:
            self._write(shared | _crack_cells(crack))
        if not inspection.cracks:
            self._write(shared)

    def add_failure(self, failure: Failure) -> None:
        """Write a row with the reason."""
        self._write({"photo": failure.photo, "verdict": FAILED, "reason": failure.reason})

    def _write(self, cells: dict[str, object]) -> None:
        self._writer.writerow({column: _cell(value) for column, value in cells.items()})


def _photo_cells(inspection: Inspection, pictures: Pictures | None) -> dict[str, object]:
    photo = inspection.photo
    return {
        "photo": photo.name,
        "verdict": inspection.verdict,
        "photo_height_px": photo.height_px,
        "photo_width_px": photo.width_px,
        "coverage": None if inspection.coverage is None else f"{inspection.coverage:.6f}",
        "probability": None if inspection.probability is None else f"{inspection.probability:.6f}",
        "screened": _screened(inspection),
        "scale_mm_per_px": _exact(inspection.scale_mm_per_px),
        "scale_sigma_mm_per_px": _exact(inspection.scale_sigma_mm_per_px),
        **{column: getattr(inspection, column) for column in WALL_COLUMNS},
        "rule": inspection.rule,
        **{column: getattr(photo, column) for column in ("taken_at", "camera")},
        **{column: _exact(getattr(photo, column)) for column in PHOTO_COLUMNS[2:]},
        "model": inspection.model.name,
        "threshold": repr(inspection.model.threshold),
        "overlay": None if pictures is None else pictures.overlay,
    }


def _crack_cells(crack: Crack) -> dict[str, object]:
    row, column = crack.max_width_at
    return {
        "crack": crack.number,
        **{name: getattr(crack, name) for name in CRACK_COLUMNS},
        "severity": None if crack.severity is None else crack.severity.possible_words,
        "severity_text": None if crack.severity is None else crack.severity.text,
        "notes": " ".join(crack.notes),
        "max_width_row": row,
        "max_width_column": column,
        "box_row": crack.box.row,
        "box_column": crack.box.column,
        "box_height": crack.box.height,
        "box_width": crack.box.width,
    }


def _screened(inspection: Inspection) -> str | None:
    if inspection.screening is None:
        return None
    return SCREENED_OUT if inspection.is_screened_out else SCREEN_PASSED


def _exact(value: float | None) -> _Number | None:
    return None if value is None else _Number(repr(value))


class _Number(str):
    """Text that is known to be a number, and so may begin with a minus."""

    __slots__ = ()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    if isinstance(value, str) and not isinstance(value, _Number) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return str(value)
