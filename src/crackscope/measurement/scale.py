"""How large a pixel is on the wall, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import FloatArray

LEAST_MM_PER_PX, MOST_MM_PER_PX = 1e-4, 1e3
"""From a microscope's picture to one taken from a satellite."""


class PhotoScale(Protocol):
    """Turns px of one photo into mm on the wall, wherever they are in it.

    Places and normals are float arrays of shape (N, 2), (row, column) in px; normals are unit vectors, or NaN
    where no direction is meant.
    """

    @property
    def mm_per_px(self) -> float:
        """Size of a pixel where the photo is best known: everywhere, or in its middle."""
        ...

    @property
    def sigma_mm_per_px(self) -> float:
        """Its standard deviation."""
        ...

    def to_wall(self, places: FloatArray) -> FloatArray:
        """Take places to wall coordinates (x, y) in mm, y downwards; NaN for what is not on the wall."""
        ...

    def across_mm_per_px(self, places: FloatArray, normals: FloatArray) -> FloatArray:
        """Mm of the wall, at right angles to lines on it, per px along the normals of these lines."""
        ...

    def relative_sigma(self, places: FloatArray) -> float:
        """Standard deviation of the scale at the worst of places, as a share; infinite beyond the wall."""
        ...

    def area_mm2(self, height_px: int, width_px: int) -> float | None:
        """Area of the wall that the whole photo shows; None where that has no end."""
        ...


@dataclass(frozen=True, slots=True)
class Scale:
    """Size of a pixel on the surface, of a flat wall photographed straight on: the same everywhere.

    Parameters
    ----------
    mm_per_px : float
    sigma_mm_per_px : float
        Standard deviation.

    Raises
    ------
    CrackscopeError
        If one of them is no finite number, the scale is not above 0 or beyond belief, or its standard
        deviation is below 0 or not below the scale.

    Examples
    --------
    >>> scale = Scale(0.2, 0.002)
    >>> scale.mm(2.0), round(scale.sigma_mm(2.0, 0.1), 4)
    (0.4, 0.0204)
    """

    mm_per_px: float
    sigma_mm_per_px: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mm_per_px) and self.mm_per_px > 0.0):
            raise CrackscopeError(
                f"scale {self.mm_per_px}: must be a finite number of mm per px above 0; "
                "measure something of known size in the photo, and divide its mm by its px."
            )
        if not LEAST_MM_PER_PX <= self.mm_per_px <= MOST_MM_PER_PX:
            raise CrackscopeError(
                f"scale {self.mm_per_px:g}: no photo of cracks shows a pixel of so many mm; between"
                f" {LEAST_MM_PER_PX:g} and {MOST_MM_PER_PX:g} are believed."
            )
        if not (0.0 <= self.sigma_mm_per_px < self.mm_per_px):
            raise CrackscopeError(
                f"scale {self.mm_per_px} ± {self.sigma_mm_per_px}: the standard deviation must be at least 0"
                " and below the scale itself."
            )

    def mm(self, px: float) -> float:
        """Turn a length or width in px into mm."""
        return px * self.mm_per_px

    def sigma_mm(self, px: float, sigma_px: float) -> float:
        """Return the standard deviation in mm of a length or width in px that has one itself."""
        return math.hypot(sigma_px * self.mm_per_px, px * self.sigma_mm_per_px)

    def to_wall(self, places: FloatArray) -> FloatArray:
        """See `PhotoScale`."""
        wall: FloatArray = places[:, ::-1] * self.mm_per_px
        return wall

    def across_mm_per_px(self, places: FloatArray, normals: FloatArray) -> FloatArray:
        """See `PhotoScale`."""
        return np.full(len(places), self.mm_per_px)

    def relative_sigma(self, places: FloatArray) -> float:
        """See `PhotoScale`."""
        return self.sigma_mm_per_px / self.mm_per_px

    def area_mm2(self, height_px: int, width_px: int) -> float | None:
        """See `PhotoScale`."""
        return height_px * width_px * self.mm_per_px**2

    def __str__(self) -> str:
        sigma = f" ± {self.sigma_mm_per_px!r}" if self.sigma_mm_per_px else ""
        return f"{self.mm_per_px!r}{sigma} mm/px"
