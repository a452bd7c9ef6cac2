"""From square markers of known size in a photo to the wall that they stick on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from crackscope.errors import MeasurementError
from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.homography import signed_area
from crackscope.imaging.markers import FoundMarker
from crackscope.measurement.wall_view import WallView

CORNER_SD_PX = 0.1
"""Of a corner: twice what drawn markers show, for print, paper and lens are not perfect."""
SIDE_SD = 0.001
"""Of a marker's side as printed, and of how flat it lies, as a share."""
FOCAL_SD_LOG = 0.35
"""Of the focal length where the camera did not say it: its logarithm is about that of the longer side."""
USUAL_FOCAL = 0.95
KNOWN_FOCAL_SD_LOG = 0.03
CAMERA_SD = 0.02
"""How far a photo is from that of an ideal camera with its axis through the photo's middle."""
CONTRADICTION = 3.0
"""Markers contradict each other where corners lie so many standard deviations off, root mean square."""
STEPS = 60


def wall_view(
    markers: Sequence[FoundMarker],
    side_mm: float,
    *,
    height_px: int,
    width_px: int,
    focal_px: float | None = None,
) -> WallView:
    """Fit the view of a flat wall to the corners of the markers on it.

    Where the markers lie on the wall, and which way up, is not known: only that they are squares of one size
    on one plane. One small marker says little of how the wall leans; then what cameras are like (square
    pixels, axis through the middle, a usual focal length) speaks as well, and the standard deviation grows
    with the distance from the marker.

    Parameters
    ----------
    markers : sequence of FoundMarker
        At least one.
    side_mm : float
        Side of the black square.
    height_px, width_px : int
        Of the photo.
    focal_px : float, optional
        Focal length in px, where it is known.

    Returns
    -------
    WallView

    Raises
    ------
    MeasurementError
        If markers contradict each other, or the view is so oblique that the scale is not sure anywhere.

    References
    ----------
    Zhang (2000), "A flexible new technique for camera calibration": what a plane's homography must fulfil.
    Levenberg (1944) and Marquardt (1963): the damped least squares that fit it.
    """
    ordered = sorted(markers, key=lambda marker: -marker.side_px)
    longest = float(max(height_px, width_px))
    middle = np.array([(width_px - 1) / 2.0, (height_px - 1) / 2.0])
    seen = np.stack([(marker.corners[:, ::-1] - middle) / longest for marker in ordered])
    corner_sd = np.array([math.hypot(CORNER_SD_PX, SIDE_SD * m.side_px) / longest for m in ordered])
    focal = math.log(USUAL_FOCAL if focal_px is None else focal_px / longest)
    focal_sd = FOCAL_SD_LOG if focal_px is None else KNOWN_FOCAL_SD_LOG

    def residuals(parameters: FloatArray) -> FloatArray:
        view, log_focal, poses = _taken_apart(parameters)
        drawn = _projected(view, _squares(poses))
        off = (drawn - seen) / corner_sd[:, None, None]
        lean = _uncameralike(view, math.exp(log_focal)) / CAMERA_SD
        return np.concatenate([off.ravel(), lean, [(log_focal - focal) / focal_sd]])

    parameters, spread = _least_squares(residuals, _start(seen, focal))
    off = residuals(parameters)[: seen.size]
    if len(ordered) > 1 and math.sqrt(float(np.mean(off**2))) > CONTRADICTION:
        raise MeasurementError(_contradiction(ordered, side_mm))
    found = _in_photo(parameters, spread, side_mm, longest, middle)
    return _with_reference(found, ordered, (height_px, width_px))


SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
"""(x, y) of a marker's corners, in its side."""


def _taken_apart(parameters: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """The view (photo from wall, 3×3), the focal length's logarithm, and the markers' poses (x, y, turn)."""
    view = np.append(parameters[:8], 1.0).reshape(3, 3)
    poses = np.concatenate([np.zeros(3), parameters[9:]]).reshape(-1, 3)
    return view, float(parameters[8]), poses


def _squares(poses: FloatArray) -> FloatArray:
    """Corners on the wall, shape (M, 4, 2), of markers at poses, in their side."""
    cosine, sine = np.cos(poses[:, 2]), np.sin(poses[:, 2])
    turn = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1)
    squares: FloatArray = np.einsum("mij,kj->mki", turn, SQUARE) + poses[:, None, :2]
    return squares


def _projected(homography: FloatArray, points: FloatArray) -> FloatArray:
    mapped = points @ homography[:, :2].T + homography[:, 2]
    projected: FloatArray = mapped[..., :2] / mapped[..., 2:]
    return projected


