"""Fit blurred dark bands to many grey profiles at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.profile.band import BandCover
from crackscope.measurement.profile.prior import ProfilePrior
from crackscope.measurement.profile.rows import quantile
from crackscope.measurement.profile.state import (
    BLUR,
    CENTRE,
    DARK,
    LEAST_NOISE,
    LIGHT,
    PLATEAU_BLURS,
    SLOPE,
    WIDTH,
    begin_state,
    bounded,
    columns,
)

TURNS, TURNS_AGAIN = 14, 6
BACKGROUND_QUANTILE = 0.6
NOISE_ESTIMATED_AT = (3, 6, 9)
"""Turns at which the noise is estimated anew, while the fit settles."""
SETTLED = 1e-3
"""Steps so small change nothing any more: px of the centre, shares of width and blur."""
TAIL = 2.0
"""Degrees of freedom of the residuals' distribution: stains and grains beside a crack are no rare event."""
GREY_ODDS = 20.0
"""By so much has a grey band to be likelier than a dark one, in twice the logarithm of the likelihood; it is
much, for samples seen through one lens are no independent witnesses."""
LIGHTEST_FLOOR = 0.65
"""Of the background: a band that is lighter is a shade on the wall and no crack."""
LINE_PX = 10.0
"""Unit of the background's slope."""
SLOPE_SD = 0.25
"""Of the background, per `LINE_PX`."""

_LARGEST_STEPS = np.array([1.0, 0.7, 0.5, 0.2, 0.3, 0.3])


@dataclass(frozen=True, slots=True, eq=False)
class ProfileFit:
    """What was fitted, for each of N profiles; float arrays of shape (N,).

    Parameters
    ----------
    width_px : float array
    width_sd_px : float array
        As far as noise, texture, blurred like the crack, and what is believed beforehand tell.
    centre : float array
        Place of the crack's middle, in samples.
    blur_px, dark_share : float arrays
        See `ProfilePrior`.
    background : float array
        Grey value beside the crack.
    slope : float array
        Of the background, as a share of it per `LINE_PX`.
    noise : float array
        Standard deviation of the profile about the fit, in grey values.
    """

    width_px: FloatArray
    width_sd_px: FloatArray
    centre: FloatArray
    blur_px: FloatArray
    dark_share: FloatArray
    background: FloatArray
    slope: FloatArray
    noise: FloatArray

    def better_of(self, other: ProfileFit, at: NDArray[np.intp], better: BoolMask) -> ProfileFit:
        """Take another fit's results for those of the profiles `at` that it fits better."""
        taken = {}
        for each in fields(self):
            values = getattr(self, each.name).copy()
            values[at[better]] = getattr(other, each.name)[better]
            taken[each.name] = values
        return ProfileFit(**taken)


def fit_profiles(
    profiles: FloatArray, prior: ProfilePrior | None = None, *, begin: ProfileFit | None = None
) -> ProfileFit:
    """Fit a dark band of unknown width, blurred, on a background that may slope, to each profile.

    Parameters
    ----------
    profiles : float array, shape (N, L)
        Grey values across cracks, one sample per px; NaN where nothing is known. Each needs a positive
        background.
    prior : ProfilePrior, optional
    begin : ProfileFit, optional
        Of the same profiles under another prior: it takes fewer turns from there.

    Returns
    -------
    ProfileFit

    Notes
    -----
    The mode of the posterior by Levenberg and Marquardt's method, residuals following Student's t; spread by
    Laplace's approximation. All profiles take their turns together. A broad dip may be a wide grey band or a
    narrow black one much blurred: both are begun from, and the likelier result is taken.
    """
    prior = prior or ProfilePrior()
    if begin is not None:
        return _Fitting(profiles, prior, again=begin).result()
    fitting = _Fitting(profiles, prior)
    floored = np.flatnonzero(fitting.may_have_floor)
    if not floored.size:
        return fitting.result()
    other = _Fitting(profiles[floored], prior.part(floored), from_floor=True)
    return fitting.result().better_of(other.result(), floored, other.wins_over(fitting, floored))


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """The model at one state, against the profiles.

    Parameters
    ----------
    state : float array, shape (N, 6)
    left : float array, shape (N, L)
        What the model leaves of the profiles; 0 where nothing is known.
    slopes : float array, shape (N, 6, L)
        The model's derivatives.
    """

    state: FloatArray
    left: FloatArray
    slopes: FloatArray

    def where(self, better: BoolMask, other: _Look) -> _Look:
        """Take each profile's look from the other where that is better."""
        return _Look(
            np.where(better[:, None], other.state, self.state),
            np.where(better[:, None], other.left, self.left),
            np.where(better[:, None, None], other.slopes, self.slopes),
        )


