"""Where on the map the cracks of a photo are, from the camera's position and heading."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.inspection.inspection import Crack, Inspection
from crackscope.measurement.directions import main_direction, steps_along
from crackscope.reports.oblique import wall_view

Facing = Literal["ground", "wall"]
FACINGS: tuple[Facing, ...] = get_args(Facing)

# WGS 84: NIMA (2000), "Department of Defense World Geodetic System 1984", TR8350.2, table 3.1.
SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_SQUARED = (2.0 - 1.0 / 298.257_223_563) / 298.257_223_563
MOST_LATITUDE_DEG = 89.9
"""Nearer the poles a metre is many degrees of longitude, and a heading means little."""
DECIMALS = 9
"""Of degrees: a tenth of a millimetre. Seven are a centimetre, which would make stairs of cracks."""
HEIGHT_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class PlacedCrack:
    """A crack on the map.

    Parameters
    ----------
    lines : list of lists of positions
        Coordinates of a MultiLineString: longitude and latitude in degrees, WGS 84, and on a wall of known
        altitude that, in m.
    bearing_deg : float
        Main direction on the map, from north over east, in [0, 180); on a wall the wall's.
    """

    lines: list[list[list[float]]]
    bearing_deg: float


def metres_per_degree(latitude_deg: float) -> tuple[float, float]:
    """Length of a degree of latitude and of one of longitude, in m, on the WGS 84 ellipsoid.

    References
    ----------
    Snyder (1987), "Map Projections: A Working Manual", USGS Professional Paper 1395, pages 24–25: the radii
    of curvature along the meridian and across it.

    Examples
    --------
    >>> [round(each) for each in metres_per_degree(50.0)]
    [111229, 71696]
    """
    latitude = math.radians(latitude_deg)
    bent = 1.0 - ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
    along_meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / bent**1.5
    across = SEMI_MAJOR_M / math.sqrt(bent)
    return math.radians(along_meridian), math.radians(across * math.cos(latitude))


def place_crack(crack: Crack, inspection: Inspection, *, facing: Facing) -> PlacedCrack | None:
    """Put a crack of a photo onto the map.

    The camera's position is taken for that of the photo's middle. On the ground, it looks straight down and
    the photo's upper edge points to the heading. Before a wall, it looks level towards the heading, and its
    unknown distance from the wall is taken for 0: on the map a place lies as far beside the camera as it does
    in the photo, and its height above the photo's middle goes into the altitude.

    Returns
    -------
    PlacedCrack or None
        None if position, heading or scale of the photo, or the crack's figures in mm, are not known, or
        closer to a pole than `MOST_LATITUDE_DEG`.
    """
    photo, heading_deg = inspection.photo, inspection.photo.heading_deg
    latitude_deg, longitude_deg = photo.latitude_deg, photo.longitude_deg
    if latitude_deg is None or longitude_deg is None or heading_deg is None or crack.length_mm is None:
        return None
    if inspection.scale_mm_per_px is None or abs(latitude_deg) > MOST_LATITUDE_DEG:
        return None
    offsets = [_right_and_up(np.array(line, np.float64), inspection) for line in crack.centreline if line]
    if not offsets or not all(np.isfinite(each).all() for each in offsets):
        return None
    heading = math.radians(heading_deg)
    right = math.cos(heading), -math.sin(heading)
    ahead = math.sin(heading), math.cos(heading)  # east and north
    at = np.array([longitude_deg, latitude_deg])
    per_degree = np.array(metres_per_degree(latitude_deg)[::-1])
    altitude_m = photo.altitude_m if facing == "wall" else None
    lines, maps = [], []
    for offset in offsets:
        on_map = (offset * (1.0, 0.0) if facing == "wall" else offset) @ np.array([right, ahead])
        maps.append(on_map)
        positions = [
            [_wrapped(lon), round(lat, DECIMALS)] for lon, lat in (at + on_map / per_degree).tolist()
        ]
        if altitude_m is not None:
            for position, up in zip(positions, offset[:, 1].tolist(), strict=True):
                position.append(round(altitude_m + up, HEIGHT_DECIMALS))
        lines.append(positions if len(positions) > 1 else positions * 2)  # a line has two positions at least
    if facing == "wall":
        return PlacedCrack(lines, (heading_deg + 90.0) % 180.0)
    counter_clockwise_deg, _ = main_direction(steps_along([each[:, ::-1] * (-1.0, 1.0) for each in maps]))
    return PlacedCrack(lines, (90.0 - counter_clockwise_deg) % 180.0)


def _right_and_up(places: FloatArray, inspection: Inspection) -> FloatArray:
    """Say how far places (row, column) lie to the right of the photo's middle and above it, in m.

    In an oblique photo, up is where the photo's up in its middle leads on the wall: the axes of its
    homography are those of a marker, which may stick at any angle.
    """
    middle = np.array([(inspection.photo.height_px - 1) / 2.0, (inspection.photo.width_px - 1) / 2.0])
    view = wall_view(inspection)
    if view is None:
        scale_mm = inspection.scale_mm_per_px or math.nan
        straight: FloatArray = (places - middle)[:, ::-1] * (scale_mm, -scale_mm) / 1000.0
        return straight
    around = np.array([(0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.5)])
    origin, below, above, beside = view.to_wall(middle + around)
    up = (above - below) / np.hypot(*(above - below))
    right = np.array([-up[1], up[0]])
    if right @ (beside - origin) < 0.0:
        right = -right
    turned: FloatArray = (view.to_wall(places) - origin) @ np.column_stack([right, up]) / 1000.0
    return turned


def _wrapped(longitude_deg: float) -> float:
    if abs(longitude_deg) > 180.0:
        longitude_deg -= math.copysign(360.0, longitude_deg)
    return round(longitude_deg, DECIMALS)
