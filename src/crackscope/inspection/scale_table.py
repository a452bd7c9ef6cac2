"""Scales photo by photo, from a CSV file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crackscope.errors import CrackscopeError
from crackscope.imaging.photo import Photo
from crackscope.inspection.scale_source import FoundScale
from crackscope.measurement.scale import Scale

LARGEST_BYTES = 100_000_000
PHOTO, MM_PER_PX, SIGMA = "photo", "mm_per_px", "sigma_mm_per_px"


@dataclass(frozen=True, slots=True)
class ScaleTable:
    """Scales by name of the photo; a `ScaleSource`.

    Parameters
    ----------
    name : str
        Of the table.
    scales : mapping
        From a photo's name, or the end of it from a slash on, to its scale.
    digest : str
        Tells one content of the table from another.
    """

    name: str
    scales: Mapping[str, Scale] = field(repr=False)
    digest: str

    @classmethod
    def read(cls, path: str | Path) -> ScaleTable:
        """Read a CSV file with columns ``photo``, ``mm_per_px`` and, if wanted, ``sigma_mm_per_px``.

        Parameters
        ----------
        path : path
            UTF-8, with commas or semicolons between.

        Raises
        ------
        CrackscopeError
            If the file cannot be read, a column is missing, a number is no scale, or a photo comes twice;
            naming the line.
        """
        path = Path(path)
        content = _content(path)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CrackscopeError(f"{path}: is no UTF-8 text; save the table as CSV in UTF-8.") from error
        separator = ";" if ";" in text.split("\n", 1)[0] else ","
        rows = csv.DictReader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
        try:
            columns = [column.strip() for column in rows.fieldnames or ()]
            rows.fieldnames = columns
            for needed in (PHOTO, MM_PER_PX):
                if needed not in columns:
                    raise CrackscopeError(
                        f"{path}: has no column {needed!r}; the first line must name the columns {PHOTO},"
                        f" {MM_PER_PX} and, if wanted, {SIGMA}."
                    )
            scales: dict[str, Scale] = {}
            for row in rows:
                _add(row, scales, where=f"{path}, line {rows.line_num}", decimal_comma=separator == ";")
        except csv.Error as error:
            raise CrackscopeError(f"{path}, line {rows.line_num}: is no CSV ({error}); mend it.") from error
        if not scales:
            raise CrackscopeError(f"{path}: names no photo; add a line for each.")
        return cls(path.name, scales, hashlib.sha256(content).hexdigest()[:12])

    def unused(self, names: Iterable[str]) -> list[str]:
        """Return the lines that belong to none of some photos, by what they say."""
        used = {ending for name in names for ending in _endings(name)}
        return [name for name in self.scales if name not in used]

    @property
    def description(self) -> str:
        """See `ScaleSource`."""
        return f"table {self.name} ({self.digest})"

    def find(self, photo: Photo) -> FoundScale:
        """See `ScaleSource`."""
        for ending in _endings(photo.name):
            if ending in self.scales:
                return FoundScale(self.scales[ending], "table")
        return FoundScale(remark=f"there are no mm: {self.name} has no line for this photo.")


def _endings(name: str) -> list[str]:
    """A photo's name, and what is left of it after each slash."""
    parts = PurePosixPath(name).parts
    return ["/".join(parts[first:]) for first in range(len(parts))]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CrackscopeError(f"{path}: cannot be read ({why}); give a CSV file of scales.") from error
    if len(content) > LARGEST_BYTES:
        raise CrackscopeError(
            f"{path}: is larger than {LARGEST_BYTES // 1_000_000} MB; is it a table of scales?"
        )
    return content


def _add(row: Mapping[str, str | None], scales: dict[str, Scale], *, where: str, decimal_comma: bool) -> None:
    surplus = row.get(None)  # type: ignore[call-overload]
    if surplus:
        raise CrackscopeError(
            f"{where}: has more values than the header has columns; write decimals with a point, or put names"
            " with commas into quotes."
        )
    name = (row.get(PHOTO) or "").strip().replace("\\", "/")
    if not name:
        raise CrackscopeError(f"{where}: names no photo; fill in the column {PHOTO}, or delete the line.")
    if name in scales:
        raise CrackscopeError(f"{where}: {name} has a line already; delete one of them.")
    numbers = []
    for column in (MM_PER_PX, SIGMA):
        text = (row.get(column) or "").strip()
        if not text and column == SIGMA:
            numbers.append(0.0)
            continue
        try:
            numbers.append(float(text.replace(",", ".") if decimal_comma else text))
        except ValueError as error:
            raise CrackscopeError(f"{where}: {column} {text!r} is no number; write it as 0.2.") from error
    try:
        scales[name] = Scale(*numbers)
    except CrackscopeError as error:
        raise CrackscopeError(f"{where}: {error}") from error
