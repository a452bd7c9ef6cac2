"""Crack-free surfaces to draw cracks on: concrete, asphalt and plaster, as a camera would see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Light: TypeAlias = NDArray[np.float32]
"""Brightness before the camera, 0…255: float32, shape (H, W)."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What makes a surface look like itself; brightness in steps of 0…255.

    Parameters
    ----------
    brightness : (low, high)
        Mean brightness is drawn between these.
    stains, mottle, grain : float
        Standard deviation of what varies over a third of the picture, over some 20 px, and over 1 to 3 px.
    pores_per_megapixel : float
        Dark round holes.
    largest_pore_px : float
        Radius.
    chips_per_megapixel : float
        Light or dark stones in the surface.
    warmth : (low, high)
        Red minus blue.
    """

    brightness: tuple[float, float]
    stains: float
    mottle: float
    grain: float
    pores_per_megapixel: float
    largest_pore_px: float
    chips_per_megapixel: float
    warmth: tuple[float, float]


SURFACES = MappingProxyType(
    {
        "concrete": Surface((130, 185), 9.0, 3.5, 3.0, 180, 3.5, 0, (0, 16)),
        "asphalt": Surface((85, 125), 6.0, 5.0, 9.0, 0, 1.0, 9000, (-6, 8)),
        "plaster": Surface((170, 215), 5.0, 2.0, 3.5, 25, 2.0, 0, (2, 26)),
    }
)


def draw_surface(rng: np.random.Generator, height: int, width: int, surface: Surface) -> Light:
    """Draw a surface under uneven light.

    Parameters
    ----------
    rng : numpy.random.Generator
    height, width : int
        In px.
    surface : Surface

    Returns
    -------
    float32 array, shape (H, W)
    """
    light = np.full((height, width), rng.uniform(*surface.brightness), np.float32)
    side = max(height, width)
    light += _cloud(rng, height, width, side / 3) * np.float32(surface.stains * 0.8)
    light += _cloud(rng, height, width, side / 9) * np.float32(surface.stains * 0.5)
    light += _cloud(rng, height, width, 24.0) * np.float32(surface.mottle * 0.7)
    light += _cloud(rng, height, width, 8.0) * np.float32(surface.mottle * 0.6)
    light += _cloud(rng, height, width, 3.0) * np.float32(surface.grain * 0.8)
    light += rng.standard_normal((height, width), np.float32) * np.float32(surface.grain * 0.5)
    megapixels = height * width / 1e6
    _draw_chips(rng, light, int(rng.poisson(surface.chips_per_megapixel * megapixels)))
    _draw_pores(
        rng, light, int(rng.poisson(surface.pores_per_megapixel * megapixels)), surface.largest_pore_px
    )
    return _lit(rng, light)


def add_distractors(rng: np.random.Generator, light: Light, count: int) -> None:
    """Draw, in place, what is long and no crack: formwork lines, water streaks, shadow edges, scratches."""
    kinds: tuple[Callable[[np.random.Generator, Light], None], ...] = (
        _formwork_line,
        _water_streak,
        _shadow_edge,
        _scratch,
    )
    first = int(rng.integers(len(kinds)))
    for number in range(count):
        kinds[(first + number) % len(kinds)](rng, light)


def _cloud(rng: np.random.Generator, height: int, width: int, scale_px: float) -> Light:
    """Smooth noise of unit variance, about, that changes over `scale_px`."""
    rows, columns = (max(int(np.ceil(side / scale_px)), 1) + 3 for side in (height, width))
    knots = rng.standard_normal((rows, columns), np.float32)
    # Cut a random part out of the enlarged grid, so that its knots do not always fall on the same pixels.
    step = 1.0 / scale_px
    first = rng.uniform(1.0, 1.9, 2)
    warp = np.array([[step, 0, first[1]], [0, step, first[0]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    cloud = cv2.warpAffine(knots, warp, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cloud, np.float32) * np.float32(1.3)


def _lit(rng: np.random.Generator, light: Light) -> Light:
    """Light that falls off to one side, and towards the corners as through a lens."""
    height, width = light.shape
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
    columns = np.linspace(-1, 1, width, dtype=np.float32)
    angle, slope, vignette = rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.16), rng.uniform(0.0, 0.06)
    falloff = np.float32(np.sin(angle) * slope) * rows + np.float32(np.cos(angle) * slope) * columns
    falloff = falloff - np.float32(vignette) * (rows**2 + columns**2)
    return np.asarray(light * (1 + falloff), np.float32)


def _draw_pores(rng: np.random.Generator, light: Light, count: int, largest_px: float) -> None:
    """Air holes: dark, with a light rim on the side away from the light."""
    height, width = light.shape
    rim = rng.uniform(0, 2 * np.pi)
    for _ in range(count):
        row, column = rng.uniform(0, height), rng.uniform(0, width)
        radius = float(min(0.6 + rng.exponential(0.22 * largest_px), largest_px))
        stretch, tilt = rng.uniform(1.0, 1.4), rng.uniform(0, np.pi)
        depth = rng.uniform(0.15, 0.5)
        reach = int(np.ceil(radius * stretch)) + 2
        top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
        part = light[top : int(row) + reach + 1, left : int(column) + reach + 1]
        y = np.arange(top, top + part.shape[0], dtype=np.float32)[:, np.newaxis] - np.float32(row)
        x = np.arange(left, left + part.shape[1], dtype=np.float32) - np.float32(column)
        along, across = x * np.cos(tilt) + y * np.sin(tilt), (y * np.cos(tilt) - x * np.sin(tilt)) * stretch
        distance = np.hypot(along, across)
        hole = np.clip(radius + 0.5 - distance, 0, 1) * depth
        lit = np.clip(1.2 - np.abs(distance - radius - 0.8), 0, 1) * np.clip(
            x * np.cos(rim) + y * np.sin(rim), 0, 1
        )
        part *= (1 - hole + 0.08 * lit).astype(np.float32)


def _draw_chips(rng: np.random.Generator, light: Light, count: int) -> None:
    """Stones of 1 to 4 px, lighter or darker than what lies between them."""
    if count == 0:
        return
    height, width = light.shape
    layer = np.zeros((height, width), np.uint8)
    centres = np.stack([rng.integers(0, width, count), rng.integers(0, height, count)], axis=1).tolist()
    axes = rng.integers(1, 4, (count, 2)).tolist()
    angles = rng.uniform(0, 180, count).tolist()
    shades = (128 + np.clip(rng.standard_normal(count) * 38, -70, 110)).astype(int).tolist()
    layer += 128
    for centre, axis, angle, shade in zip(centres, axes, angles, shades, strict=True):
        cv2.ellipse(layer, centre, axis, angle, 0, 360, shade, -1)
    light += cv2.GaussianBlur(layer, (0, 0), 0.6).astype(np.float32) * np.float32(0.6) - np.float32(0.6 * 128)


def _distance_from_line(light: Light, through: tuple[float, float], angle: float) -> Light:
    height, width = light.shape
    rows = np.arange(height, dtype=np.float32)[:, np.newaxis] - np.float32(through[0])
    columns = np.arange(width, dtype=np.float32) - np.float32(through[1])
    return np.asarray(rows * np.float32(np.cos(angle)) - columns * np.float32(np.sin(angle)), np.float32)


def _somewhere(rng: np.random.Generator, light: Light) -> tuple[float, float]:
    return float(rng.uniform(0.1, 0.9) * light.shape[0]), float(rng.uniform(0.1, 0.9) * light.shape[1])


def _formwork_line(rng: np.random.Generator, light: Light) -> None:
    """The ridge that the gap between two boards leaves: a light line with a soft shadow beside it."""
    angle = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.02)
    distance = _distance_from_line(light, _somewhere(rng, light), angle)
    breadth = rng.uniform(1.5, 3.0)
    light += np.exp(-((distance / breadth) ** 2)) * np.float32(rng.uniform(8, 18))
    light -= np.exp(-(((distance - 2.5 * breadth) / (2 * breadth)) ** 2)) * np.float32(rng.uniform(4, 10))
    light += np.where(distance > 0, np.float32(rng.normal(0, 4)), np.float32(0))


def _water_streak(rng: np.random.Generator, light: Light) -> None:
    """Dirt that ran down: broad, soft, darker, fading."""
    height, width = light.shape
    top, column = rng.uniform(-0.2, 0.5) * height, rng.uniform(0.05, 0.95) * width
    breadth = rng.uniform(0.01, 0.04) * width
    rows = np.arange(height, dtype=np.float32)[:, np.newaxis]
    columns = np.arange(width, dtype=np.float32)
    middle = column + np.sin(rows / height * rng.uniform(2, 6)) * 0.4 * breadth
    fade = np.clip((rows - top) / 30, 0, 1) * np.exp(-np.maximum(rows - top, 0) / (0.5 * height))
    light *= (1 - rng.uniform(0.06, 0.18) * fade * np.exp(-(((columns - middle) / breadth) ** 2))).astype(
        np.float32
    )


def _shadow_edge(rng: np.random.Generator, light: Light) -> None:
    """The soft edge of something's shadow across the picture."""
    distance = _distance_from_line(light, _somewhere(rng, light), rng.uniform(0, np.pi))
    softness = rng.uniform(2, 8)
    light *= 1 - np.float32(rng.uniform(0.1, 0.3)) / (1 + np.exp(np.clip(-distance / softness, -30, 30)))


def _scratch(rng: np.random.Generator, light: Light) -> None:
    """A straight light scratch or chalk line."""
    distance = _distance_from_line(light, _somewhere(rng, light), rng.uniform(0, np.pi))
    light += np.exp(-((distance / rng.uniform(0.7, 1.5)) ** 2)) * np.float32(rng.uniform(12, 30))
