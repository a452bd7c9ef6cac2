"""Pixels into picture files, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np

from crackscope.imaging.arrays import BoolMask, RgbPixels
from crackscope.whole_file import whole_file

LONGEST_JPEG_PX = 65_500  # libjpeg's limit


def write_jpeg(path: str | os.PathLike[str], pixels: RgbPixels, *, quality: int = 90) -> None:
    """Write a photo as JPEG; the file appears when it is complete.

    Parameters
    ----------
    path : path
        An older file is replaced.
    pixels : uint8 array, shape (H, W, 3)
    quality : int
        1…100.

    Raises
    ------
    ValueError
        If the pixels are not 8-bit RGB or a side is longer than JPEG allows.
    CrackscopeError
        If the file cannot be written.
    """
    _write(Path(path), jpeg_bytes(pixels, quality=quality))


def write_png(path: str | os.PathLike[str], pixels: RgbPixels) -> None:
    """Write a photo as PNG, without loss; like `write_jpeg` in everything else."""
    _write(Path(path), png_bytes(pixels))


def jpeg_bytes(pixels: RgbPixels, *, quality: int = 90) -> bytes:
    """Turn a photo into the content of a JPEG file; see `write_jpeg`."""
    if max(pixels.shape[:2]) > LONGEST_JPEG_PX:
        raise ValueError(
            f"JPEG holds at most {LONGEST_JPEG_PX:,} px on a side, not {pixels.shape[:2]}; use PNG"
        )
    return _encoded(pixels, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def png_bytes(pixels: RgbPixels) -> bytes:
    """Turn a photo into the content of a PNG file, without loss; see `write_png`."""
    return _encoded(pixels, ".png", [cv2.IMWRITE_PNG_COMPRESSION, 3])


def mask_png_bytes(mask: BoolMask) -> bytes:
    """Turn a mask, bool (H, W), into the content of a grey PNG file: 255 on the crack, 0 elsewhere."""
    done, data = cv2.imencode(".png", mask.astype(np.uint8) * np.uint8(255))
    if not done:
        raise ValueError(f"a mask of shape {mask.shape} cannot be written as PNG")
    return bytes(data)


def thumbnail(pixels: RgbPixels, longest_px: int) -> RgbPixels:
    """Shrink a photo so that its longer side has at most `longest_px`; never enlarges.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
    longest_px : int

    Returns
    -------
    uint8 array, shape (H', W', 3)
        Each side at least 1 px; the same array if it is small enough already.

    Examples
    --------
    >>> thumbnail(np.zeros((300, 400, 3), np.uint8), 100).shape
    (75, 100, 3)
    """
    if longest_px < 1:
        raise ValueError(f"a thumbnail of {longest_px} px has no pixels")
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= longest_px:
        return pixels
    size = (max(1, round(width * longest_px / longest)), max(1, round(height * longest_px / longest)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encoded(pixels: RgbPixels, suffix: str, options: list[int]) -> bytes:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(f"a photo is a uint8 array of shape (H, W, 3), not {pixels.dtype} {pixels.shape}")
    done, data = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"a photo of shape {pixels.shape} cannot be written as {suffix}")
    return bytes(data)


def _write(path: Path, data: bytes) -> None:
    with whole_file(path) as temporary:
        temporary.write_bytes(data)
