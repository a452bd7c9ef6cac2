"""The width of a crack from one grey profile across it, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from crackscope.errors import MeasurementError
from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.profile.fit import (
    BACKGROUND_QUANTILE,
    ProfileFit,
    fit_profiles,
)
from crackscope.measurement.profile.prior import ProfilePrior
from crackscope.measurement.profile.rows import quantile

FEWEST_SAMPLES = 9
FIT_PART, FLOOR_PX, WIDTH_PART = 0.8, 0.1, 0.05
"""Standard deviation of a width: so much of what the fit says of itself; a floor; and so much of the width.

So chosen that 68 % of hand-measured widths lie within one (benchmarks/RESULTS.md, "Widths"). A fit knows
nothing of ragged edges, of stains along a crack, nor of the hand that measured.
"""


@dataclass(frozen=True, slots=True)
class WidthEstimate:
    """A width and its uncertainty.

    Parameters
    ----------
    width_px : float
    sigma_px : float
        Standard deviation: in two cases of three the true width is no further away.
    """

    width_px: float
    sigma_px: float


def width_from_profile(profile: ArrayLike, *, prior: ProfilePrior | None = None) -> WidthEstimate:
    """Estimate a crack's width from the grey values across it.

    Parameters
    ----------
    profile : array of numbers, shape (L,)
        Grey values, one sample per px, at least 9, the crack near the middle; 0 is black.
    prior : ProfilePrior, optional
        What is known of the crack and the lens.

    Returns
    -------
    WidthEstimate

    Raises
    ------
    ValueError
        If `profile` is not one row of at least 9 finite numbers.
    MeasurementError
        If there is nothing to measure: the profile is black, or one grey value throughout.

    Notes
    -----
    See `fit_profiles` for the fit, and `FIT_PART` for the uncertainty. A profile without a dark line gives a
    width near 0.

    Examples
    --------
    >>> wall = np.full(31, 150.0)
    >>> wall[14:17] = 12.0
    >>> estimate = width_from_profile(wall)
    >>> round(estimate.width_px, 1), round(estimate.sigma_px, 1)
    (3.0, 0.2)
    """
    values = np.asarray(profile, np.float64)
    if values.ndim != 1 or values.size < FEWEST_SAMPLES or not np.isfinite(values).all():
        raise ValueError(f"a profile is one row of at least {FEWEST_SAMPLES} finite numbers")
    if not is_measurable(values[None])[0]:
        raise MeasurementError(
            "The profile is black or one grey value throughout: there is no crack's edge in it."
        )
    fit = fit_profiles(values[None], prior)
    return WidthEstimate(float(fit.width_px[0]), float(sigma_px(fit)[0]))


def is_measurable(profiles: FloatArray) -> BoolMask:
    """Say which profiles have a background and something on it; float (N, L), NaN unknown → bool (N,)."""
    enough = np.isfinite(profiles).sum(axis=1) >= FEWEST_SAMPLES
    seen = np.where(enough[:, None], profiles, 0.0)
    light, darkest, lightest = (quantile(seen, share)[:, 0] for share in (BACKGROUND_QUANTILE, 0.0, 1.0))
    measurable: BoolMask = (light > 0) & (lightest > darkest)
    return measurable


def sigma_px(
    fit: ProfileFit,
    *,
    fit_part: float = FIT_PART,
    floor_px: float = FLOOR_PX,
    width_part: float = WIDTH_PART,
) -> FloatArray:
    """Return the standard deviation of each width, in px; float (N,)."""
    return joined_sigma_px(fit.width_px, fit_part * fit.width_sd_px, floor_px=floor_px, width_part=width_part)


def joined_sigma_px(
    width_px: FloatArray,
    alone_px: FloatArray,
    *,
    floor_px: float = FLOOR_PX,
    width_part: float = WIDTH_PART,
) -> FloatArray:
    """Join what errs in one width by itself with what errs in all alike; float arrays of one shape."""
    joined: FloatArray = np.sqrt(alone_px**2 + floor_px**2 + (width_part * width_px) ** 2)
    return joined