def _uncameralike(view: FloatArray, focal: float) -> FloatArray:
    """Two numbers that are 0 for an ideal camera: its view keeps the wall's axes square and equally long."""
    one, two = (view[:, :2] / np.array([[focal], [focal], [1.0]])).T
    off: FloatArray = np.array([2.0 * (one @ two), one @ one - two @ two]) / (one @ one + two @ two)
    return off


def _start(seen: FloatArray, log_focal: float) -> FloatArray:
    """Take the first marker's own homography, and lay the others on the wall by it."""
    view = np.asarray(cv2.findHomography(SQUARE, seen[0])[0], np.float64)
    back = np.linalg.inv(view).astype(np.float64)
    poses = []
    for corners in seen[1:]:
        wall = _projected(back, corners)
        along = wall[1] - wall[0] + wall[2] - wall[3]
        poses += [*wall.mean(axis=0), math.atan2(along[1], along[0])]
    return np.array([*(view / view[2, 2]).ravel()[:8], log_focal, *poses])


def _least_squares(
    residuals: Callable[[FloatArray], FloatArray], parameters: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fit by damped steps; return the parameters and their covariance."""
    off = residuals(parameters)
    cost, damping = float(off @ off), 1e-3
    for _ in range(STEPS):
        slopes = _slopes(residuals, parameters, off)
        normal, downhill = slopes.T @ slopes, slopes.T @ off
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -downhill)
        tried = residuals(parameters + step)
        tried_cost = float(tried @ tried)
        if math.isfinite(tried_cost) and tried_cost <= cost:
            settled = cost - tried_cost <= 1e-10 * cost
            parameters, off, cost, damping = parameters + step, tried, tried_cost, damping / 10.0
            if settled:
                break
        else:
            damping *= 10.0
            if damping > 1e12:
                break
    slopes = _slopes(residuals, parameters, off)
    # What fits worse than it should is less sure than it says (Birge 1932, "The calculation of errors ...").
    surplus = max(1.0, float(off @ off) / max(1, len(off) - len(parameters)))
    return parameters, surplus * np.linalg.pinv(slopes.T @ slopes).astype(np.float64)


def _slopes(
    residuals: Callable[[FloatArray], FloatArray], parameters: FloatArray, off: FloatArray
) -> FloatArray:
    steps = 1e-6 * np.maximum(np.abs(parameters), 1e-2)
    columns = [
        (residuals(parameters + change) - off) / step
        for change, step in zip(np.diag(steps), steps.tolist(), strict=True)
    ]
    return np.stack(columns, axis=1)


def _in_photo(
    parameters: FloatArray, spread: FloatArray, side_mm: float, longest: float, middle: FloatArray
) -> WallView:
    """Turn the view round, into px and mm, and its covariance with it."""

    def inverse(entries: FloatArray) -> FloatArray:
        wall_from_seen = np.linalg.inv(np.append(entries, 1.0).reshape(3, 3))
        to_mm = np.diag([side_mm, side_mm, 1.0])
        to_seen = np.array([[1.0, 0.0, -middle[0]], [0.0, 1.0, -middle[1]], [0.0, 0.0, longest]])
        whole = to_mm @ wall_from_seen @ to_seen
        # In sight, the wall's first marker has a third coordinate of 1.
        here = np.array([entries[2] * longest + middle[0], entries[5] * longest + middle[1], 1.0])
        scaled: FloatArray = (whole / (whole[2] @ here)).ravel()
        return scaled

    entries = parameters[:8]
    slopes = _slopes(inverse, entries, inverse(entries))
    return WallView(
        inverse(entries).reshape(3, 3), slopes @ spread[:8, :8] @ slopes.T, reference=(math.nan, math.nan)
    )


def _with_reference(view: WallView, markers: Sequence[FoundMarker], size: tuple[int, int]) -> WallView:
    """Name the photo's middle as the place whose scale is told, or the largest marker where that is surer."""
    middle = ((size[0] - 1) / 2.0, (size[1] - 1) / 2.0)
    row, column = markers[0].corners.mean(axis=0).tolist()
    for reference in (middle, (row, column)):
        placed = WallView(view.wall_from_photo, view.covariance, reference)
        if placed.is_believable:
            return placed
    raise MeasurementError(
        "the view of the wall is too oblique, or the marker too small, for a scale; photograph it from nearer"
        " by, and more straight on."
    )


def _contradiction(markers: Sequence[FoundMarker], side_mm: float) -> str:
    sizes = [(side_mm / math.sqrt(abs(signed_area(marker.corners))), marker.number) for marker in markers]
    (least, one), (most, other) = min(sizes), max(sizes)
    return (
        f"markers contradict each other: by no. {one} a pixel is {least:.4g} mm, by no. {other} {most:.4g}"
        f" mm, and no one flat wall fits both; all markers have to lie on the plane of the cracks and to be"
        f" {side_mm:g} mm large."
    )
