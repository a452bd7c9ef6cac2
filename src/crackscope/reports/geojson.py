"""The photos on a map: a point where each was taken, for geographic information systems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crackscope.inspection.inspection import Inspection
from crackscope.reports.report import Pictures, Report

GEOJSON_FILE = "photos.geojson"


class GeoJsonReport(Report):
    """Writes ``photos.geojson``: a point per photo whose camera noted where it stood.

    The point is the camera's place, not the crack's. Photos without a position are left out; `located` counts
    those that have one. What a classifier does not tell of a photo (number, length and width of its cracks,
    coverage) is null.

    Parameters
    ----------
    path : Path

    References
    ----------
    RFC 7946, "The GeoJSON Format": WGS 84, longitude first.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.located = 0

    def begin(self) -> None:
        """Open the collection."""
        self.file.write('{"type": "FeatureCollection", "features": [')

    def add(self, inspection: Inspection, pictures: Pictures | None) -> None:
        """Write a point, if the photo has a position."""
        feature = _feature(inspection, pictures)
        if feature is None:
            return
        self.file.write(",\n" if self.located else "\n")
        self.file.write(json.dumps(feature, allow_nan=False))
        self.located += 1

    def end(self) -> None:
        """Close the collection."""
        self.file.write("\n]}\n")


def _feature(inspection: Inspection, pictures: Pictures | None) -> dict[str, Any] | None:
    photo, cracks = inspection.photo, inspection.cracks
    if photo.latitude_deg is None or photo.longitude_deg is None:
        return None
    position = [photo.longitude_deg, photo.latitude_deg]
    if photo.altitude_m is not None:
        position.append(photo.altitude_m)
    properties: dict[str, Any] = {
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
