"""How densely cracks lie on a surface: their length per area, and their mean distance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.directions import main_direction, steps_along

MM_PER_M = 1000.0
Points = Sequence[Sequence[float]] | FloatArray
"""A polyline: (row, column) points, in px or in mm."""


def crack_density_m_per_m2(total_length_mm: float, area_mm2: float) -> float:
    """Length of cracks per area of surface.

    Parameters
    ----------
    total_length_mm : float
        Of all cracks on the area.
    area_mm2 : float

    Returns
    -------
    float
        In m/m².

    Raises
    ------
    ValueError
        If the length is negative or the area is not above 0, or one of them is not finite.

    Examples
    --------
    >>> crack_density_m_per_m2(1500.0, 500_000.0)
    3.0
    """
    if not (math.isfinite(total_length_mm) and total_length_mm >= 0.0):
        raise ValueError(f"a length of {total_length_mm} mm; give the cracks' length in mm, 0 for none")
    _check_area(area_mm2, "mm²")
    return total_length_mm / area_mm2 * MM_PER_M


def mean_spacing(centrelines: Sequence[Points], area: float) -> float | None:
    """Mean distance between cracks, square to their main direction.

    Test lines normal to the main direction, evenly spread over the area, are crossed as often as the
    centrelines are wide when projected onto that direction, so their length between two crossings is in the
    mean S = A / Σ|projected steps|.

    Parameters
    ----------
    centrelines : sequence of polylines
        Of all cracks on the area, each of (row, column) points, in px or in mm.
    area : float
        Of what was looked at, in the square of the same unit.

    Returns
    -------
    float or None
        In the same unit; None where there is no crack. Of a single crack it says how wide a strip of the area
        it has to itself, and of a net without a main direction it is the mean size of its cells along a line.

    Raises
    ------
    ValueError
        If the area is not finite and above 0.

    References
    ----------
    Underwood (1970), "Quantitative Stereology": P_L, crossings per length of directed test lines.

    Examples
    --------
    >>> mean_spacing([[(10, 0), (10, 100)], [(60, 0), (60, 100)]], area=100 * 100)
    50.0
    """
    _check_area(area, "square units")
    steps = steps_along([np.asarray(line, np.float64).reshape(-1, 2) for line in centrelines if len(line)])
    direction = math.radians(main_direction(steps)[0])
    along = np.array([-math.sin(direction), math.cos(direction)])
    projected = float(np.abs(steps @ along).sum())
    return area / projected if projected > 0.0 else None


def _check_area(area: float, unit: str) -> None:
    if not (math.isfinite(area) and area > 0.0):
        raise ValueError(f"an area of {area} {unit}; give the surface that was looked at, above 0")
