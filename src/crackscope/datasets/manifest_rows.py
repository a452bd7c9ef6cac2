"""The lines of a split's file, read with every doubt about them raised."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.annotation_file import read_annotation
from crackscope.datasets.split import PARTS
from crackscope.errors import DatasetError
from crackscope.imaging.photo import printable

COLUMNS = (
    "part",
    "set",
    "source",
    "group",
    "cracked",
    "width_band",
    "folder",
    "picture",
    "mask",
    "picture_sha256",
    "mask_sha256",
)
LARGEST_BYTES = 256_000_000
_NEEDED = ("set", "source", "group", "folder", "picture")
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
ENCODING, ERRORS = "utf-8", "surrogateescape"  # names of files may hold bytes that are no text
AGAIN = "split again with 'crackscope data split'"


@dataclass(frozen=True, slots=True)
class Row:
    """One picture of a split; the columns of the file, paths made absolute.

    `cracked` is also False where the file does not say it: of a picture with a mask, the mask says it.
    """

    part: str
    set_name: str
    source: str
    group: str
    cracked: bool
    folder: Path
    picture: Path
    mask: Path | None
    picture_sha256: str
    mask_sha256: str


def read_rows(path: Path) -> list[Row]:
    """Read and check a split's file, without looking for the pictures.

    Raises
    ------
    DatasetError
        If it is too large, is no such file, or contradicts itself.
    """
    if not path.exists():
        raise DatasetError(f"{path}: no such file; make it with 'crackscope data split'.")
    text = read_annotation(path, limit_bytes=LARGEST_BYTES).decode(ENCODING, ERRORS)
    if "\0" in text:
        raise DatasetError(f"{path}: is no text; give the file that 'crackscope data split' wrote.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(reader, ())) != COLUMNS:
            raise DatasetError(
                f"{path}: is no split, or an earlier version's (its first line is not {','.join(COLUMNS)});"
                f" {AGAIN}."
            )
        home = path.parent.resolve()
        rows = [_row(values, home, f"{path}, line {reader.line_num}") for values in reader]
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num}: is no CSV ({error}); {AGAIN}.") from error
    if not rows:
        raise DatasetError(f"{path}: names no picture; {AGAIN}.")
    _check_together(path, rows)
    return rows


def _row(values: Sequence[str], home: Path, place: str) -> Row:
    if len(values) != len(COLUMNS):
        raise DatasetError(f"{place}: has {len(values)} columns instead of {len(COLUMNS)}; {AGAIN}.")
    cells = dict(zip(COLUMNS, values, strict=True))
    if cells["part"] not in PARTS:
        raise DatasetError(
            f"{place}: the part is {printable(cells['part'])!r}; write one of {', '.join(PARTS)}."
        )
    if missing := [name for name in _NEEDED if not cells[name]]:
        raise DatasetError(f"{place}: {missing[0]} is empty; {AGAIN}.")
    if not all(_SHA256.fullmatch(cells[name]) for name in ("picture_sha256", "mask_sha256")):
        raise DatasetError(f"{place}: a hash is not 64 hexadecimal digits; {AGAIN}.")
    return Row(
        cells["part"],
        cells["set"],
        cells["source"],
        cells["group"],
        cells["cracked"] == "yes",
        _absolute(cells["folder"], home),
        _absolute(cells["picture"], home),
        _absolute(cells["mask"], home) if cells["mask"] else None,
        cells["picture_sha256"],
        cells["mask_sha256"],
    )


def _absolute(cell: str, home: Path) -> Path:
    return Path(os.path.normpath(home / cell))


def _check_together(path: Path, rows: Sequence[Row]) -> None:
    """Refuse a picture named twice, a source in two groups, and a group in two parts."""
    pictures: set[Path] = set()
    groups: dict[str, str] = {}
    parts: dict[str, str] = {}
    for row in rows:
        if row.picture in pictures:
            raise DatasetError(f"{path}: names {row.picture} twice; {AGAIN}.")
        pictures.add(row.picture)
        if groups.setdefault(row.source, row.group) != row.group:
            raise DatasetError(
                f"{path}: the source {printable(row.source)} is in two groups, {groups[row.source]} and"
                f" {row.group}; {AGAIN}."
            )
        if parts.setdefault(row.group, row.part) != row.part:
            raise DatasetError(
                f"{path}: the group {printable(row.group)} is in two parts, {parts[row.group]} and"
                f" {row.part}; put all of it in one of them."
            )
