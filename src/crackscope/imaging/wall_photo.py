"""A drawn wall as a camera sees it from aside: photos whose scale is known at every place."""

from __future__ import annotations

import math

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray, GreyPixels
from crackscope.imaging.markers import DEFAULT_DICTIONARY, DICTIONARIES

FINER = 3
"""The photo is drawn so many times as fine and then made smaller, so that edges fall between pixels."""
BLACK, WHITE = 35, 215
"""Of printed markers, as cameras show them."""
QUIET_CELLS = 1


def photo_from_wall(
    *,
    height_px: int,
    width_px: int,
    focal_px: float,
    distance_mm: float,
    tilt_deg: float = 0.0,
    turn_deg: float = 0.0,
    roll_deg: float = 0.0,
    aim_mm: tuple[float, float] = (0.0, 0.0),
) -> FloatArray:
    """Work out where an ideal camera shows each place of a wall.

    Parameters
    ----------
    height_px, width_px : int
        Of the photo.
    focal_px : float
        Focal length, in px.
    distance_mm : float
        From the camera to the place that it aims at.
    tilt_deg, turn_deg, roll_deg : float
        How far the camera looks from above or below, from aside, and is turned about its axis.
    aim_mm : (x, y)
        Place on the wall that is in the photo's middle.

    Returns
    -------
    float array, shape (3, 3)
        Homography from (x, y, 1) on the wall, in mm, y downwards, to (column, row, 1) in px.

    Examples
    --------
    >>> view = photo_from_wall(height_px=101, width_px=201, focal_px=500, distance_mm=1000)
    >>> (view @ (2.0, 0.0, 1.0) / (view @ (2.0, 0.0, 1.0))[2]).tolist()
    [101.0, 50.0, 1.0]
    """
    tilt, turn, roll = (math.radians(angle) for angle in (tilt_deg, turn_deg, roll_deg))
    about_x = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    about_y = np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    lens = np.array([[focal_px, 0, (width_px - 1) / 2], [0, focal_px, (height_px - 1) / 2], [0, 0, 1]])
    placed = about_z @ about_x @ about_y @ np.array([[1, 0, -aim_mm[0]], [0, 1, -aim_mm[1]], [0, 0, 0]])
    placed[2, 2] += distance_mm
    view: FloatArray = lens @ placed
    return view


def stick_marker(
    wall: GreyPixels,
    number: int,
    *,
    corner_px: tuple[int, int],
    side_px: int,
    dictionary: str = DEFAULT_DICTIONARY,
) -> None:
    """Draw a marker with the white around it onto a wall seen straight on, in place.

    Parameters
    ----------
    wall : uint8 array, shape (H, W)
        Changed.
    number : int
    corner_px : (row, column)
        Of the black square's upper left pixel.
    side_px : int
        Of the black square; rounded down to a multiple of the marker's cells.
    dictionary : str
    """
    known = cv2.aruco.getPredefinedDictionary(DICTIONARIES[dictionary])
    cells = cv2.aruco.generateImageMarker(known, number, known.markerSize + 2)
    framed = np.pad(cells, QUIET_CELLS, constant_values=255)
    cell_px = side_px // len(cells)
    drawn = np.kron(np.where(framed > 0, WHITE, BLACK), np.ones((cell_px, cell_px))).astype(np.uint8)
    top, left = (place - QUIET_CELLS * cell_px for place in corner_px)
    wall[top : top + len(drawn), left : left + len(drawn)] = drawn


def photograph(
    wall: GreyPixels,
    view: FloatArray,
    *,
    px_per_mm: float,
    height_px: int,
    width_px: int,
    blur_sigma_px: float = 0.8,
    noise_sigma: float = 3.0,
    seed: int = 0,
) -> GreyPixels:
    """Take a photo of a drawn wall.

    Parameters
    ----------
    wall : uint8 array, shape (H, W)
        Seen straight on, finely drawn; its middle is the wall's origin. Beyond it the wall is plain.
    view : float array, shape (3, 3)
        As `photo_from_wall` makes it.
    px_per_mm : float
        Of the drawing.
    height_px, width_px : int
        Of the photo.
    blur_sigma_px, noise_sigma : float
        Of lens and sensor.
    seed : int
        Of the noise.

    Returns
    -------
    uint8 array, shape (height_px, width_px)
    """
    tall, wide = wall.shape
    drawn_from_wall = np.array(
        [[px_per_mm, 0, (wide - 1) / 2], [0, px_per_mm, (tall - 1) / 2], [0, 0, 1]], np.float64
    )
    finer = np.array([[FINER, 0, (FINER - 1) / 2], [0, FINER, (FINER - 1) / 2], [0, 0, 1]], np.float64)
    seen = cv2.warpPerspective(
        wall,
        finer @ view @ np.linalg.inv(drawn_from_wall),
        (width_px * FINER, height_px * FINER),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(np.median(wall)),
    )
    light = cv2.resize(seen.astype(np.float32), (width_px, height_px), interpolation=cv2.INTER_AREA)
    if blur_sigma_px > 0:
        light = cv2.GaussianBlur(light, (0, 0), blur_sigma_px)
    noise = np.random.default_rng(seed).normal(0.0, noise_sigma, light.shape)
    photo: GreyPixels = np.clip(np.rint(light + noise), 0, 255).astype(np.uint8)
    return photo
