"""One photo as the report's page wants it: a short JSON array."""

from __future__ import annotations

from typing import Any

from crackscope.inspection.inspection import CRACK, NOTES, Crack, Inspection
from crackscope.reports.overlays import OVERLAYS_FOLDER
from crackscope.reports.report import Pictures

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
        `NONE`, coverage or null where only a classifier looked, and a list per crack: number, length, mean
        and maximum width in px, orientation in degrees, mean probability, box (row, column, height, width),
        standard deviations of the two widths in px or `NONE`, what the rule says and what is worth knowing or
        `NONE`, and, where the scale is known, length, mean and maximum width and the two standard deviations
        in mm. Widths are rounded as they are shown. Where a classifier looked there are three more: 1 for a
        crack or 0, its probability, and `LOOKED_AT` or `SCREENED_OUT`.
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
        row += [_short(crack.mean_width_sigma_mm or NONE, 3), _short(crack.max_width_sigma_mm or NONE, 3)]
    return row


def _words(crack: Crack) -> str:
    severity = [] if crack.severity is None else [crack.severity.text]
    return "; ".join(severity + [NOTES[note] for note in crack.notes if note in NOTES])


def _short(value: float, decimals: int) -> float:
    rounded = round(value, decimals)
    return int(rounded) if rounded == int(rounded) else rounded
