"""From regions to the cracks of an Inspection: filtered, measured, numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crackscope.engine.model_card import CrackFilter
from crackscope.imaging.arrays import GreyPixels
from crackscope.inspection.inspection import CUT_OFF, NO_LINE, SCALE_UNSURE, WIDTHS_DISAGREE, Crack
from crackscope.measurement.crack_widths import Figure
from crackscope.measurement.filter import keep
from crackscope.measurement.measure import CrackMeasurement, measure_cracks
from crackscope.measurement.region import Region
from crackscope.measurement.scale import PhotoScale
from crackscope.measurement.severity import ChosenRule
from crackscope.measurement.shape import UP_DEG
from crackscope.measurement.wall_view import UNSURE

LEAST_WIDTHS_LONG = 2.0
"""A crack is so many times as long as its mask is wide; anything else is a blob."""


def measured_cracks(
    regions: Sequence[Region],
    crack_filter: CrackFilter,
    *,
    scale: PhotoScale | None,
    photo: GreyPixels | None = None,
    rule: ChosenRule | None = None,
    axis_deg: float = UP_DEG,
) -> tuple[Crack, ...]:
    """Measure the regions that count as cracks.

    Parameters
    ----------
    regions : sequence of Region
    crack_filter : CrackFilter
        Of the model that saw them.
    scale : PhotoScale, optional
        With it, lengths and widths are there in mm too, of cracks where it is sure.
    photo : uint8 array, shape (H, W), optional
        In shades of grey; with it, widths are measured on the photo rather than on masks.
    rule : ChosenRule, optional
        Judges cracks where there is a scale.
    axis_deg : float
        See `measure_cracks`.

    Returns
    -------
    tuple of Crack
        Longest first.
    """
    kept = [
        region
        for region in regions
        if keep(
            region,
            min_length_px=crack_filter.min_length_px,
            min_peak_probability=crack_filter.min_peak_probability,
            min_mean_probability=crack_filter.min_mean_probability,
        )
    ]
    found = measure_cracks(kept, photo, axis_deg=axis_deg)
    return _numbered([_crack(region, own, scale, rule) for region, own in zip(kept, found, strict=True)])


def _crack(
    region: Region, found: CrackMeasurement, scale: PhotoScale | None, rule: ChosenRule | None
) -> Crack:
    widths, notes = found.widths, _notes(region, found)
    widest_at = found.max_width_at
    mm: dict[str, float] = {}
    if scale is not None:
        outline = np.concatenate([np.array(line, np.float64).reshape(-1, 2) for line in found.centreline])
        if scale.relative_sigma(outline) <= UNSURE:
            mm, widest_at = _in_mm(found, scale, scale.relative_sigma(outline))
        else:
            notes = (*notes, SCALE_UNSURE)
    severity = None
    if rule is not None and mm:
        severity = rule.judge(mm[f"{rule.rule.figure}_mm"], mm[f"{rule.rule.figure}_sigma_mm"])
    return Crack(
        number=1,
        box=region.box,
        mask=region.mask,
        area_px=region.area_px,
        length_px=found.length_px,
        length_sigma_px=found.length_sigma_px,
        mean_width_px=found.mean_width_px,
        median_width_px=found.median_width_px,
        p95_width_px=found.p95_width_px,
        max_width_px=found.max_width_px,
        max_width_at=widest_at,
        orientation_deg=found.orientation_deg,
        mean_probability=region.mean_probability,
        peak_probability=region.peak_probability,
        # 0.01 px is finer than any photo tells, and takes a third of the JSON that all digits would.
        centreline=tuple(
            tuple((round(row, 2), round(column, 2)) for row, column in line) for line in found.centreline
        ),
        mean_width_sigma_px=widths.mean.sigma,
        median_width_sigma_px=widths.median.sigma,
        p95_width_sigma_px=widths.p95.sigma,
        max_width_sigma_px=widths.maximum.sigma,
        width_source=widths.source,
        mask_mean_width_px=found.mask_mean_width_px,
        widths=widths.along,
        severity=severity,
        notes=notes,
        branches=found.shape.branches,
        junctions=found.shape.junctions,
        tortuosity=round(found.shape.tortuosity, 4),
        orientation_histogram=tuple(round(share, 4) for share in found.shape.orientation_histogram),
        pattern=found.shape.pattern,
        **mm,
    )


def _notes(region: Region, found: CrackMeasurement) -> tuple[str, ...]:
    box, mask = region.box, region.mask
    at_border = (
        box.row == 0
        or box.column == 0
        or box.row + box.height == mask.height
        or box.column + box.width == mask.width
    )
    compact = found.length_px < LEAST_WIDTHS_LONG * found.mask_mean_width_px
    notes = ((at_border, CUT_OFF), (found.widths_disagree, WIDTHS_DISAGREE), (compact, NO_LINE))
    return tuple(note for holds, note in notes if holds)


def _in_mm(
    found: CrackMeasurement, scale: PhotoScale, share: float
) -> tuple[dict[str, float], tuple[float, float]]:
    """Lengths and widths in mm by name, and where the crack is widest on the wall.

    `share` is the standard deviation of the scale along the crack, as a share of it.
    """
    widths = found.along.figures_in_mm(scale)
    length = Figure(found.length_px, found.length_sigma_px).scaled(_mm_per_px_along(found, scale), share)
    mm = {"length_mm": length.value, "length_sigma_mm": length.sigma}
    figures = {"mean": widths.mean, "median": widths.median, "p95": widths.p95, "max": widths.maximum}
    for name, figure in figures.items():
        mm[f"{name}_width_mm"] = figure.value
        mm[f"{name}_width_sigma_mm"] = figure.sigma
    return mm, widths.maximum_at


def _mm_per_px_along(found: CrackMeasurement, scale: PhotoScale) -> float:
    """Mean mm per px along the crack."""
    lines = [np.array(line, np.float64).reshape(-1, 2) for line in found.centreline]
    px, mm = (
        sum(float(np.hypot(*np.diff(points, axis=0).T).sum()) for points in each)
        for each in (lines, [scale.to_wall(line) for line in lines])
    )
    return mm / px if px > 0.0 else scale.mm_per_px


def _numbered(cracks: list[Crack]) -> tuple[Crack, ...]:
    # Ties go by place, so that the order never depends on how the photo was cut into strips.
    ordered = sorted(
        cracks, key=lambda crack: (-crack.length_px, crack.box.row, crack.box.column, -crack.area_px)
    )
    return tuple(replace(crack, number=number) for number, crack in enumerate(ordered, start=1))
