"""A rectangle of pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in pixels.

    Parameters
    ----------
    row, column : int
        The upper left pixel, counted from 0.
    height, width : int
        Size in pixels, at least 1.

    Examples
    --------
    >>> Box(row=2, column=3, height=4, width=5).slices
    (slice(2, 6, None), slice(3, 8, None))
    """

    row: int
    column: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in an (H, W) array."""
        return slice(self.row, self.row + self.height), slice(self.column, self.column + self.width)
