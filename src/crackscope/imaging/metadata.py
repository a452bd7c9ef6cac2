"""What a camera writes beside the pixels: time, camera, focal length and place, from EXIF."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

ORIENTATIONS = range(1, 9)
LONGEST_TEXT = 80
LEAST_SENSOR_MM, MOST_SENSOR_MM = 1.0, 100.0
_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
"""Inch, centimetre, millimetre, micrometre, by their EXIF numbers."""
_ZONE = re.compile(r"[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """What is known of how, when and where a photo was taken.

    Parameters
    ----------
    taken_at : str, optional
        ISO 8601, with the zone where the camera gave one.
    camera : str, optional
        Maker and model.
    focal_length_mm : float, optional
        As the lens has it, not converted to 35 mm film.
    latitude_deg, longitude_deg : float, optional
        WGS 84, north and east positive; both or neither.
    altitude_m : float, optional
        Above sea level.
    format : str, optional
        Of the file: ``"JPEG"``, ``"PNG"``, ``"TIFF"``, ``"BMP"`` or ``"WebP"``.
    focal_length_35mm_mm : float, optional
        Of the lens that would show as much on 35 mm film.
    sensor_width_mm : float, optional
        Length of the longer side of the sensor, as far as it is in the photo.
    taken_px : (int, int), optional
        Width and height that the camera stored, before the photo was turned or any program changed it.
    heading_deg : float, optional
        Which way the camera looked, from north over east, below 360.
    position_error_m : float, optional
        Of latitude and longitude, as the receiver estimates it.
    digital_zoom : float, optional
        How much the camera enlarged the middle of what it saw; above 1, or None.
    """

    taken_at: str | None = None
    camera: str | None = None
    focal_length_mm: float | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    altitude_m: float | None = None
    format: str | None = None
    focal_length_35mm_mm: float | None = None
    sensor_width_mm: float | None = None
    taken_px: tuple[int, int] | None = None
    heading_deg: float | None = None
    position_error_m: float | None = None
    digital_zoom: float | None = None


def read_metadata(exif: Image.Exif, *, file_format: str) -> PhotoMetadata:
    """Take from EXIF what makes sense, and leave out what does not.

    Parameters
    ----------
    exif : PIL.Image.Exif
    file_format : str
        Kept in the result.

    Returns
    -------
    PhotoMetadata

    References
    ----------
    CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif version 2.3".
    """
    details = _directory(exif, ExifTags.IFD.Exif)
    place = _directory(exif, ExifTags.IFD.GPSInfo)
    latitude = _angle(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", limit=90)
    longitude = _angle(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", limit=180)
    if (
        latitude is None or longitude is None or latitude == longitude == 0
    ):  # 0, 0 is a receiver without a fix
        latitude = longitude = None
    focal_length = _number(details.get(ExifTags.Base.FocalLength))
    on_film = _number(details.get(ExifTags.Base.FocalLengthIn35mmFilm))
    zoom = _number(details.get(ExifTags.Base.DigitalZoomRatio))
    taken_px = _taken_px(details)
    error_m = _number(place.get(ExifTags.GPS.GPSHPositioningError))
    return PhotoMetadata(
        taken_at=_time(exif, details),
        camera=_camera(exif),
        focal_length_mm=focal_length if focal_length and 0 < focal_length < 10_000 else None,
        latitude_deg=latitude,
        longitude_deg=longitude,
        altitude_m=_altitude(place),
        format=file_format,
        focal_length_35mm_mm=on_film if on_film and 0 < on_film < 10_000 else None,
        sensor_width_mm=_sensor_width(details, taken_px),
        taken_px=taken_px,
        heading_deg=_heading(place),
        digital_zoom=zoom if zoom and 1.0 < zoom < 1000.0 else None,
        position_error_m=error_m if error_m and 0 < error_m < 100_000 else None,
    )


def read_orientation(exif: Image.Exif) -> int:
    """Return the EXIF orientation, 1…8; 1 (upright) where there is none or a senseless one."""
    value = _entry(exif, ExifTags.Base.Orientation)
    return value if isinstance(value, int) and value in ORIENTATIONS else 1


def _directory(exif: Image.Exif, tag: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:  # a damaged directory raises whatever its parser trips over; it is left out
        return {}


def _entry(exif: Image.Exif, tag: int) -> object:
    try:
        return exif.get(tag)
    except Exception:  # as above
        return None


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value.split("\0")[0]).split())[
        :LONGEST_TEXT
    ]


def _time(exif: Image.Exif, details: dict[int, Any]) -> str | None:
    candidates = (
        (details.get(ExifTags.Base.DateTimeOriginal), details.get(ExifTags.Base.OffsetTimeOriginal)),
        (details.get(ExifTags.Base.DateTimeDigitized), details.get(ExifTags.Base.OffsetTimeDigitized)),
        (_entry(exif, ExifTags.Base.DateTime), details.get(ExifTags.Base.OffsetTime)),
    )
    for value, zone in candidates:
        try:
            taken = datetime.strptime(_text(value), "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        offset = _text(zone)
        return taken.isoformat() + (offset if _ZONE.fullmatch(offset) else "")
    return None


def _camera(exif: Image.Exif) -> str | None:
    make, model = (_text(_entry(exif, tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    if model.casefold().startswith(make.casefold()):
        return model or None
    return f"{make} {model}".strip()


def _angle(place: dict[int, Any], tag: int, reference: int, negative: str, *, limit: float) -> float | None:
    parts = place.get(tag)
    if not isinstance(parts, tuple | list) or not 1 <= len(parts) <= 3:
        return None
    numbers = [_number(part) for part in parts]
    total = 0.0
    for number, share in zip(numbers, (1.0, 60.0, 3600.0), strict=False):
        if number is None or number < 0:
            return None
        total += number / share
    if total > limit:
        return None
    return round(-total if _text(place.get(reference)).upper() == negative else total, 8)


def _taken_px(details: dict[int, Any]) -> tuple[int, int] | None:
    width, height = (
        _number(details.get(tag)) for tag in (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight)
    )
    if width is None or height is None or not (1 <= width < 1e6 and 1 <= height < 1e6):
        return None
    return int(width), int(height)


def _sensor_width(details: dict[int, Any], taken_px: tuple[int, int] | None) -> float | None:
    """Longer side of the sensor, from how many of its pixels lie on a unit of length."""
    per_unit = _number(details.get(ExifTags.Base.FocalPlaneXResolution))
    unit = details.get(ExifTags.Base.FocalPlaneResolutionUnit, 2)
    unit_mm = _UNITS_MM.get(unit) if isinstance(unit, int) else None
    if taken_px is None or not per_unit or unit_mm is None or per_unit < 0:
        return None
    width = max(taken_px) * unit_mm / per_unit
    return width if LEAST_SENSOR_MM <= width <= MOST_SENSOR_MM else None


def _heading(place: dict[int, Any]) -> float | None:
    heading = _number(place.get(ExifTags.GPS.GPSImgDirection))
    return None if heading is None or not 0 <= heading <= 360 else heading % 360.0


def _altitude(place: dict[int, Any]) -> float | None:
    altitude = _number(place.get(ExifTags.GPS.GPSAltitude))
    if altitude is None or not 0 <= altitude < 100_000:
        return None
    below = place.get(ExifTags.GPS.GPSAltitudeRef) in (1, b"\x01")
    return -altitude if below else altitude
