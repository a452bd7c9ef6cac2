"""Length, width and direction of one crack."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.centreline import centreline_graph, fill_holes
from crackscope.measurement.crack_widths import CrackWidths, WidthsAlong
from crackscope.measurement.directions import main_direction, steps_along
from crackscope.measurement.graph import CentrelineGraph
from crackscope.measurement.lines import MeasuredLine, measure_lines
from crackscope.measurement.profile.along import PhotoWidths, widths_in_photo
from crackscope.measurement.profile.sampling import Crossings, other_cracks
from crackscope.measurement.region import Region
from crackscope.measurement.shape import UP_DEG, CrackShape, check_axis, crack_shape
from crackscope.measurement.width import inscribed_radius

Polyline = tuple[tuple[float, float], ...]

SIMPLIFY_PX = 0.5
CROSSING = 2.0**0.5
"""Diameter of the disc inscribed where two bands cross at right angles, in widths of the bands."""
CROSSING_PX = 1.0


PROFILES_APART_PX = 5.0
MOST_PROFILES = 100
"""Of one crack: on long ones the places to measure at lie further apart."""
TIP_PX, TIP_WIDTHS = 3.0, 1.0
"""So far from the ends of a line, or so many widths of the mask, whichever is more, no width is taken."""
DISAGREE_PX, DISAGREE_TIMES = 3.0, 2.0
"""Widths of photo and mask that differ by more than both disagree."""
TIP_SD_PX, LENGTH_SD = 1.0, 0.003
"""Standard deviations of where a mask ends, and of the rest of a length as a share of it (drawn cracks)."""
LEAST_MEASURED = 1 / 3
"""Of a crack's length the photo has to tell so much, or its mask is asked instead."""


@dataclass(frozen=True, slots=True)
class CrackMeasurement:
    """What is measured of one crack; lengths in px.

    Parameters
    ----------
    length_px, length_sigma_px : float
        Along the centreline, all branches, from tip to tip, and its standard deviation: of the line that the
        mask shows. What the mask does not show of a crack, nobody knows.
    widths : CrackWidths
        Across the centreline, away from junctions and tips. Where that leaves out most of the crack, or its
        widest part, the largest discs that fit into the mask there count as well.
    along : WidthsAlong
        What `widths` are figures of.
    mask_mean_width_px : float
        Mean width of the mask, whatever `widths` were measured on.
    orientation_deg : float
        Main direction, 0 = horizontal, counter-clockwise as seen, in [0, 180).
    centreline : tuple of polylines
        Each a tuple of (row, column) points in the photo, simplified to half a pixel; (0, 0) is the centre of
        the upper left pixel.
    shape : CrackShape
    """

    length_px: float
    length_sigma_px: float
    widths: CrackWidths
    along: WidthsAlong = field(repr=False, compare=False)
    mask_mean_width_px: float
    orientation_deg: float
    centreline: tuple[Polyline, ...]
    shape: CrackShape

    @property
    def mean_width_px(self) -> float:
        """Mean width, every place weighing as the length of line that it stands for."""
        return self.widths.mean.value

    @property
    def median_width_px(self) -> float:
        """Half of the places are wider."""
        return self.widths.median.value

    @property
    def p95_width_px(self) -> float:
        """One place in twenty is wider."""
        return self.widths.p95.value

    @property
    def max_width_px(self) -> float:
        """The largest width."""
        return self.widths.maximum.value

    @property
    def max_width_at(self) -> tuple[float, float]:
        """Where the crack is widest: (row, column) in the photo."""
        return self.widths.maximum_at

    @property
    def widths_disagree(self) -> bool:
        """Whether photo and mask differ so much that one of them cannot be right.

        Masks of hairlines are three pixels wide whatever the crack's width, so a factor alone says nothing.
        """
        narrow, wide = sorted((self.widths.mean.value, self.mask_mean_width_px))
        return wide - narrow > DISAGREE_PX and wide > DISAGREE_TIMES * narrow


def measure(region: Region, photo: GreyPixels | None = None, *, axis_deg: float = UP_DEG) -> CrackMeasurement:
    """Measure one crack; see `measure_cracks`.

    Examples
    --------
    >>> from crackscope.measurement.regions import RegionAssembler
    >>> probability = np.zeros((20, 60), np.float32)
    >>> probability[8:11, 5:45] = 1.0
    >>> assembler = RegionAssembler(20, 60, 0.5)
    >>> assembler.add(0, probability)
    >>> crack = measure(assembler.finish()[0])
    >>> round(crack.length_px, 1), round(crack.mean_width_px, 1), crack.orientation_deg
    (40.0, 3.0, 0.0)
    """
    return measure_cracks([region], photo, axis_deg=axis_deg)[0]


