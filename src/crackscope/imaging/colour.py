"""From whatever a picture file holds to 8-bit red, green and blue."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crackscope.imaging.arrays import GreyPixels, RgbPixels

BAND_PIXELS = 1 << 22  # converted at a time, so that a large picture needs little beside the result
WHITE, WHITE_12_BIT, WHITE_16_BIT = 255, 4095, 65535


def to_rgb(image: Image.Image, *, backdrop: int = WHITE) -> RgbPixels:
    """Convert a decoded Pillow picture of any mode to 8-bit RGB.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded. Deep grey values are brought to 8 bit by `scale_to_8_bit`.
    backdrop : int
        Grey value, 0…255, that transparency becomes.

    Returns
    -------
    uint8 array, shape (H, W, 3)

    Raises
    ------
    ValueError
        If its kind of colour cannot be converted.
    """
    if image.mode.startswith(("I", "F")):
        grey = scale_to_8_bit(np.asarray(image))
        return np.repeat(grey[..., np.newaxis], 3, axis=2)
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        whole = bottom - top == image.height
        band = image if whole else image.crop((0, top, image.width, bottom))
        pixels[top:bottom] = np.asarray(_plain(band, backdrop))
    return pixels


def to_grey(pixels: RgbPixels) -> GreyPixels:
    """Take the brightness of a photo: uint8 (H, W, 3) → uint8 (H, W), weights of ITU-R BT.601."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def over(backdrop: int, rgba: NDArray[np.uint8]) -> RgbPixels:
    """Lay a transparent picture, uint8 of shape (H, W, 4), over a grey value, 0…255.

    Examples
    --------
    >>> over(WHITE, np.array([[[200, 100, 0, 0], [200, 100, 0, 255]]], np.uint8)).tolist()
    [[[255, 255, 255], [200, 100, 0]]]
    """
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = rgba[..., :3] * alpha + np.uint16(backdrop) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def scale_to_8_bit(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring deep values to 8 bit by one rule that looks at the largest value only.

    - Integers: white is 65,535; it is 4,095 where no value is larger (12-bit cameras in 16-bit files), and 1
      where none is above that (class numbers). Negative values are black.
    - Floating point: white is 1 where no value is larger, else 255, else 65,535. What is no number is black.

    Parameters
    ----------
    values : int or float array of any shape

    Returns
    -------
    uint8 array of the same shape

    Raises
    ------
    ValueError
        If a value is above 65,535.

    Examples
    --------
    >>> scale_to_8_bit(np.array([0, 257, 32768, 65535], np.uint16)).tolist()
    [0, 1, 128, 255]
    >>> scale_to_8_bit(np.array([0, 2048, 4095], np.uint16)).tolist()
    [0, 128, 255]
    """
    if values.dtype.kind == "f":
        numbers = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        largest = float(numbers.max(initial=0.0))
        if largest > WHITE_16_BIT:
            raise ValueError("has values above 65,535")
        white = 1.0 if largest <= 1 else 255.0 if largest <= 255 else float(WHITE_16_BIT)
        return np.asarray(np.rint(np.clip(numbers, 0, white) * np.float32(255 / white)), np.uint8)
    top = int(values.max(initial=0))
    if top > WHITE_16_BIT:
        raise ValueError("has values above 65,535")
    maximum = next(white for white in (1, WHITE_12_BIT, WHITE_16_BIT) if top <= white)
    scale = ((np.arange(maximum + 1) * 255 + maximum // 2) // maximum).astype(np.uint8)
    return np.asarray(scale[np.maximum(values, 0) if values.dtype.kind == "i" else values], np.uint8)


def _plain(image: Image.Image, backdrop: int) -> Image.Image:
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        see_through = image.convert("RGBA")
        ground = Image.new("RGB", image.size, (backdrop, backdrop, backdrop))
        ground.paste(see_through, mask=see_through.getchannel("A"))
        return ground
    return image if image.mode == "RGB" else image.convert("RGB")
