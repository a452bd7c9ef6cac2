"""A mask as run lengths: small in memory and on disk, in COCO's order and notation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.box import Box
from crackscope.imaging.rle_text import counts_from_text, counts_to_text

Integers: TypeAlias = NDArray[np.int64]
MAX_PIXELS = 1 << 40  # of an untrusted document: far above any photo, far below what overflows int64


@dataclass(frozen=True, slots=True)
class RunLengthMask:
    """A mask of a whole photo, as the lengths of its runs of equal pixels.

    The pixels are read column by column, each from top to bottom; runs alternate, beginning with a run of
    background, which alone may be 0 long. This is the order of COCO's annotations.

    Parameters
    ----------
    height, width : int
        Of the photo, in px, at least 1.
    counts : tuple of int
        Lengths of the runs; they add up to ``height * width``.

    Raises
    ------
    ValueError
        If the runs do not make up a mask of that size.

    Examples
    --------
    >>> mask = RunLengthMask.from_pixels([0, 1, 2], [3, 3, 3], height=4, width=5)
    >>> mask.counts, mask.area
    ((12, 3, 5), 3)
    >>> mask.bounding_box()
    Box(row=0, column=3, height=3, width=1)
    """

    height: int
    width: int
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f"a mask of {self.height}×{self.width} px has no pixels")
        if not self.counts or self.counts[0] < 0 or (len(self.counts) > 1 and min(self.counts[1:]) < 1):
            raise ValueError("run lengths must be positive (the first may be 0)")
        if sum(self.counts) != self.height * self.width:
            raise ValueError(
                f"the runs cover {sum(self.counts)} px, the mask has {self.height}×{self.width} px"
            )

    @classmethod
    def from_mask(cls, mask: BoolMask) -> RunLengthMask:
        """Encode a whole mask, shape (H, W), bool."""
        if mask.ndim != 2 or mask.dtype != np.bool_:
            raise ValueError(f"a mask is a bool array of shape (H, W), not {mask.dtype} {mask.shape}")
        pixels = np.ascontiguousarray(mask.T).reshape(-1)
        if pixels.size == 0:
            raise ValueError(f"a mask of {mask.shape[0]}×{mask.shape[1]} px has no pixels")
        changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
        edges = np.concatenate([[0] if not pixels[0] else [0, 0], changes, [pixels.size]])
        return cls(int(mask.shape[0]), int(mask.shape[1]), tuple(np.diff(edges).tolist()))

    @classmethod
    def from_pixels(cls, rows: ArrayLike, columns: ArrayLike, *, height: int, width: int) -> RunLengthMask:
        """Encode a mask given by its pixels, in any order; time and memory go with their number.

        Parameters
        ----------
        rows, columns : int arrays, shape (N,)
            The pixels of the mask; one given twice counts once.
        height, width : int
            Of the photo.

        Raises
        ------
        ValueError
            If a pixel lies outside the photo.
        """
        row = np.asarray(rows, dtype=np.int64).reshape(-1)
        column = np.asarray(columns, dtype=np.int64).reshape(-1)
        if row.size != column.size:
            raise ValueError(f"{row.size} rows for {column.size} columns")
        if row.size == 0:
            return cls(height, width, (height * width,))
        if row.min() < 0 or row.max() >= height or column.min() < 0 or column.max() >= width:
            raise ValueError(f"a pixel lies outside the photo of {height}×{width} px")
        index = np.sort(column * height + row)
        breaks = np.flatnonzero(np.diff(index) > 1)
        starts = index[np.concatenate([[0], breaks + 1])]
        ends = index[np.concatenate([breaks, [index.size - 1]])] + 1
        return cls(height, width, _counts(starts, ends, height * width))

    @property
    def area(self) -> int:
        """Number of pixels in the mask."""
        return sum(self.counts[1::2])

    def decode(self) -> BoolMask:
        """Return the whole mask, bool, shape (H, W), C-contiguous."""
        values = np.arange(len(self.counts)) % 2 == 1
        return np.ascontiguousarray(np.repeat(values, self.counts).reshape(self.width, self.height).T)

    def decode_box(self, box: Box) -> BoolMask:
        """Return the part of the mask inside `box`; memory goes with the box, not with the photo.

        Parameters
        ----------
        box : Box
            Inside the photo.

        Returns
        -------
        bool array, shape (box.height, box.width)

        Raises
        ------
        ValueError
            If the box reaches outside the photo.
        """
        last_row, last_column = box.row + box.height, box.column + box.width
        if min(box.row, box.column) < 0 or min(box.height, box.width) < 1:
            raise ValueError(f"{box} is not inside a photo")
        if last_row > self.height or last_column > self.width:
            raise ValueError(f"{box} is not inside the photo of {self.height}×{self.width} px")
        starts, ends = self._runs()
        first, last = box.column * self.height, last_column * self.height
        inside = slice(int(np.searchsorted(ends, first, "right")), int(np.searchsorted(starts, last)))
        starts, ends = np.maximum(starts[inside], first), np.minimum(ends[inside], last)
        column, top, bottom = _split_by_column(starts, ends, self.height)
        top, bottom = np.maximum(top, box.row) - box.row, np.minimum(bottom, last_row) - box.row
        kept = top < bottom
        row_of_edges = (column[kept] - box.column) * (box.height + 1)
        edges = np.zeros((box.width, box.height + 1), np.int8)
        np.add.at(edges.reshape(-1), row_of_edges + top[kept], np.int8(1))
        np.add.at(edges.reshape(-1), row_of_edges + bottom[kept], np.int8(-1))
        np.cumsum(edges, axis=1, dtype=np.int8, out=edges)
        return np.ascontiguousarray(edges[:, :-1].T).view(np.bool_)

    def bounding_box(self) -> Box | None:
        """Return the smallest box around the mask's pixels, or None if it has none."""
        starts, ends = self._runs()
        if starts.size == 0:
            return None
        left, right = int(starts[0]) // self.height, int(ends[-1] - 1) // self.height
        tops, bottoms = starts % self.height, (ends - 1) % self.height
        wraps = bool(np.any(starts // self.height != (ends - 1) // self.height))
        top, bottom = (0, self.height - 1) if wraps else (int(tops.min()), int(bottoms.max()))
        return Box(row=top, column=left, height=bottom - top + 1, width=right - left + 1)

    def to_coco(self) -> dict[str, Any]:
        """Return COCO's compressed form, ``{"size": [H, W], "counts": "…"}``, as pycocotools writes it."""
        return {"size": [self.height, self.width], "counts": counts_to_text(self.counts)}

    @classmethod
    def from_coco(cls, document: Mapping[str, Any]) -> RunLengthMask:
        """Read COCO's form, compressed (text or bytes) or not (a list); the document need not be trusted.

        Raises
        ------
        ValueError
            If the document is not a run-length mask, with what is wrong in it.
        """
        if not isinstance(document, Mapping):
            raise ValueError("a run-length mask is a mapping with 'size' and 'counts'")
        height, width = _size(document.get("size"))
        counts = document.get("counts")
        if isinstance(counts, str | bytes):
            values = counts_from_text(counts, limit=height * width)
        elif isinstance(counts, list | tuple) and all(type(count) is int for count in counts):
            if any(not 0 <= count <= height * width for count in counts):
                raise ValueError("'counts' of a run-length mask do not fit its size")
            values = np.array(counts, dtype=np.int64)
        else:
            raise ValueError("'counts' of a run-length mask must be text or a list of integers")
        if values.size == 0 or values.min() < 0 or int(values.sum()) != height * width:
            raise ValueError(f"'counts' of a run-length mask do not add up to its {height}×{width} px")
        edges = np.cumsum(values)
        ends, starts = edges[1::2], edges[: 2 * (edges.size // 2) : 2]
        full = starts < ends
        return cls(height, width, _counts(*_joined(starts[full], ends[full]), height * width))

    def _runs(self) -> tuple[Integers, Integers]:
        """First index and index past the last of each run of crack pixels, column-major."""
        edges = np.cumsum(np.array(self.counts, dtype=np.int64))
        return edges[: 2 * (edges.size // 2) : 2], edges[1::2]


def _split_by_column(starts: Integers, ends: Integers, height: int) -> tuple[Integers, Integers, Integers]:
    """Cut runs at the bottom of each column: column, first row, row past the last of each piece."""
    first, last = starts // height, (ends - 1) // height
    pieces = last - first + 1
    run = np.repeat(np.arange(starts.size), pieces)
    number = np.arange(run.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    column = first[run] + number
    top = np.maximum(starts[run] - column * height, 0)
    bottom = np.minimum(ends[run] - column * height, height)
    return column, top, bottom


def _joined(starts: Integers, ends: Integers) -> tuple[Integers, Integers]:
    """Join runs that touch (a document may part them by a run of length 0)."""
    apart = starts[1:] > ends[:-1]
    ones = np.ones(min(starts.size, 1), dtype=np.bool_)
    return starts[np.concatenate([ones, apart])], ends[np.concatenate([apart, ones])]


def _counts(starts: Integers, ends: Integers, total: int) -> tuple[int, ...]:
    edges = np.empty(2 * starts.size + 1, np.int64)
    edges[0:-1:2], edges[1:-1:2], edges[-1] = starts, ends, total
    counts: list[int] = np.diff(edges, prepend=0).tolist()
    return tuple(counts if counts[-1] > 0 or len(counts) == 1 else counts[:-1])


def _size(size: object) -> tuple[int, int]:
    if not isinstance(size, list | tuple) or len(size) != 2 or any(type(side) is not int for side in size):
        raise ValueError("'size' of a run-length mask must be [height, width]")
    height, width = size
    if height < 1 or width < 1 or height * width > MAX_PIXELS:
        raise ValueError(f"'size' of a run-length mask is impossible: {height}×{width} px")
    return height, width