class _Fitting:
    """State of N fits: parameters, noise, damping."""

    def __init__(
        self,
        profiles: FloatArray,
        prior: ProfilePrior,
        *,
        again: ProfileFit | None = None,
        from_floor: bool = False,
    ) -> None:
        self._known = np.isfinite(profiles)
        self._unit = quantile(profiles, BACKGROUND_QUANTILE)
        self._values = np.where(self._known, profiles, 0.0) / self._unit
        self._places = np.arange(profiles.shape[1], dtype=np.float64)
        self._along = (self._places - (profiles.shape[1] - 1) / 2) / LINE_PX
        self._window_px = prior.window_px
        begin, self.may_have_floor = begin_state(self._values, self._known, prior, from_floor=from_floor)
        self._expected = begin.copy()
        turns = TURNS
        if again is not None:
            begin, turns = _again(again, self._unit), TURNS_AGAIN
        self._expected[:, BLUR] = np.log(prior.blur_px)
        self._expected[:, DARK] = prior.dark_share
        self._belief = _precision(len(profiles), prior)
        self._noise = np.full((len(profiles), 1), 4 * LEAST_NOISE)
        self._now = self._look(begin)
        self._run(turns)

    def _run(self, turns: int) -> None:
        damping = np.full(len(self._values), 1e-2)
        settled = np.zeros(len(self._values), np.bool_)
        count = np.arange(self._belief.shape[1])
        for turn in range(TURNS - turns, TURNS):
            weight = self._window()
            if turn in NOISE_ESTIMATED_AT:
                self._noise = self._spread(self._now.left, weight)
            hessian, gradient = self._normal(weight)
            hessian[:, count, count] *= 1 + damping[:, None]
            step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
            step = np.clip(step, -_LARGEST_STEPS, _LARGEST_STEPS)
            moved = self._look(bounded(self._now.state + step, self._values.shape[1]))
            better = ~settled & (self._cost(moved, weight) <= self._cost(self._now, weight))
            self._now = self._now.where(better, moved)
            damping = np.clip(np.where(better, damping * 0.3, damping * 8), 1e-6, 1e6)
            if turn > NOISE_ESTIMATED_AT[-1]:  # each for itself, so that no profile depends on the others
                settled |= (np.abs(step) < SETTLED).all(axis=1)
                if settled.all():
                    break

    def wins_over(self, other: _Fitting, at: NDArray[np.intp]) -> BoolMask:
        """Say which of the profiles, those `at` of another fitting, are likelier as they are fitted here."""
        weight = np.maximum(self._window(), other._window()[at])

        def unlikelihood(fitting: _Fitting, chosen: NDArray[np.intp] | slice) -> FloatArray:
            look, noise = fitting._now, fitting._noise[chosen]
            left, state = look.left[chosen], look.state[chosen]
            of_samples = weight * ((1 + TAIL) * np.log1p((left / noise) ** 2 / TAIL) + 2 * np.log(noise))
            # A sealed or dirty crack is rare, but not as rare as a Gaussian has it.
            of_beliefs = (1 + TAIL) * np.log1p(
                fitting._belief[chosen] * (state - fitting._expected[chosen]) ** 2 / TAIL
            )
            total: FloatArray = of_samples.sum(axis=1) + of_beliefs.sum(axis=1)
            return total

        state = self._now.state
        has_floor = state[:, WIDTH] > state[:, BLUR] + math.log(PLATEAU_BLURS)
        likelier: BoolMask = unlikelihood(self, slice(None)) + GREY_ODDS < unlikelihood(other, at)
        return likelier & has_floor & (state[:, DARK] < LIGHTEST_FLOOR)

    def result(self) -> ProfileFit:
        """Read off what was fitted."""
        hessian, _ = self._normal(self._window())
        spread = np.linalg.inv(hessian)[:, WIDTH, WIDTH]
        state, unit = self._now.state, self._unit[:, 0]
        width, blur = np.exp(state[:, WIDTH]), np.exp(state[:, BLUR])
        return ProfileFit(
            width_px=width,
            width_sd_px=width * np.sqrt(spread * self._repeated()),
            centre=state[:, CENTRE],
            blur_px=blur,
            dark_share=state[:, DARK],
            background=unit * state[:, LIGHT],
            slope=state[:, SLOPE],
            noise=unit * self._noise[:, 0],
        )

    def _repeated(self) -> FloatArray:
        """Say how many neighbouring samples are about one: the wall's texture went through the same lens."""
        return np.maximum(2.0 * math.sqrt(math.pi) * np.exp(self._now.state[:, BLUR]), 1.0)

    def _look(self, state: FloatArray) -> _Look:
        centre, width, blur, dark, light, slope = columns(state)
        cover = BandCover.of(self._places, centre=centre, width=width, blur=blur)
        ground, seen = light + slope * self._along, 1 - (1 - dark) * cover.share
        depth = -(1 - dark) * ground
        slopes = (
            depth * cover.by_centre,
            depth * cover.by_width * width,
            depth * cover.by_blur * blur,
            ground * cover.share,
            seen,
            self._along * seen,
        )
        left = np.where(self._known, self._values - ground * seen, 0.0)
        return _Look(state, left, np.stack(slopes, axis=1))

    def _window(self) -> FloatArray:
        """Weigh samples by how near they are to the crack."""
        centre, width, blur, *_ = columns(self._now.state)
        beside = np.abs(self._places - centre) - width / 2 - 1.5 * blur
        weight = np.exp(-0.5 * (np.maximum(beside, 0) / self._window_px) ** 2)
        return np.where(self._known, weight, 0.0)

    def _spread(self, left: FloatArray, weight: FloatArray) -> FloatArray:
        # All samples near the crack, or those nearest to it where it ran off the known part of a profile.
        least = np.minimum(0.1, weight.max(axis=1, keepdims=True))
        near = np.where(self._known & (weight >= least), np.abs(left), np.nan)
        return np.maximum(1.4826 * quantile(near, 0.5), LEAST_NOISE)

    def _normal(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the Hessian of half the cost, and its negative gradient."""
        left, slopes = self._now.left, self._now.slopes
        trust = weight / (1 + (left / self._noise) ** 2 / TAIL) / self._noise**2
        trusted = slopes * trust[:, None, :]
        hessian = np.matmul(trusted, slopes.transpose(0, 2, 1))
        gradient = np.matmul(trusted, left[:, :, None])[:, :, 0]
        count = np.arange(hessian.shape[1])
        hessian[:, count, count] += self._belief
        return hessian, gradient - self._belief * (self._now.state - self._expected)

    def _cost(self, look: _Look, weight: FloatArray) -> FloatArray:
        of_samples = (weight * TAIL * np.log1p((look.left / self._noise) ** 2 / TAIL)).sum(axis=1)
        of_beliefs = (self._belief * (look.state - self._expected) ** 2).sum(axis=1)
        total: FloatArray = of_samples + of_beliefs
        return total


def _again(fit: ProfileFit, unit: FloatArray) -> FloatArray:
    """Turn the result of a fit into the state that it ended in."""
    logs = np.log(fit.width_px), np.log(fit.blur_px)
    light = fit.background / unit[:, 0]
    return np.column_stack([fit.centre, *logs, fit.dark_share, light, fit.slope])


def _precision(count: int, prior: ProfilePrior) -> FloatArray:
    belief = np.zeros((count, 6))
    belief[:, CENTRE] = prior.centre_sd_px**-2
    belief[:, WIDTH] = 1e-4  # flat, but never singular
    belief[:, BLUR] = np.asarray(prior.blur_log_sd, np.float64) ** -2
    belief[:, DARK] = np.asarray(prior.dark_share_sd, np.float64) ** -2
    belief[:, SLOPE] = SLOPE_SD**-2
    return belief
