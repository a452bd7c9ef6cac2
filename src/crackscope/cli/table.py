"""Plain aligned tables for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import TypeAlias

Cell: TypeAlias = str | int | float | None

GAP = "  "
EMPTY = "–"


def text_table(header: Sequence[str], rows: Sequence[Sequence[Cell]], *, right: Collection[str] = ()) -> str:
    """Lay out rows in columns as wide as their widest cell.

    Columns of nothing but numbers are set flush right, as are those named in `right`.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : sequence of sequences
        Cells: text, numbers (floats are shown with 4 significant digits; format them before for others), or
        None for what is not known, shown as a dash.
    right : collection of str
        Names of further columns to set flush right.

    Returns
    -------
    str
        Lines without a trailing line feed or trailing blanks.

    Raises
    ------
    ValueError
        If a row has more or fewer cells than the header.

    Examples
    --------
    >>> print(text_table(["photo", "cracks"], [["bridge.jpg", 3], ["wall.jpg", 12]]))
    photo       cracks
    ----------  ------
    bridge.jpg       3
    wall.jpg        12
    """
    columns = len(header)
    if any(len(row) != columns for row in rows):
        raise ValueError(f"every row needs {columns} cells, one per column of the header")
    lines = [list(header), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(columns)]
    flush_right = [
        header[column] in right or _is_numeric([row[column] for row in rows]) for column in range(columns)
    ]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        GAP.join(
            _pad(cell, width, right=at_right)
            for cell, width, at_right in zip(line, widths, flush_right, strict=True)
        ).rstrip()
        for line in lines
    )


def _is_numeric(cells: Sequence[Cell]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, int | float) for cell in known)


def _text(cell: Cell) -> str:
    if cell is None:
        return EMPTY
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return str(cell).replace("\n", " ")


def _pad(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _width(text: str) -> int:
    """Count terminal columns: East Asian wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
