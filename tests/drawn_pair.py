"""Two drawn photos of the same wall, whose cracks are known in both."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from crackscope.imaging.colour import to_grey
from crackscope.imaging.crack_shape import DrawnCrack, line_of
from crackscope.imaging.synthetic import draw_mask, draw_photo

HEIGHT, WIDTH = 420, 560
MOVED = np.array([[0.995, -0.03, 9.0], [0.028, 0.99, -5.0], [1e-5, -8e-6, 1.0]])
"""(column, row, 1) of the first photo to the second: turned, shifted and somewhat aside."""


def wavy(start, end, width_px, *, until=1.0, seed=0) -> DrawnCrack:
    """A crack from start to end, or a part of it from the start on; the same seed is the same way."""
    rng = np.random.default_rng(seed)
    along = np.linspace(0.0, 1.0, 81)
    start, end = np.array(start, float), np.array(end, float)
    across = np.array([-(end - start)[1], (end - start)[0]]) / np.hypot(*(end - start))
    sideways = sum(rng.uniform(1.0, 4.0) * np.sin(2 * np.pi * (k * along + rng.uniform())) for k in (1, 2, 5))
    points = start + along[:, None] * (end - start) + sideways[:, None] * across
    kept = points[: round(until * 80) + 1]
    return line_of(kept, np.full(len(kept), width_px))


def drawn(cracks: Sequence[DrawnCrack], *, noise_seed=0, noise=3.0, seed=5, surface="concrete", view=None):
    """A colour photo, uint8 (H, W, 3); seen from elsewhere where a view is given."""
    photo = draw_photo(
        height=HEIGHT,
        width=WIDTH,
        seed=seed,
        cracks=list(cracks),
        surface=surface,
        noise_sigma=0.0,
        darkness=(0.9, 0.97),
    ).pixels.astype(np.float32)
    if view is not None:
        photo = cv2.warpPerspective(
            photo, view, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
    rng = np.random.default_rng(noise_seed)
    return np.clip(np.rint(photo + rng.normal(0, noise, photo.shape)), 0, 255).astype(np.uint8)


def grey(cracks, **given):
    return to_grey(drawn(cracks, **given))


def masked(cracks, *, view=None):
    """The true mask of drawn cracks, at least 3 px wide, seen from elsewhere where a view is given."""
    wide = [line_of(crack.centreline, np.maximum(crack.width_px, 3.0)) for crack in cracks]
    mask = draw_mask(wide, height=HEIGHT, width=WIDTH)
    if view is None:
        return mask
    return cv2.warpPerspective(mask.astype(np.uint8), view, (WIDTH, HEIGHT)).astype(bool)


def seen_from(view, line):
    """Take (row, column) points to the other photo."""
    mapped = np.column_stack([line[:, 1], line[:, 0], np.ones(len(line))]) @ view.T
    return (mapped[:, :2] / mapped[:, 2:])[:, ::-1]
