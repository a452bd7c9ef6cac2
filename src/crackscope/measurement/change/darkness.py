"""How much light is missing along a line of a photo: whether there is a crack, whatever a model says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.measurement.profile.sampling import HALF_SAMPLES, Crossings, sample_photo

HALF_WINDOW = 4
"""Samples on each side of the line that are counted as its own: a crack, and a line laid 2 px beside it."""
LEAST_KNOWN = 33
"""Samples: those of one profile."""


@dataclass(frozen=True, slots=True, eq=False)
class MissingLight:
    """Light that is missing across a line at N places.

    Parameters
    ----------
    widths_px : float array, shape (N,)
        As the width of a black band that swallows as much; NaN where the photo does not tell.
    noise_px : float array, shape (N,)
        What the wall beside the line makes of itself in the same way.
    profiles : float array, shape (N, L)
        Grey values across the line.
    """

    widths_px: FloatArray
    noise_px: FloatArray
    profiles: FloatArray

    def mean(self) -> tuple[float, float]:
        """Mean over the places, and its standard deviation by what the wall does; NaN if none tells."""
        known = np.isfinite(self.widths_px)
        if not known.any():
            return np.nan, np.nan
        noise = np.sqrt(np.mean(np.square(self.noise_px[known])) / np.count_nonzero(known))
        return float(self.widths_px[known].mean()), float(noise)

    def likeness(self, other: MissingLight) -> float:
        """Correlation with what another photo shows at the same places; 0 if that is unknown."""
        known = np.isfinite(self.profiles) & np.isfinite(other.profiles)
        if np.count_nonzero(known) < LEAST_KNOWN:
            return 0.0
        one, two = (
            np.where(known, each.profiles, 0.0) - _row_means(each.profiles, known) for each in (self, other)
        )
        one, two = one[known], two[known]
        size = float(np.sqrt(one @ one) * np.sqrt(two @ two))
        return float(one @ two) / size if size > 0.0 else 0.0


def _row_means(profiles: FloatArray, known: BoolMask) -> FloatArray:
    sums = np.where(known, profiles, 0.0).sum(axis=1, keepdims=True)
    means: FloatArray = sums / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return means


def missing_light(photo: GreyPixels, crossings: Crossings) -> MissingLight:
    """Measure the light that is missing within a few samples of a line, against the wall beside it.

    Blur spreads a crack's darkness, but takes none away, so that photos of different sharpness compare.

    Parameters
    ----------
    photo : uint8 array, shape (H, W)
    crossings : Crossings
        N places in the photo.

    Returns
    -------
    MissingLight
    """
    if not len(crossings.points):
        return MissingLight(np.empty(0), np.empty(0), np.empty((0, 2 * HALF_SAMPLES + 1)))
    profiles = sample_photo(photo, crossings)
    middle = slice(HALF_SAMPLES - HALF_WINDOW, HALF_SAMPLES + HALF_WINDOW + 1)
    window = 2 * HALF_WINDOW + 1
    sides = [profiles[:, start : start + window] for start in (0, profiles.shape[1] - window)]
    with np.errstate(invalid="ignore", divide="ignore"):
        wall = np.median(np.concatenate(sides, axis=1), axis=1)
        wall = np.where(wall > 1.0, wall, np.nan)
        steps = crossings.steps_px
        missing = [(1.0 - part / wall[:, None]).sum(axis=1) * steps for part in (profiles[:, middle], *sides)]
    return MissingLight(missing[0], np.sqrt((missing[1] ** 2 + missing[2] ** 2) / 2.0), profiles)
