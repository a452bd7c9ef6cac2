"""The width along each crack, as the colours of the line around it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray, RgbPixels
from crackscope.inspection.inspection import Crack, Inspection
from crackscope.measurement.measure import MOST_PROFILES, PROFILES_APART_PX
from crackscope.reports.oblique import wall_view
from crackscope.reports.width_legend import WidthColours, legend

ON_LINE_PX = 2.0
"""Places further from every centreline belong to none."""
JOINED_APARTS = 2.5
"""Neighbours are joined if they are no further apart than so many distances that places are chosen at."""
PIECE_PX = 4.0
PLACES_AT_ONCE = 1 << 19
LEAST_ROOM = 2.5
"""Widths are drawn if the legend goes so often into the picture, both across and upwards."""
UNKNOWN = (214, 214, 214)
"""Where the width is not known: at junctions, at tips, and where the photo does not tell."""
CELL_PX = 2
LEAST_CELLS, MOST_CELLS = 1 << 12, 1 << 22
"""Of one crack, and of all cracks of a photo: of large ones the nearest place is found less finely."""


@dataclass(frozen=True, slots=True, eq=False)
class WidthLine:
    """A stretch of a crack's centreline whose width is known all along.

    Parameters
    ----------
    points : float array, shape (N, 2)
        (row, column) in px of the photo, N at least 2.
    widths : float array, shape (N,)
        There, in the unit of the photo's widths: mm where its scale is known, else px.
    """

    points: FloatArray
    widths: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class WidthRims:
    """How the widths of a photo are drawn.

    Parameters
    ----------
    around : list of WidthRim
        One for each crack.
    legend : uint8 array, shape (H, W, 3)
    """

    around: list[WidthRim]
    legend: RgbPixels


def width_rims(
    inspection: Inspection, *, factor: int, text_px: int, room: tuple[int, int]
) -> WidthRims | None:
    """Choose the colours of a photo's widths, the same scale of colours for all of its cracks.

    Parameters
    ----------
    inspection : Inspection
    factor : int
        Px of the picture that is drawn upon, per px of the photo.
    text_px : int
        Height of the legend's text.
    room : (int, int)
        Height and width of the picture as it is shown.

    Returns
    -------
    WidthRims or None
        None if no width is known, or the legend does not go `LEAST_ROOM` times into the picture both ways.
    """
    lines = width_lines(inspection)
    widths = np.concatenate([np.empty(0), *(line.widths for own in lines for line in own)])
    if not widths.size or widths.max() <= 0.0:
        return None
    unit = "px" if inspection.scale_mm_per_px is None else "mm"
    colours = WidthColours.over(float(widths.min()), float(widths.max()), unit)
    drawn = legend(colours, text_px=text_px)
    if any(LEAST_ROOM * own > side for own, side in zip(drawn.shape[:2], room, strict=True)):
        return None
    cells = max(LEAST_CELLS, MOST_CELLS // len(lines))
    around = [
        WidthRim(crack, own, colours, factor=factor, most_cells=cells)
        for crack, own in zip(inspection.cracks, lines, strict=True)
    ]
    return WidthRims(around, drawn)


def width_lines(inspection: Inspection) -> list[list[WidthLine]]:
    """Take the widths of a photo's cracks along their centrelines.

    Places that are neighbours on the same line, and close together, are joined along it; never across a gap
    or from one branch to another. Where the scale is known, cracks without figures in mm have no lines. In
    an oblique photo a width is what it is on the wall, at right angles to the centreline there.

    Returns
    -------
    list of lists of WidthLine
        One for each crack.
    """
    view, factor = wall_view(inspection), inspection.scale_mm_per_px
    found = []
    for crack in inspection.cracks:
        own: list[WidthLine] = []
        if crack.widths and (factor is None or crack.max_width_mm is not None):
            for points, widths_px, normals in _stretches(crack):
                scales = factor or 1.0 if view is None else view.across_mm_per_px(points, normals)
                line = WidthLine(points, widths_px * scales)
                if np.isfinite(line.widths).all():
                    own.append(line)
        found.append(own)
    return found


class WidthRim:
    """Gives the line around a crack the colour of the width at the nearest place; see `RimColours`.

    Parameters
    ----------
    crack : Crack
    lines : sequence of WidthLine
        Of this crack.
    colours : WidthColours
    factor : int
        Px of the picture per px of the photo.
    most_cells : int
        Into which the crack's box is divided.
    """

    def __init__(
        self,
        crack: Crack,
        lines: Sequence[WidthLine],
        colours: WidthColours,
        *,
        factor: int = 1,
        most_cells: int = MOST_CELLS,
    ) -> None:
        points = np.concatenate([np.empty((0, 2)), *(line.points for line in lines)])
        shown = colours.of(np.concatenate([np.empty(0), *(line.widths for line in lines)]))
        half_px = max(crack.max_width_px, 2.0 * (crack.mask_mean_width_px or 0.0)) / 2.0
        self._reach_px = (half_px + _apart(crack)) * factor
        box = crack.box
        self._origin = np.array([box.row, box.column]) * factor
        tall, wide = box.height * factor, box.width * factor
        self._cell_px = max(CELL_PX, math.ceil(math.sqrt(tall * wide / most_cells)))
        free = np.ones((tall // self._cell_px + 1, wide // self._cell_px + 1), np.uint8)
        rows, columns = self._cells(((points + 0.5) * factor - 0.5).T, free.shape)
        free[rows, columns] = 0
        if len(points):
            away, self._nearest = cv2.distanceTransformWithLabels(
                free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
            )
        else:
            away, self._nearest = np.full(free.shape, np.inf), np.zeros(free.shape, np.int32)
        self._away_px = away * self._cell_px
        self._table = np.full((int(self._nearest.max()) + 1, 3), UNKNOWN, np.uint8)
        self._table[self._nearest[rows, columns]] = shown

    def __call__(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Give the colours at rows and columns of the picture: uint8, shape (N, 3)."""
        at = self._cells((rows, columns), self._nearest.shape)
        shown: NDArray[np.uint8] = self._table[self._nearest[at]]
        shown[self._away_px[at] > self._reach_px] = UNKNOWN
        return shown

    def _cells(
        self, places: Iterable[NDArray[Any]], shape: tuple[int, ...]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the nearest cells; the line around a crack lies a little outside its box."""
        row, column = (
            np.clip((each - origin) // self._cell_px, 0, size - 1).astype(np.intp)
            for each, origin, size in zip(places, self._origin, shape, strict=True)
        )
        return row, column


def _apart(crack: Crack) -> float:
    """How far apart places of a crack are chosen, in px."""
    return max(PROFILES_APART_PX, crack.length_px / MOST_PROFILES)


def _stretches(crack: Crack) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Yield points on the centreline, the widths in px and the normals there."""
    apart = _apart(crack)
    given = np.array(crack.widths, np.float64).reshape(-1, 3)
    polylines = [np.array(line, np.float64) for line in crack.centreline if len(line) > 1]
    line_of, along = _on_lines(given[:, :2], polylines)
    for number, polyline in enumerate(polylines):
        own = np.flatnonzero(line_of == number)
        own = own[np.argsort(along[own], kind="stable")]
        far = np.flatnonzero(np.diff(along[own]) > JOINED_APARTS * apart) + 1
        for group in np.split(own, far):
            if group.size:
                yield from _along(polyline, along[group], given[group, 2], apart)


def _on_lines(places: FloatArray, polylines: Sequence[FloatArray]) -> tuple[NDArray[np.intp], FloatArray]:
    """Find the line that each place is on, -1 for none, and how far along it, in px."""
    starts = np.concatenate([np.empty((0, 2)), *(line[:-1] for line in polylines)])
    steps = np.concatenate([np.empty((0, 2)), *(np.diff(line, axis=0) for line in polylines)])
    if not len(starts):
        return np.full(len(places), -1), np.zeros(len(places))
    numbers = np.repeat(np.arange(len(polylines)), [len(line) - 1 for line in polylines])
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    before = np.concatenate([np.cumsum(_lengths(line)) - _lengths(line) for line in polylines])
    squares = np.where(lengths > 0.0, lengths**2, 1.0)
    line_of, along = [], []
    for some in np.array_split(places, -(-len(places) * len(starts) // PLACES_AT_ONCE)):
        away = some[:, None] - starts
        share = np.clip((away * steps).sum(axis=2) / squares, 0.0, 1.0)
        distance = np.hypot(*np.moveaxis(away - share[..., None] * steps, 2, 0))
        nearest = distance.argmin(axis=1)
        each = np.arange(len(some))
        line_of.append(np.where(distance[each, nearest] <= ON_LINE_PX, numbers[nearest], -1))
        along.append(before[nearest] + share[each, nearest] * lengths[nearest])
    return np.concatenate(line_of), np.concatenate(along)


def _along(
    polyline: FloatArray, along: FloatArray, widths: FloatArray, apart: float
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Follow a line through places on it, half a distance beyond the first and the last."""
    lengths = _lengths(polyline)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    first, last = max(along[0] - apart / 2, 0.0), min(along[-1] + apart / 2, float(at[-1]))
    even = np.linspace(first, last, 2 + int((last - first) / PIECE_PX))
    where = np.unique(np.concatenate([even, at[(at > first) & (at < last)]]))
    if where.size < 2:
        return
    points = np.column_stack([np.interp(where, at, polyline[:, axis]) for axis in (0, 1)])
    step = np.diff(polyline, axis=0)[
        np.clip(np.searchsorted(at, where, side="right") - 1, 0, len(lengths) - 1)
    ]
    with np.errstate(invalid="ignore"):
        normals = step[:, ::-1] * (1.0, -1.0) / np.hypot(step[:, 0], step[:, 1])[:, None]
    yield points, np.interp(where, along, widths), normals


def _lengths(polyline: FloatArray) -> FloatArray:
    lengths: FloatArray = np.hypot(*np.diff(polyline, axis=0).T)
    return lengths