def measure_cracks(
    regions: Sequence[Region], photo: GreyPixels | None = None, *, axis_deg: float = UP_DEG
) -> list[CrackMeasurement]:
    """Measure the cracks of a photo.

    A mask is thinned to a graph, its lines are smoothed to sub-pixel accuracy and led on to the crack's tips,
    and widths are taken at right angles to them: on the photo, where it is given and tells, or else on the
    mask.

    Parameters
    ----------
    regions : sequence of Region
    photo : uint8 array, shape (H, W), optional
        Which the regions were found in, in shades of grey.
    axis_deg : float
        Direction of travel, or of the member, against which cracks are longitudinal or transverse; 0 =
        horizontal, counter-clockwise as seen.

    Returns
    -------
    list of CrackMeasurement
        One for each region.

    Raises
    ------
    ValueError
        If the axis is not a finite number.
    """
    check_axis(axis_deg)
    drafts = [_Draft.of(region, axis_deg) for region in regions]
    if photo is None or not drafts:
        return [draft.finished(None) for draft in drafts]
    counts = [len(draft.crossings.points) for draft in drafts]
    seen = widths_in_photo(
        photo,
        Crossings.joined([draft.crossings for draft in drafts]),
        np.concatenate([draft.hidden for draft in drafts]),
        np.repeat(np.arange(len(drafts)), counts),
    )
    ends = np.cumsum(counts).tolist()
    return [
        draft.finished(seen.part(slice(end - count, end)))
        for draft, count, end in zip(drafts, counts, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    """A crack measured on its mask, and the places where the photo is to be asked.

    Parameters
    ----------
    length_px, length_sigma_px, orientation_deg, centreline, shape
        See `CrackMeasurement`.
    mask_widths : WidthsAlong
    crossings : Crossings
        In the photo's rows and columns; none where the mask alone can tell.
    shares_px : float array, shape (N,)
        Length of line that each crossing stands for.
    line_of : int array, shape (N,)
        Number of the line that each crossing is on.
    hidden : bool array, shape (N, L)
        See `other_cracks`.
    """

    length_px: float
    length_sigma_px: float
    orientation_deg: float
    centreline: tuple[Polyline, ...]
    shape: CrackShape
    mask_widths: WidthsAlong
    crossings: Crossings
    shares_px: FloatArray
    line_of: NDArray[np.intp]
    hidden: BoolMask

    @classmethod
    def of(cls, region: Region, axis_deg: float) -> _Draft:
        """Measure the mask."""
        canvas = Canvas.from_region(region)
        graph = centreline_graph(canvas)
        canvas = _without_flaws(canvas, graph) or canvas
        lines = measure_lines(graph, canvas)
        length = sum(line.length_px for line in lines)
        origin = np.array([region.box.row, region.box.column], np.float64)
        on_mask = _widths(lines, graph, canvas)
        if on_mask.widths_px.size == 0:  # a crack of a few pixels
            nowhere = np.full((1, 2), np.nan)
            on_mask = WidthsAlong(
                lines[0].points[:1], nowhere, np.array([region.area_px / length]), np.ones(1)
            )
        has_discs = len(on_mask.widths_px) > sum(len(line.widths) for line in lines)
        crossings, crossing_shares, line_of = _crossings([] if has_discs else lines, length)
        return cls(
            length_px=length,
            length_sigma_px=math.hypot(TIP_SD_PX * _tips(graph) ** 0.5, LENGTH_SD * length),
            orientation_deg=main_direction(steps_along([line.points for line in lines]))[0],
            centreline=tuple(_polyline(line.points + origin) for line in lines),
            shape=crack_shape(graph, lines, axis_deg=axis_deg),
            mask_widths=replace(on_mask, places=on_mask.places + origin),
            crossings=replace(crossings, points=crossings.points + origin),
            shares_px=crossing_shares,
            line_of=line_of,
            hidden=other_cracks(canvas, crossings),
        )

    def finished(self, seen: PhotoWidths | None) -> CrackMeasurement:
        """Take the photo's widths where it tells enough."""
        widths = self.mask_widths
        if seen is not None and self.shares_px.size:
            known = np.isfinite(seen.widths_px)
            if known.any() and self.shares_px[known].sum() >= LEAST_MEASURED * self.shares_px.sum():
                widths = WidthsAlong.on_photo(
                    self.crossings.points[known],
                    self.crossings.normals[known],
                    widths_px=seen.widths_px[known],
                    shares_px=self.shares_px[known],
                    fit_sd_px=seen.fit_sd_px[known],
                    line_of=self.line_of[known],
                )
        return CrackMeasurement(
            length_px=self.length_px,
            length_sigma_px=self.length_sigma_px,
            widths=widths.figures(),
            along=widths,
            mask_mean_width_px=self.mask_widths.mean_px,
            orientation_deg=self.orientation_deg,
            centreline=self.centreline,
            shape=self.shape,
        )


def _tips(graph: CentrelineGraph) -> int:
    """Count the free ends of a crack; one that thinned to a point has two."""
    return int(np.count_nonzero(graph.degrees == 1)) if graph.edges else 2


def _crossings(
    lines: Sequence[MeasuredLine], length_px: float
) -> tuple[Crossings, FloatArray, NDArray[np.intp]]:
    """Choose places at even distances along lines, away from their ends.

    Returns
    -------
    crossings : Crossings
    shares_px : float array, shape (N,)
        Length of line that each stands for.
    line_of : int array, shape (N,)
        Number of the line.
    """
    apart = max(PROFILES_APART_PX, length_px / MOST_PROFILES)
    parts, shares, line_of = [Crossings.none()], [np.empty(0)], [np.empty(0, np.intp)]
    for number, line in enumerate(lines):
        inner = np.flatnonzero(_from_ends(line) >= np.maximum(TIP_PX, TIP_WIDTHS * line.widths))
        if not inner.size:
            inner = np.arange(len(line.widths))
        along = np.cumsum(line.shares[inner]) - line.shares[inner] / 2
        first = np.flatnonzero(np.diff((along / apart).astype(np.intp), prepend=-1))
        middle = inner[(first + np.append(first[1:], len(along))) // 2]
        parts.append(Crossings(line.width_places[middle], line.width_normals[middle], line.widths[middle]))
        line_of.append(np.full(middle.size, number))
        if middle.size:
            shares.append(np.add.reduceat(line.shares[inner], first))
    return Crossings.joined(parts), np.concatenate(shares), np.concatenate(line_of)


def _from_ends(line: MeasuredLine) -> FloatArray:
    """Distance of the places where the width is taken from the nearer end of their line."""
    away = [np.hypot(*(line.width_places - line.points[end]).T) for end in (0, -1)]
    nearer: FloatArray = np.minimum(*away)
    return nearer


def _without_flaws(canvas: Canvas, graph: CentrelineGraph) -> Canvas | None:
    """Fill the holes that thinning passes over, so that they do not halve the width beside them."""
    length = sum(edge.length_px for edge in graph.edges)
    if length == 0.0:
        return None
    return fill_holes(canvas, up_to_px=(np.count_nonzero(canvas.pixels) / length) ** 2)


def _widths(lines: Sequence[MeasuredLine], graph: CentrelineGraph, canvas: Canvas) -> WidthsAlong:
    """Gather the mask's widths along all lines.

    Near junctions the width across a line is that of its branches, too, so those places are left out. In a
    wide crack with a ragged border, though, little else may be left but its thinnest ends. Then the discs
    inscribed near junctions count: all of them where less than half of the line is left, and the largest
    where it is wider than where two branches of the largest width cross (√2 times as wide).
    """
    widths = np.concatenate([line.widths for line in lines])
    shares = np.concatenate([line.shares for line in lines])
    places = np.concatenate([line.width_places for line in lines])
    normals = np.concatenate([line.width_normals for line in lines])
    left_out = np.concatenate([line.junction_shares for line in lines])
    mostly_junctions = shares.sum() < left_out.sum()
    widest = widths.max(initial=0.0)
    if left_out.size == 0 or not (
        mostly_junctions or 2.0 * graph.radii_px.max() > CROSSING * widest + CROSSING_PX
    ):
        return WidthsAlong(places, normals, widths, shares)
    discs_at = np.concatenate([line.junction_places for line in lines])
    discs = 2.0 * inscribed_radius(canvas, discs_at)
    if mostly_junctions:
        kept = discs > 0.0
    else:
        kept = (discs > CROSSING * widest + CROSSING_PX) & (discs == discs.max())
    return WidthsAlong(
        np.concatenate([places, discs_at[kept]]),
        np.concatenate([normals, np.full((np.count_nonzero(kept), 2), np.nan)]),
        np.concatenate([widths, discs[kept]]),
        np.concatenate([shares, left_out[kept]]),
    )


def _polyline(points: FloatArray) -> Polyline:
    kept = cv2.approxPolyDP(points.astype(np.float32)[:, None], SIMPLIFY_PX, closed=False)[:, 0]
    if not np.array_equal(
        kept[-1], points[-1].astype(np.float32)
    ):  # left out where a line ends near its start
        kept = np.concatenate([kept, points[-1:]])
    return tuple((round(row, 2), round(column, 2)) for row, column in kept.tolist())
