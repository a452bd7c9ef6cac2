"""One photo as the report's page wants it: a short JSON array."""

from __future__ import annotations

from typing import Any

from crackscope.inspection.inspection import CRACK, NOTES, Crack, Inspection
from crackscope.reports.figures import density_text, length_text
from crackscope.reports.overlays import OVERLAYS_FOLDER
from crackscope.reports.report import Pictures
from crackscope.reports.scales import scale_text

SAME = 1
"""Stands for a picture's name that is the photo's."""
NONE = 0
"""Stands for what is not known or not there."""
LOOKED_AT, SCREENED_OUT = 0, 1
"""How far a photo that a classifier looked at came."""


def photo_row(inspection: Inspection, pictures: Pictures | None) -> list[Any]:
    """Shorten an inspection to what the page shows; ``page/report.js`` reads it by position.

    Parameters
    ----------
    inspection : Inspection
    pictures : Pictures, optional

    Returns
    -------
    list
        Name, picture name (`SAME`, `NONE` or text), height px, width px, time taken or `NONE`, camera or
        `NONE`, coverage or null where only a classifier looked, a list per crack, why there is no scale or
        `NONE`, and, of a photo with cracks, what else is known of it as pairs of term and text or `NONE`.
        Where a classifier looked there are three more: 1 for a crack or 0, its probability, and `LOOKED_AT`
        or `SCREENED_OUT`.

        Of a crack: number, length, mean and maximum width in px, orientation in degrees, mean probability,
        box (row, column, height, width), standard deviations of the two widths in px or `NONE`, its pattern,
        what the rule says and what is worth knowing or `NONE`, and, where the scale is known, length, mean
        and maximum width and the standard deviations of mean width, maximum width and length in mm. Widths
        are rounded as they are shown.
    """
    photo = inspection.photo
    picture: str | int = NONE
    if pictures is not None:
        name = pictures.overlay.removeprefix(OVERLAYS_FOLDER + "/")
        picture = SAME if name == photo.name else name
    row: list[Any] = [
        photo.name,
        picture,
        photo.height_px,
        photo.width_px,
        photo.taken_at or NONE,
        photo.camera or NONE,
        None if inspection.coverage is None else _short(inspection.coverage, 6),
        [_crack(crack) for crack in inspection.cracks],
        _sentence(inspection.scale_remark or "") or NONE,
        _on_the_wall(inspection) or NONE,
    ]
    if inspection.probability is not None:
        is_cracked = int(inspection.verdict == CRACK)
        outcome = SCREENED_OUT if inspection.is_screened_out else LOOKED_AT
        row += [is_cracked, _short(inspection.probability, 4), outcome]
    return row


def _crack(crack: Crack) -> list[Any]:
    box = crack.box
    row: list[Any] = [
        crack.number,
        _short(crack.length_px, 1),
        _short(crack.mean_width_px, 1),
        _short(crack.max_width_px, 1),
        _short(crack.orientation_deg, 0),
        _short(crack.mean_probability, 2),
        box.row,
        box.column,
        box.height,
        box.width,
        _short(crack.mean_width_sigma_px or NONE, 2),
        _short(crack.max_width_sigma_px or NONE, 2),
        _words(crack) or NONE,
    ]
    if crack.length_mm is not None and crack.mean_width_mm is not None and crack.max_width_mm is not None:
        row += [_short(crack.length_mm, 2), _short(crack.mean_width_mm, 2), _short(crack.max_width_mm, 2)]
        sigmas = (crack.mean_width_sigma_mm, crack.max_width_sigma_mm, crack.length_sigma_mm)
        row += [_short(sigma or NONE, 3) for sigma in sigmas]
    return row


def _sentence(remark: str) -> str:
    return remark[:1].upper() + remark[1:]


def _on_the_wall(inspection: Inspection) -> list[tuple[str, str]]:
    """Tell what a photo with cracks says of the wall."""
    size = inspection.scale_mm_per_px
    if not inspection.cracks or size is None:
        return []
    words = [("Scale", scale_text(size, inspection.scale_sigma_mm_per_px, inspection.scale_origin))]
    if inspection.density_m_per_m2 is not None:
        words.append(("Cracks per area", density_text(inspection.density_m_per_m2)))
    if inspection.spacing_mm is not None and len(inspection.cracks) > 1:  # of one it is no distance
        words.append(("Spacing", length_text(inspection.spacing_mm, "mm")))
    return words


def _words(crack: Crack) -> str:
    severity = [] if crack.severity is None else [crack.severity.text]
    notes = [NOTES[note] for note in crack.notes if note in NOTES]
    return "; ".join([*_pattern(crack), *severity, *notes])


def _pattern(crack: Crack) -> list[str]:
    """Name the pattern, and count the lines where that is what it is about."""
    if crack.pattern is None:
        return []
    is_counted = crack.pattern in ("branched", "map") and crack.branches is not None
    return [f"{crack.pattern}, {crack.branches:,} branches" if is_counted else crack.pattern]


def _short(value: float, decimals: int) -> float:
    rounded = round(value, decimals)
    return int(rounded) if rounded == int(rounded) else rounded
