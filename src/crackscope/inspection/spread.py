"""How densely the cracks of a photo lie on the wall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from crackscope.inspection.inspection import Crack, PhotoRecord
from crackscope.measurement.density import crack_density_m_per_m2, mean_spacing
from crackscope.measurement.scale import PhotoScale


class Spread(TypedDict):
    """Fields of an Inspection; None where they are not known."""

    density_m_per_m2: float | None
    spacing_mm: float | None


UNKNOWN = Spread(density_m_per_m2=None, spacing_mm=None)


def spread_of(cracks: Sequence[Crack], scale: PhotoScale | None, photo: PhotoRecord) -> Spread:
    """Work out density and spacing of a photo's cracks on the wall.

    Parameters
    ----------
    cracks : sequence of Crack
    scale : PhotoScale, optional
    photo : PhotoRecord

    Returns
    -------
    Spread
        Nothing is known where there is no scale, or it is unsure for a crack or a corner of the photo.
    """
    lengths = [crack.length_mm for crack in cracks]
    known = [length for length in lengths if length is not None]
    area_mm2 = None if scale is None else scale.area_mm2(photo.height_px, photo.width_px)
    if scale is None or area_mm2 is None or len(known) < len(lengths):
        return UNKNOWN
    on_wall = [
        scale.to_wall(np.array(line, np.float64).reshape(-1, 2))[:, ::-1]
        for crack in cracks
        for line in crack.centreline
    ]
    return Spread(
        density_m_per_m2=crack_density_m_per_m2(sum(known), area_mm2),
        spacing_mm=mean_spacing(on_wall, area_mm2),
    )
