"""Widths along cracks, from the photo itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.measurement.profile.estimate import is_measurable
from crackscope.measurement.profile.fit import ProfileFit, fit_profiles
from crackscope.measurement.profile.prior import ProfilePrior
from crackscope.measurement.profile.sampling import HALF_SAMPLES, Crossings, sample_photo

BLACK, WHITE = 10.0, 250.0
"""Where the wall beside the crack is darker or lighter than this, the camera saw no more differences."""
LEAST_DIP = 1.5
"""The crack's dip in the profile, in standard deviations of the profile about the fit."""
PEAK = (2 * math.pi) ** 0.5
"""A narrow band, blurred, is as deep in the middle as its width over so many blurs."""
ASIDE_PX, ASIDE_WIDTHS = 3.0, 0.5
"""So far from the mask's middle, plus this share of its width, a dark line may be the same crack."""
WIDE_BLURS = 3.0
"""A band so many times as wide as the blur shows how dark the crack is inside."""
SHARP_BLURS = 1.0
"""A band so many times as wide as the blur shows how strong the blur is."""
FEWEST_POOLED = 5
POOLED_BLUR_LOG_SD, POOLED_DARK_SD = 0.2, 0.02
MOST_DARK = 0.6
"""Of the background: what is lighter is no crack's inside."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoWidths:
    """What the photo says about N places on cracks.

    Parameters
    ----------
    widths_px : float array, shape (N,)
        NaN where the photo does not tell.
    fit_sd_px : float array, shape (N,)
        Of each width, see `ProfileFit`; NaN where the photo does not tell.
    """

    widths_px: FloatArray
    fit_sd_px: FloatArray

    def part(self, chosen: slice) -> PhotoWidths:
        """Return some of them."""
        return PhotoWidths(self.widths_px[chosen], self.fit_sd_px[chosen])


def widths_in_photo(
    photo: GreyPixels, crossings: Crossings, hidden: BoolMask, crack_of: NDArray[np.intp]
) -> PhotoWidths:
    """Measure widths at places along the cracks of a photo, from grey values.

    What wider places of a crack say about its darkness, and all sharp places of the photo about the lens's
    blur, decides where narrower places leave open whether they are narrow and dark, or wider and lighter.

    Parameters
    ----------
    photo : uint8 array, shape (H, W)
    crossings : Crossings
        N places, in the photo's rows and columns; those of one crack together.
    hidden : bool array, shape (N, L)
        Samples that are not to be looked at, see `other_cracks`.
    crack_of : int array, shape (N,)
        Number of the crack that each place is on.

    Returns
    -------
    PhotoWidths
    """
    widths = np.full(len(crossings.points), np.nan)
    spread = widths.copy()
    profiles = np.where(hidden, np.nan, sample_photo(photo, crossings))
    seen = np.flatnonzero(is_measurable(profiles))
    if seen.size:
        own, steps = crossings.part(seen), crossings.steps_px[seen]
        first = fit_profiles(profiles[seen], _in_steps(ProfilePrior(), steps))
        prior = _pooled(first, _sound(first, own), steps, crack_of[seen])
        fit = fit_profiles(profiles[seen], _in_steps(prior, steps), begin=first)
        sound = _sound(fit, own)
        widths[seen] = np.where(sound, fit.width_px * steps, np.nan)
        spread[seen] = np.where(sound, fit.width_sd_px * steps, np.nan)
    return PhotoWidths(widths, spread)


def _in_steps(prior: ProfilePrior, steps_px: FloatArray) -> ProfilePrior:
    return replace(prior, blur_px=np.broadcast_to(prior.blur_px, steps_px.shape) / steps_px)


def _sound(fit: ProfileFit, crossings: Crossings) -> BoolMask:
    """Say which fits are of the crack and not of chance or of something beside it."""
    aside = np.abs(fit.centre - HALF_SAMPLES) * crossings.steps_px
    dip = fit.background * (1 - fit.dark_share) * np.minimum(1.0, fit.width_px / (PEAK * fit.blur_px))
    sound: BoolMask = (
        (fit.background > BLACK)
        & (fit.background < WHITE)
        & (aside <= ASIDE_PX + ASIDE_WIDTHS * crossings.widths_px)
        & (dip >= LEAST_DIP * fit.noise)
        & (fit.width_px < HALF_SAMPLES)
    )
    return sound


def _pooled(
    fit: ProfileFit, sound: BoolMask, steps_px: FloatArray, crack_of: NDArray[np.intp]
) -> ProfilePrior:
    """Let the places that show blur and darkness speak for those that do not."""
    prior = ProfilePrior()
    dark = np.full(len(crack_of), prior.dark_share)
    dark_sd = np.full(len(crack_of), prior.dark_share_sd)
    wide = sound & (fit.width_px > WIDE_BLURS * fit.blur_px) & (fit.dark_share < MOST_DARK)
    for crack in np.unique(crack_of[wide]):
        own = crack_of == crack
        if np.count_nonzero(own & wide) >= FEWEST_POOLED:
            dark[own] = np.median(fit.dark_share[own & wide])
            dark_sd[own] = POOLED_DARK_SD
    prior = replace(prior, dark_share=dark, dark_share_sd=dark_sd)
    sharp = sound & (fit.width_px > SHARP_BLURS * fit.blur_px)
    if np.count_nonzero(sharp) >= FEWEST_POOLED:
        blur = float(np.median(fit.blur_px[sharp] * steps_px[sharp]))
        prior = replace(prior, blur_px=blur, blur_log_sd=POOLED_BLUR_LOG_SD)
    return prior
