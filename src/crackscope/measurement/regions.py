"""Find the connected cracks of a probability map that comes in strips."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, ProbabilityMap
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.measurement.region import Region

_BAND_PX = 1 << 22  # labels take 4 bytes a pixel: this many pixels are labelled at a time

_PIXELS_AT_ONCE = 1 << 22  # a pixel takes some 40 bytes on its way into run lengths


class RegionAssembler:
    """Collects strips of one photo's probability map, top to bottom, into connected regions.

    Crack pixels, those with at least the threshold, are kept as runs along their rows; memory goes with the
    number of crack pixels plus one strip, never with the photo's size. The result equals labelling the whole
    map at once.

    Parameters
    ----------
    height, width : int
        Of the photo, in px.
    threshold : float
        Crack where the probability is at least this.

    Raises
    ------
    ValueError
        If the photo has no pixels.

    Examples
    --------
    >>> probability = np.array([[0.9, 0.1, 0.1], [0.1, 0.7, 0.1], [0.1, 0.1, 0.1]], np.float32)
    >>> assembler = RegionAssembler(3, 3, 0.5)
    >>> assembler.add(0, probability[:1])
    >>> assembler.add(1, probability[1:])
    >>> [(region.area_px, region.box) for region in assembler.finish()]
    [(2, Box(row=0, column=0, height=2, width=2))]
    """

    def __init__(self, height: int, width: int, threshold: float) -> None:
        if height < 1 or width < 1:
            raise ValueError(f"a photo of {height}×{width} px has no pixels")
        self._height, self._width, self._threshold = height, width, threshold
        self._next_row = 0
        self._parents = [0]
        self._last_row = np.zeros(width, np.int32)
        self._runs: list[NDArray[np.int32]] = []  # columns: row, first column, length, label
        self._sums: list[NDArray[np.float64]] = []
        self._peaks: list[NDArray[np.float32]] = []

    def add(self, row0: int, probability: ProbabilityMap) -> None:
        """Take the next strip.

        Parameters
        ----------
        row0 : int
            The strip's first row in the photo: the row after the last strip's.
        probability : float32 array, shape (rows, width)

        Raises
        ------
        ValueError
            If the strip does not follow the one before, or has another width than the photo.
        """
        if probability.ndim != 2 or probability.shape[1] != self._width:
            raise ValueError(
                f"a strip of shape {probability.shape} does not fit a photo {self._width} px wide"
            )
        if row0 != self._next_row or row0 + probability.shape[0] > self._height:
            raise ValueError(
                f"strip of rows {row0}…{row0 + probability.shape[0]} where {self._next_row} is next"
            )
        rows = max(1, _BAND_PX // self._width)
        for first in range(0, probability.shape[0], rows):
            self._add_band(row0 + first, probability[first : first + rows])
        self._next_row += probability.shape[0]

    def finish(self) -> list[Region]:
        """Return the regions, in the order of their first pixel from the top left.

        Raises
        ------
        ValueError
            If strips are missing.
        """
        if self._next_row != self._height:
            raise ValueError(f"rows {self._next_row}…{self._height} of the photo were never added")
        if not self._runs:
            return []
        runs = np.concatenate(self._runs)
        roots = np.array([self._root(label) for label in range(len(self._parents))])[runs[:, 3]]
        _, first_run, region = np.unique(roots, return_index=True, return_inverse=True)
        by_place = np.argsort(np.argsort(first_run))[region]
        order = np.argsort(by_place, kind="stable")
        runs = runs[order]
        sums, peaks = np.concatenate(self._sums)[order], np.concatenate(self._peaks)[order]
        edges = np.searchsorted(by_place[order], np.arange(first_run.size + 1))
        return [
            self._region(runs[a:b], float(sums[a:b].sum()), float(peaks[a:b].max()))
            for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        ]

    def _add_band(self, row0: int, probability: ProbabilityMap) -> None:
        mask: BoolMask = np.ascontiguousarray(probability >= self._threshold)
        pixels = np.flatnonzero(mask)
        if pixels.size == 0:
            self._last_row = np.zeros(self._width, np.int32)
            return
        _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
        offset = len(self._parents) - 1
        self._parents.extend(range(offset + 1, offset + 1 + int(labels.max())))
        row, column = np.divmod(pixels, self._width)
        opens = np.empty(pixels.size, np.bool_)
        opens[0] = True
        np.not_equal(pixels[1:], pixels[:-1] + 1, out=opens[1:])
        opens |= column == 0
        starts = np.flatnonzero(opens)
        run = np.empty((starts.size, 4), np.int32)
        run[:, 0] = row[starts] + row0
        run[:, 1] = column[starts]
        run[:, 2] = np.diff(starts, append=pixels.size)
        run[:, 3] = labels.reshape(-1)[pixels[starts]] + offset
        values = probability[row, column]
        self._runs.append(run)
        self._sums.append(np.add.reduceat(values, starts, dtype=np.float64))
        self._peaks.append(np.maximum.reduceat(values, starts))
        self._join(np.where(mask[0], labels[0] + offset, 0))
        self._last_row = np.where(mask[-1], labels[-1] + offset, 0)

    def _join(self, top: NDArray[np.int32]) -> None:
        above, width = self._last_row, self._width
        for shift in (-1, 0, 1):
            a = above[max(0, shift) : width + min(0, shift)]
            b = top[max(0, -shift) : width + min(0, -shift)]
            touching = (a > 0) & (b > 0)
            for one, other in np.unique(np.stack([a[touching], b[touching]], axis=1), axis=0).tolist():
                self._union(one, other)

    def _root(self, label: int) -> int:
        parents = self._parents
        while parents[label] != label:
            parents[label] = parents[parents[label]]
            label = parents[label]
        return label

    def _union(self, one: int, other: int) -> None:
        a, b = self._root(one), self._root(other)
        self._parents[max(a, b)] = min(a, b)

    def _region(self, runs: NDArray[np.int32], total: float, peak: float) -> Region:
        rows, starts, lengths = runs[:, :3].T
        area = int(lengths.sum())
        top, left = int(rows.min()), int(starts.min())
        box = Box(top, left, int(rows.max()) - top + 1, int((starts + lengths).max()) - left)
        bands = min(area // _PIXELS_AT_ONCE + 1, box.width)
        edges = np.linspace(left, left + box.width, bands + 1).astype(int).tolist()
        edges[0], edges[-1] = 0, self._width
        counts = [0]
        for first, last in pairwise(edges):
            _append_counts(counts, _band_counts(runs, first, last, self._height))
        return Region(box, RunLengthMask(self._height, self._width, tuple(counts)), area, total / area, peak)


def _band_counts(runs: NDArray[np.int32], first: int, last: int, height: int) -> tuple[int, ...]:
    """Run lengths, column by column, of the pixels in columns `first` up to `last`."""
    starts = np.maximum(runs[:, 1], first)
    lengths = np.minimum(runs[:, 1] + runs[:, 2], last) - starts
    inside = lengths > 0
    rows, starts, lengths = runs[inside, 0], starts[inside] - first, lengths[inside]
    columns = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return RunLengthMask.from_pixels(
        np.repeat(rows, lengths), columns, height=height, width=last - first
    ).counts


def _append_counts(counts: list[int], more: tuple[int, ...]) -> None:
    """Continue run lengths by those of the columns that follow, which begin with background again."""
    if len(counts) % 2 == 1:
        counts[-1] += more[0]
        counts += more[1:]
    elif more[0] == 0 and len(more) > 1:
        counts[-1] += more[1]
        counts += more[2:]
    else:
        counts += more
