"""Photos and cracks on a map, for geographic information systems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crackscope.inspection.inspection import Crack, Inspection
from crackscope.reports.map_places import Facing, place_crack
from crackscope.reports.report import Pictures, Report

GEOJSON_FILE = "photos.geojson"
_CRACK_FIGURES = {
    "length_mm": 2,
    "mean_width_mm": 4,
    "mean_width_sigma_mm": 4,
    "max_width_mm": 4,
    "max_width_sigma_mm": 4,
    "orientation_deg": 1,
}
"""And to how many decimals."""


class GeoJsonReport(Report):
    """Writes ``photos.geojson``: a point per photo whose camera noted where it stood, and its cracks.

    The point (``kind`` is ``photo``) is the camera's place. Photos without a position are left out; `located`
    counts those that have one. What a classifier does not tell of a photo (number, length and width of its
    cracks, coverage) is null.

    Where the photo's scale and heading are known too, each crack follows as a line (``kind`` is ``crack``),
    placed by `place_crack`.

    Parameters
    ----------
    path : Path
    facing : str
        What the cameras looked at: ``"ground"``, from above, or ``"wall"``, level.

    References
    ----------
    RFC 7946, "The GeoJSON Format": WGS 84, longitude first.
    """

    def __init__(self, path: Path, *, facing: Facing = "ground") -> None:
        super().__init__(path)
        self.located = self.placed = 0
        self._facing = facing
        self._separator = "\n"

    def begin(self) -> None:
        """Open the collection."""
        self.file.write('{"type": "FeatureCollection", "features": [')

    def add(self, inspection: Inspection, pictures: Pictures | None) -> None:
        """Write a point, if the photo has a position, and lines for the cracks that can be placed."""
        feature = _photo_feature(inspection, pictures)
        if feature is None:
            return
        self.located += 1
        self._write(feature)
        for crack in inspection.cracks:
            line = _crack_feature(crack, inspection, self._facing)
            if line is not None:
                self.placed += 1
                self._write(line)

    def _write(self, feature: dict[str, Any]) -> None:
        self.file.write(self._separator)
        self.file.write(json.dumps(feature, allow_nan=False))
        self._separator = ",\n"

    def end(self) -> None:
        """Close the collection."""
        self.file.write("\n]}\n")


def _photo_feature(inspection: Inspection, pictures: Pictures | None) -> dict[str, Any] | None:
    photo, cracks = inspection.photo, inspection.cracks
    if photo.latitude_deg is None or photo.longitude_deg is None:
        return None
    position = [photo.longitude_deg, photo.latitude_deg]
    if photo.altitude_m is not None:
        position.append(photo.altitude_m)
    properties: dict[str, Any] = {
        "kind": "photo",
        "photo": photo.name,
        "verdict": inspection.verdict,
        "cracks": None,
        "coverage": None,
        "probability": None if inspection.probability is None else round(inspection.probability, 6),
        "screened_out": inspection.is_screened_out if inspection.screening is not None else None,
        "total_length_px": None,
        "max_width_px": None,
        "scale_mm_per_px": inspection.scale_mm_per_px,
        "total_length_mm": None,
        "max_width_mm": None,
        "taken_at": photo.taken_at,
        "camera": photo.camera,
        "overlay": None if pictures is None else pictures.overlay,
    }
    if inspection.coverage is not None:
        properties["cracks"] = len(cracks)
        properties["coverage"] = round(inspection.coverage, 6)
        properties["total_length_px"] = round(sum(crack.length_px for crack in cracks), 2)
        properties["max_width_px"] = round(max((crack.max_width_px for crack in cracks), default=0.0), 3)
        if inspection.scale_mm_per_px is not None:
            properties["total_length_mm"] = round(sum(crack.length_mm or 0.0 for crack in cracks), 2)
            properties["max_width_mm"] = round(
                max((crack.max_width_mm or 0.0 for crack in cracks), default=0.0), 3
            )
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": position},
        "properties": properties,
    }


def _crack_feature(crack: Crack, inspection: Inspection, facing: Facing) -> dict[str, Any] | None:
    placed = place_crack(crack, inspection, facing=facing)
    if placed is None:
        return None
    properties: dict[str, Any] = {"kind": "crack", "photo": inspection.photo.name, "crack": crack.number}
    for name, decimals in _CRACK_FIGURES.items():
        value: float | None = getattr(crack, name)
        properties[name] = None if value is None else round(value, decimals)
    properties |= {
        "bearing_deg": round(placed.bearing_deg, 1) % 180.0,
        "pattern": crack.pattern,
        "severity": None if crack.severity is None else crack.severity.name,
        "position_error_m": inspection.photo.position_error_m,
        "heading_deg": inspection.photo.heading_deg,
        "placed": facing,
    }
    return {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": placed.lines},
        "properties": properties,
    }
