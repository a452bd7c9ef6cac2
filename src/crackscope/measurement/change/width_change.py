"""Widths of a crack in two registered photos, at the same places of the wall."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crackscope.imaging.arrays import FloatArray, GreyPixels
from crackscope.imaging.registration import Registration
from crackscope.measurement.change.places import Places
from crackscope.measurement.crack_widths import INDEPENDENT_PX, Figure
from crackscope.measurement.profile.along import widths_in_photo
from crackscope.measurement.profile.sampling import HALF_SAMPLES

FLOOR_SD_PX, WIDTH_SD = 0.1, 0.02
"""Of a change of width, even over many places: what two photos of the same crack differ by."""
FEWEST_PAIRS, LEAST_TOLD = 5, 0.5
"""Places, and share of the crack, that both photos have to tell the width of."""


@dataclass(frozen=True, slots=True)
class WidthChange:
    """What two photos say of a crack's width; in px of the first.

    Parameters
    ----------
    before, after : float, optional
        Means; over the places that both tell of where there is a change.
    change : Figure, optional
        None where too little is told by both.
    told_share : float
        Of the length, that both tell the width of.
    """

    before: float | None = None
    after: float | None = None
    change: Figure | None = None
    told_share: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPair:
    """Two photos of one place, in shades of grey, and how they lie on each other."""

    before: GreyPixels
    after: GreyPixels
    registration: Registration

    def width_change(self, places: Places) -> WidthChange:
        """Compare the mean widths at the places of which both photos tell."""
        first, second = self._widths(places)
        both = np.isfinite(first) & np.isfinite(second)
        whole = float(places.shares_px.sum())
        told = float(places.shares_px[both].sum()) / whole if whole > 0.0 else 0.0
        if np.count_nonzero(both) < FEWEST_PAIRS or told < LEAST_TOLD:
            return WidthChange(told_share=told)
        weights, change = places.shares_px[both], (second - first)[both]
        mean = float(np.average(change, weights=weights))
        spread = float(np.sqrt(np.average((change - mean) ** 2, weights=weights)))
        independent = max(1.0, float(weights.sum()) / (2.0 * INDEPENDENT_PX))
        wide = float(np.average(first[both], weights=weights))
        sigma = math.hypot(spread / math.sqrt(independent), math.hypot(FLOOR_SD_PX, WIDTH_SD * wide))
        return WidthChange(wide, wide + mean, Figure(mean, sigma), told)

    def width_in_one(self, places: Places, *, in_after: bool) -> WidthChange:
        """Take the mean width of a crack in the one photo that shows it."""
        widths = self._widths(places)[1 if in_after else 0]
        known = np.isfinite(widths)
        if np.count_nonzero(known) < FEWEST_PAIRS:
            return WidthChange()
        mean = float(np.average(widths[known], weights=places.shares_px[known]))
        return WidthChange(after=mean) if in_after else WidthChange(before=mean)

    def _widths(self, places: Places) -> tuple[FloatArray, FloatArray]:
        """Widths at places in either photo, in px of the first; NaN where it does not tell."""
        there, across = places.to_after(self.registration)
        nothing = np.zeros((len(places.shares_px), 2 * HALF_SAMPLES + 1), np.bool_)
        first = widths_in_photo(self.before, places.crossings, nothing, places.crack_of).widths_px
        second = widths_in_photo(self.after, there, nothing, places.crack_of).widths_px / across
        return first, second
