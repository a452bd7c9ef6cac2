"""How large a pixel is on the wall, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crackscope.errors import CrackscopeError

LEAST_MM_PER_PX, MOST_MM_PER_PX = 1e-4, 1e3
"""From a microscope's picture to one taken from a satellite."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Size of a pixel on the surface, of a flat wall photographed straight on.

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

    @classmethod
    def given(cls, mm_per_px: float | None, sigma_mm_per_px: float | None = None) -> Scale | None:
        """Make one of what a user gave; None where no scale was given.

        Raises
        ------
        CrackscopeError
            See `Scale`; and if a standard deviation comes without a scale.
        """
        if mm_per_px is None:
            if sigma_mm_per_px:
                raise CrackscopeError("A scale's standard deviation was given without the scale; give both.")
            return None
        return cls(mm_per_px, sigma_mm_per_px or 0.0)

    def mm(self, px: float) -> float:
        """Turn a length or width in px into mm."""
        return px * self.mm_per_px

    def sigma_mm(self, px: float, sigma_px: float) -> float:
        """Return the standard deviation in mm of a length or width in px that has one itself."""
        return math.hypot(sigma_px * self.mm_per_px, px * self.sigma_mm_per_px)
