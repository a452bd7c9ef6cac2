"""Photo-like pictures of cracks whose centreline, width and mask are exactly known.

They are the truth that measurements are tested against, and pictures to try the tool with. A crack is a line
with a width at each point (`crack_shape`), drawn dark on a surface (`background`) by its analytic coverage of
each pixel; then come the blur of a lens, a tint, and the noise of a sensor, none of which moves an edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.imaging.background import SURFACES, Light, Surface, add_distractors, draw_surface
from crackscope.imaging.crack_path import SMALLEST_SIDE_PX, straight_crack, wandering_crack
from crackscope.imaging.crack_shape import CoveredPixels, DrawnCrack, covered_pixels

__all__ = ["DrawnCrack", "DrawnPhoto", "draw_mask", "draw_photo", "straight_crack", "wandering_crack"]

CLEARANCE_PX = 12  # between randomly placed cracks
ATTEMPTS = 20
BAND_PIXELS = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPhoto:
    """A drawn picture and its truth.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    mask : bool array, shape (H, W)
        True where a crack covers at least half of the pixel.
    cracks : tuple of DrawnCrack
    """

    pixels: RgbPixels = field(repr=False)
    mask: BoolMask = field(repr=False)
    cracks: tuple[DrawnCrack, ...]


def draw_mask(cracks: Sequence[DrawnCrack], *, height: int, width: int) -> BoolMask:
    """Draw the mask of cracks and their branches: True where one covers at least half of the pixel.

    Examples
    --------
    >>> int(draw_mask([straight_crack((10, 10), (10, 50), 3)], height=20, width=60).sum())
    120
    """
    mask = np.zeros((height, width), np.bool_)
    for line in (line for crack in cracks for line in crack.lines):
        covered = covered_pixels(line, height=height, width=width)
        inside = covered.inside_px >= 0
        mask[covered.rows[inside], covered.columns[inside]] = True
    return mask


def draw_photo(
    *,
    height: int = 480,
    width: int = 640,
    seed: int = 0,
    cracks: Sequence[DrawnCrack] | int | None = None,
    surface: str = "concrete",
    distractors: int = 0,
    darkness: tuple[float, float] = (0.5, 0.75),
    blur_sigma_px: float = 0.8,
    noise_sigma: float = 3.0,
) -> DrawnPhoto:
    """Draw a photo of cracks.

    Parameters
    ----------
    height, width : int
        In px.
    seed : int
        The same arguments give the same picture.
    cracks : sequence of DrawnCrack, int or None
        The cracks; or how many to place at random, apart from each other (fewer where there is no room), 0
        for a crack-free picture; None for one to three.
    surface : str
        One of `crackscope.imaging.background.SURFACES`: ``"concrete"``, ``"asphalt"``, ``"plaster"``.
    distractors : int
        How many formwork lines, water streaks, shadow edges and scratches to add.
    darkness : (low, high)
        How much of the surface's light a crack swallows; varies along it between these.
    blur_sigma_px : float
        Of the lens.
    noise_sigma : float
        Of the sensor, in steps of 0…255.

    Returns
    -------
    DrawnPhoto

    Raises
    ------
    ValueError
        If the surface is not known or the picture has no pixels.

    Examples
    --------
    >>> photo = draw_photo(height=120, width=160, seed=7, cracks=1)
    >>> photo.pixels.shape, len(photo.cracks), bool(photo.mask.any())
    ((120, 160, 3), 1, True)
    """
    if surface not in SURFACES:
        raise ValueError(f"no surface {surface!r}; choose one of {', '.join(SURFACES)}")
    if min(height, width) < 1:
        raise ValueError(f"a picture of {height}×{width} px has no pixels")
    place, look, sensor = np.random.default_rng(seed).spawn(3)
    count = int(place.integers(1, 4)) if cracks is None else cracks
    drawn = _placed(place, height, width, count) if isinstance(count, int) else tuple(count)
    light = draw_surface(look, height, width, SURFACES[surface])
    add_distractors(look, light, distractors)
    mask = np.zeros((height, width), np.bool_)
    shade = np.zeros((height, width), np.float32)
    for line in (line for crack in drawn for line in crack.lines):
        covered = covered_pixels(line, height=height, width=width)
        inside = covered.inside_px >= 0
        mask[covered.rows[inside], covered.columns[inside]] = True
        _darken(look, shade, covered, line.length_px, darkness)
    light *= 1 - shade
    if blur_sigma_px > 0:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), blur_sigma_px, borderType=cv2.BORDER_REFLECT_101))
    return DrawnPhoto(_developed(look, sensor, light, SURFACES[surface], noise_sigma), mask, drawn)


def _placed(rng: np.random.Generator, height: int, width: int, count: int) -> tuple[DrawnCrack, ...]:
    """Place cracks of random kind so that no two come near each other."""
    if min(height, width) < SMALLEST_SIDE_PX:
        return ()
    taken = np.zeros((height, width), np.bool_)
    nearby = np.ones((2 * CLEARANCE_PX + 1, 2 * CLEARANCE_PX + 1), np.uint8)
    cracks: list[DrawnCrack] = []
    for _ in range(count):
        for attempt in range(ATTEMPTS):
            shortest = min(height, width)
            crack = wandering_crack(
                rng,
                height,
                width,
                float(rng.choice([1.6, 2.0, 2.5, 3.0, 4.0, 5.5, 7.0])) * min(1.0, 0.4 + shortest / 400),
                length_px=float(rng.uniform(0.45, 1.1)) * shortest * 0.93**attempt,
                roughness=float(rng.uniform(0.05, 0.16)),
                branches=int(rng.choice([0, 0, 0, 1, 2])),
            )
            mask = draw_mask([crack], height=height, width=width)
            if mask.any() and not (mask & taken).any():
                taken |= cv2.dilate(mask.view(np.uint8), nearby).view(np.bool_)
                cracks.append(crack)
                break
    return tuple(cracks)


def _darken(
    rng: np.random.Generator,
    shade: Light,
    covered: CoveredPixels,
    length_px: float,
    darkness: tuple[float, float],
) -> None:
    """Add a line to the share of light that cracks swallow; its depth varies along it."""
    knots = max(int(length_px / 25), 2)
    depths = rng.uniform(*darkness, knots + 1)
    depth = np.interp(covered.along_px, np.linspace(0, length_px, knots + 1), depths)
    swallowed = (covered.coverage * depth).astype(np.float32)
    at = (covered.rows, covered.columns)
    shade[at] = np.maximum(shade[at], swallowed)


def _developed(
    look: np.random.Generator,
    sensor: np.random.Generator,
    light: Light,
    surface: Surface,
    noise_sigma: float,
) -> RgbPixels:
    """Tint the light, add the sensor's noise, and round to 8 bit, in bands."""
    warmth = look.uniform(*surface.warmth) / 2 / 150
    gains = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    pixels = np.empty((*light.shape, 3), np.uint8)
    rows = max(1, BAND_PIXELS // light.shape[1])
    for top in range(0, light.shape[0], rows):
        band = light[top : top + rows, :, np.newaxis] * gains
        if noise_sigma > 0:
            shared = sensor.standard_normal(band.shape[:2], np.float32)[..., np.newaxis]
            own = sensor.standard_normal(band.shape, np.float32)
            band += np.float32(noise_sigma) * (np.float32(0.8) * shared + np.float32(0.6) * own)
        pixels[top : top + rows] = np.clip(np.rint(band), 0, 255)
    return pixels
