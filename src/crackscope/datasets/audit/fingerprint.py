"""A small print of a picture that survives another size, recompression, and, when turned, any orientation."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 48
Print = NDArray[np.int8]

_SCALE = 40.0  # of the values in an int8
_LARGEST = 3.0
_BACKGROUND_SIGMA, _CONTRAST_SIGMA = 4.0, 5.0
_BLACK, _WHITE = 8, 250  # beyond these a pixel is a frame or burnt out, and shows nothing of the surface
_INVARIANT_SIDE = 10
INVARIANTS = _INVARIANT_SIDE**2
_TOP, _LEFT = np.triu_indices(_INVARIANT_SIDE, 1)


def fingerprint(grey: NDArray[np.uint8]) -> Print:
    """Reduce a picture to 48×48 values of local contrast.

    What varies slowly (light) is taken out, and every part is brought to the same contrast, so that
    neither light nor a black frame nor one dark spot decides.

    Parameters
    ----------
    grey : uint8 array, shape (H, W)

    Returns
    -------
    int8 array, shape (48, 48)
    """
    twice = np.asarray(cv2.resize(grey, (2 * SIDE, 2 * SIDE), interpolation=cv2.INTER_AREA))
    shows = ((twice > _BLACK) & (twice < _WHITE)).astype(np.uint8)
    shows = np.asarray(cv2.erode(shows, np.ones((3, 3), np.uint8), borderValue=1))
    part = np.asarray(cv2.resize(shows.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    values = cv2.resize(twice * shows.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    values = values / np.maximum(part, 1e-3)
    weight = (part > 0.5).astype(np.float32)
    detail = (values - _smooth(values, weight, _BACKGROUND_SIGMA)) * weight
    contrast = np.sqrt(_smooth(detail * detail, weight, _CONTRAST_SIGMA))
    levelled = np.clip(detail / (contrast + 1.0), -_LARGEST, _LARGEST) * weight
    levelled -= weight * (levelled.sum() / max(float(weight.sum()), 1.0))
    return np.asarray(np.clip(np.rint(levelled * _SCALE), -127, 127), np.int8)


def invariants(prints: NDArray[Any]) -> NDArray[np.float32]:
    """Describe prints by numbers that no turn or mirror changes.

    Mirroring a picture changes but the signs of its cosine transform, transposing it swaps the frequencies of
    rows and columns; so absolute values, the two of each pair of frequencies sorted, stay the same.

    Parameters
    ----------
    prints : int8 or float32 array, shape (N, 48, 48)

    Returns
    -------
    float32 array, shape (N, 100)
        Each row of length 1, or 0 for a print without any detail.
    """
    side = _INVARIANT_SIDE
    basis = _cosines(SIDE)[:side]
    waves = np.abs(basis @ np.asarray(prints, np.float32) @ basis.T)
    first, second = waves[:, _TOP, _LEFT], waves[:, _LEFT, _TOP]
    diagonal = waves[:, np.arange(side), np.arange(side)]
    found = np.concatenate([diagonal, np.maximum(first, second), np.minimum(first, second)], axis=1)
    return unit_rows(found)


def unit_rows(values: NDArray[Any]) -> NDArray[np.float32]:
    """Scale rows, float (N, K), to length 1; rows of zeros stay."""
    rows = np.asarray(values, np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


def _smooth(values: NDArray[Any], weight: NDArray[Any], sigma: float) -> NDArray[Any]:
    above = cv2.GaussianBlur(values * weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    below = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(above / np.maximum(below, 1e-3))


def _cosines(count: int) -> NDArray[np.float32]:
    """The orthonormal basis of the discrete cosine transform, DCT-II, one wave a row."""
    place = np.arange(count)
    waves = np.cos(np.pi * (2 * place + 1) * place[:, np.newaxis] / (2 * count)) * np.sqrt(2 / count)
    waves[0] /= np.sqrt(2)
    return np.asarray(waves, np.float32)
