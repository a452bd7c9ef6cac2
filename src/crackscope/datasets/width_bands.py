"""What a picture's mask shows, in the classes by which splits are kept even."""

from __future__ import annotations

from dataclasses import dataclass

BANDS = ((3.0, "under 3 px"), (6.0, "3 to 6 px"), (12.0, "6 to 12 px"), (float("inf"), "12 px and more"))
"""Upper ends and names of the bands of a mask's mean width."""
UNMEASURED = "unmeasured"
"""Band of a crack with too few pixels to tell a width."""
UNMASKED = "no mask"
"""Band of a crack that nobody drew."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture's mask shows.

    Parameters
    ----------
    cracked : bool
    width_px : float, optional
        Mean width of the mask; None where it cannot be told.
    masked : bool
        Whether a mask says it; else it is the name of a folder.
    """

    cracked: bool
    width_px: float | None = None
    masked: bool = True

    @property
    def band(self) -> str:
        """Name of the width band, empty for a crack-free picture.

        Examples
        --------
        >>> Shown(cracked=True, width_px=3.0).band, Shown(cracked=False).band
        ('3 to 6 px', '')
        """
        if not self.cracked:
            return ""
        if not self.masked:
            return UNMASKED
        if self.width_px is None:
            return UNMEASURED
        return next(name for end, name in BANDS if self.width_px < end)
