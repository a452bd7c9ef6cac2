"""Fit blurred dark bands to many grey profiles at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray
from crackscope.measurement.profile.band import BandCover

TURNS = 24
NOISE_ESTIMATED_AT = (4, 8, 12)
"""Turns after which the noise is estimated anew, while the fit settles."""
TAIL = 2.0
"""Degrees of freedom of the residuals' distribution: stains and grains beside a crack are no rare event."""
LEAST_NOISE = 0.008
"""Of the background: about one grey value of 255."""
SEARCH_SHARE = 0.2
"""The crack is looked for so far from the middle, as a share of the profile."""
EDGE = 0.35
"""What is darker than the background by this share of the deepest place is crack, to begin with."""
NARROWEST_PX, SHARPEST_PX, MOST_BLUR_PX = 0.02, 0.3, 8.0
LINE_PX = 10.0
"""Unit of the background's slope."""
SLOPE_SD = 0.25
"""Of the background, per `LINE_PX`."""

_CENTRE, _WIDTH, _BLUR, _DARK, _LIGHT, _SLOPE = range(6)
_LARGEST_STEPS = np.array([1.0, 0.7, 0.5, 0.2, 0.3, 0.3])


@dataclass(frozen=True, slots=True)
class ProfilePrior:
    """What is believed of a profile before it is looked at: means and standard deviations.

    A hairline's depth and width trade off: the same dip may be a narrow black or a wider grey line. What its
    depth would be without the blur, and how strong the blur is, has to come from elsewhere: from here, or
    from wider places of the same crack and other cracks of the same photo. Each may be one number for all
    profiles or one for each.

    Parameters
    ----------
    dark_share, dark_share_sd : float or float array, shape (N,)
        Grey value in the crack over that beside it.
    blur_px, blur_log_sd : float or float array, shape (N,)
        Standard deviation of the lens's blur, and that of its natural logarithm.
    centre_sd_px : float
        Of the crack's middle about where the profile is darkest.
    window_px : float
        So far beside the crack the background counts, fading like a Gaussian.
    """

    dark_share: float | FloatArray = 0.05
    dark_share_sd: float | FloatArray = 0.03
    blur_px: float | FloatArray = 0.7
    blur_log_sd: float | FloatArray = 0.5
    centre_sd_px: float = 1.5
    window_px: float = 5.0


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
    noise : float array
        Standard deviation of the profile about the fit, in grey values.
    """

    width_px: FloatArray
    width_sd_px: FloatArray
    centre: FloatArray
    blur_px: FloatArray
    dark_share: FloatArray
    background: FloatArray
    noise: FloatArray


def fit_profiles(profiles: FloatArray, prior: ProfilePrior | None = None) -> ProfileFit:
    """Fit a dark band of unknown width, blurred, on a background that may slope, to each profile.

    Parameters
    ----------
    profiles : float array, shape (N, L)
        Grey values across cracks, one sample per px; NaN where nothing is known. Each needs a positive
        background.
    prior : ProfilePrior, optional

    Returns
    -------
    ProfileFit

    Notes
    -----
    The mode of the posterior by Levenberg and Marquardt's method, residuals following Student's t; spread by
    Laplace's approximation. All profiles take their turns together.
    """
    return _Fitting(profiles, prior or ProfilePrior()).result()


class _Fitting:
    """State of N fits: parameters, noise, damping."""

    def __init__(self, profiles: FloatArray, prior: ProfilePrior) -> None:
        self._known = np.isfinite(profiles)
        self._unit = np.nanpercentile(profiles, 60, axis=1, keepdims=True)
        self._values = np.where(self._known, profiles, 0.0) / self._unit
        self._places = np.arange(profiles.shape[1], dtype=np.float64)
        self._middle = (self._known.sum(axis=1, keepdims=True) - 1) / 2
        self._prior = prior
        self._window_px = prior.window_px
        self._state = _begin(self._values, self._known, prior)
        self._expected = self._state.copy()
        self._expected[:, _BLUR] = np.log(prior.blur_px)
        self._expected[:, _DARK] = prior.dark_share
        self._belief = _precision(len(profiles), prior)
        self._noise = np.full((len(profiles), 1), 4 * LEAST_NOISE)
        self._run()

    def _run(self) -> None:
        damping = np.full(len(self._state), 1e-2)
        identity = np.eye(self._state.shape[1])
        for turn in range(TURNS):
            weight = self._window()
            left, slopes = self._residuals(self._state)
            if turn in NOISE_ESTIMATED_AT:
                self._noise = self._spread(left, weight)
            hessian, gradient = self._normal(left, slopes, weight)
            diagonal = np.einsum("npp->np", hessian)
            damped = hessian + damping[:, None, None] * identity * diagonal[:, :, None]
            step = np.linalg.solve(damped, gradient[..., None])[..., 0]
            moved = _bounded(self._state + np.clip(step, -_LARGEST_STEPS, _LARGEST_STEPS), self._values)
            better = self._cost(moved, weight) <= self._cost(self._state, weight)
            self._state = np.where(better[:, None], moved, self._state)
            damping = np.clip(np.where(better, damping * 0.3, damping * 8), 1e-6, 1e6)

    def result(self) -> ProfileFit:
        left, slopes = self._residuals(self._state)
        hessian, _ = self._normal(left, slopes, self._window())
        spread = np.linalg.inv(hessian)[:, _WIDTH, _WIDTH]
        width, blur = np.exp(self._state[:, _WIDTH]), np.exp(self._state[:, _BLUR])
        unit = self._unit[:, 0]
        # The wall's texture went through the same lens: of neighbouring samples about so many are one.
        repeated = np.maximum(2.0 * math.sqrt(math.pi) * blur, 1.0)
        return ProfileFit(
            width_px=width,
            width_sd_px=width * np.sqrt(spread * repeated),
            centre=self._state[:, _CENTRE],
            blur_px=blur,
            dark_share=self._state[:, _DARK],
            background=unit * self._state[:, _LIGHT],
            noise=unit * self._noise[:, 0],
        )

    def _residuals(self, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the fit leaves, (N, L), and the model's derivatives, (N, L, parameters)."""
        centre, width, blur, dark, light, slope = _columns(state)
        along = (self._places - self._middle) / LINE_PX
        cover = BandCover.of(self._places, centre=centre, width=width, blur=blur)
        ground, seen = light + slope * along, 1 - (1 - dark) * cover.share
        depth = -(1 - dark) * ground
        slopes = (
            depth * cover.by_centre,
            depth * cover.by_width * width,
            depth * cover.by_blur * blur,
            ground * cover.share,
            seen,
            along * seen,
        )
        return np.where(self._known, self._values - ground * seen, 0.0), np.stack(slopes, axis=2)

    def _window(self) -> FloatArray:
        """Weigh samples by how near they are to the crack."""
        centre, width, blur, *_ = _columns(self._state)
        beside = np.abs(self._places - centre) - width / 2 - 1.5 * blur
        weight = np.exp(-0.5 * (np.maximum(beside, 0) / self._window_px) ** 2)
        return np.where(self._known, weight, 0.0)

    def _spread(self, left: FloatArray, weight: FloatArray) -> FloatArray:
        near = np.where(weight > 0.1, np.abs(left), np.nan)
        return np.maximum(1.4826 * np.nanmedian(near, axis=1, keepdims=True), LEAST_NOISE)

    def _normal(
        self, left: FloatArray, slopes: FloatArray, weight: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the Hessian of half the cost, and its negative gradient."""
        trust = weight / (1 + (left / self._noise) ** 2 / TAIL) / self._noise**2
        trusted = slopes * trust[:, :, None]
        hessian = np.matmul(trusted.transpose(0, 2, 1), slopes)
        gradient = np.matmul(trusted.transpose(0, 2, 1), left[:, :, None])[:, :, 0]
        count = np.arange(hessian.shape[1])
        hessian[:, count, count] += self._belief
        return hessian, gradient - self._belief * (self._state - self._expected)

    def _cost(self, state: FloatArray, weight: FloatArray) -> FloatArray:
        centre, width, blur, dark, light, slope = _columns(state)
        share = BandCover.of(self._places, centre=centre, width=width, blur=blur).share
        ground = light + slope * (self._places - self._middle) / LINE_PX
        left = (self._values - ground * (1 - (1 - dark) * share)) / self._noise
        of_samples = (weight * TAIL * np.log1p(left * left / TAIL)).sum(axis=1)
        of_beliefs = (self._belief * (state - self._expected) ** 2).sum(axis=1)
        total: FloatArray = of_samples + of_beliefs
        return total


def _columns(state: FloatArray) -> tuple[FloatArray, ...]:
    """Return centre, width, blur, dark share, light and slope as columns."""
    return (
        state[:, [_CENTRE]],
        np.exp(state[:, [_WIDTH]]),
        np.exp(state[:, [_BLUR]]),
        *(state[:, [each]] for each in (_DARK, _LIGHT, _SLOPE)),
    )


def _precision(count: int, prior: ProfilePrior) -> FloatArray:
    belief = np.zeros((count, 6))
    belief[:, _CENTRE] = prior.centre_sd_px**-2
    belief[:, _WIDTH] = 1e-4  # flat, but never singular
    belief[:, _BLUR] = np.asarray(prior.blur_log_sd, np.float64) ** -2
    belief[:, _DARK] = np.asarray(prior.dark_share_sd, np.float64) ** -2
    belief[:, _SLOPE] = SLOPE_SD**-2
    return belief


def _begin(values: FloatArray, known: NDArray[np.bool_], prior: ProfilePrior) -> FloatArray:
    """Guess from the darkest place near the middle and the dark run about it."""
    count, length = values.shape
    places = np.arange(length)
    middle = (known.sum(axis=1, keepdims=True) - 1) / 2
    dip = np.where(known, 1.0 - values, 0.0)
    smooth = np.pad(dip, ((0, 0), (1, 1)), mode="edge")
    smooth = 0.25 * smooth[:, :-2] + 0.5 * smooth[:, 1:-1] + 0.25 * smooth[:, 2:]
    away = np.abs(places - middle)
    likely = smooth - 0.3 * away * dip.max(axis=1, keepdims=True) / length
    deepest = np.where(away <= SEARCH_SHARE * length, likely, -np.inf).argmax(axis=1)[:, None]
    depth = np.maximum(np.take_along_axis(dip, deepest, axis=1), LEAST_NOISE)
    out = dip <= EDGE * depth
    first = np.where(out & (places < deepest), places, -1).max(axis=1, keepdims=True)
    last = np.where(out & (places > deepest), places, length).min(axis=1, keepdims=True)
    own = np.where((places >= first) & (places <= last), np.maximum(dip, 0.0), 0.0)
    area = np.maximum(own.sum(axis=1, keepdims=True), LEAST_NOISE)
    width = np.clip(area / (1 - np.asarray(prior.dark_share).reshape(-1, 1)), 0.05, length)
    spread = np.sqrt(np.maximum((area / depth) ** 2 - width**2, 0.0) / (2 * math.pi))
    blur = np.clip(np.maximum(spread, np.reshape(prior.blur_px, (-1, 1))), SHARPEST_PX, MOST_BLUR_PX)
    state = np.zeros((count, 6))
    state[:, _CENTRE] = (own * places).sum(axis=1) / area[:, 0]
    state[:, _WIDTH], state[:, _BLUR] = np.log(width[:, 0]), np.log(blur[:, 0])
    state[:, _DARK] = prior.dark_share
    state[:, _LIGHT] = 1.0
    return state


def _bounded(state: FloatArray, values: FloatArray) -> FloatArray:
    length = values.shape[1]
    state[:, _CENTRE] = np.clip(state[:, _CENTRE], 0, length - 1)
    state[:, _WIDTH] = np.clip(state[:, _WIDTH], math.log(NARROWEST_PX), math.log(length))
    state[:, _BLUR] = np.clip(state[:, _BLUR], math.log(SHARPEST_PX), math.log(MOST_BLUR_PX))
    state[:, _DARK] = np.clip(state[:, _DARK], -0.1, 0.9)
    return state
