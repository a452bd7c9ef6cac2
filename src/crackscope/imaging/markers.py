"""Printed square markers (ArUco, AprilTag) found in a photo, with corners in sub-pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from crackscope.imaging.arrays import FloatArray, GreyPixels

DICTIONARIES = {
    "apriltag-36h11": cv2.aruco.DICT_APRILTAG_36h11,
    "aruco-4x4": cv2.aruco.DICT_4X4_50,
    "aruco-5x5": cv2.aruco.DICT_5X5_100,
    "aruco-6x6": cv2.aruco.DICT_6X6_250,
}
"""By the names that crackscope gives them."""
DEFAULT_DICTIONARY = "apriltag-36h11"
"""Its markers differ in 11 of 36 cells at least, so that no wall looks like one by chance."""
LEAST_SIDE_PX = 20.0
"""The corners of smaller markers are too unsure to be worth a scale."""

ROUNDS = 3
LEAST_CELL_PX = 2.0
HALF_CELLS, MOST_HALF_PX = 0.75, 8.0
"""Profiles across an edge reach so many cells, or px, into the black border and into the white about it."""
END_CELLS = 0.5
"""So far from the corners, in cells, no profile is taken: there the other edge shows."""
LEAST_CONTRAST = 20.0
MOST_WAVY_PX = 0.5
MOST_MOVED_PX = 3.0
LEAST_CROSSING = 0.1
"""Sine of the angle between two edges that meet."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundMarker:
    """A marker in a photo.

    Parameters
    ----------
    number : int
        Which one of its dictionary.
    corners : float array, shape (4, 2)
        (row, column) in px of the black square's corners: upper left, upper right, lower right and lower left
        of the marker held upright.
    """

    number: int
    corners: FloatArray

    @property
    def side_px(self) -> float:
        """Mean length of its four sides in the photo."""
        steps = np.roll(self.corners, -1, axis=0) - self.corners
        return float(np.hypot(steps[:, 0], steps[:, 1]).mean())


def find_markers(grey: GreyPixels, dictionary: str = DEFAULT_DICTIONARY) -> list[FoundMarker]:
    """Find the markers of a dictionary that are seen whole.

    Parameters
    ----------
    grey : uint8 array, shape (H, W)
    dictionary : str
        One of `DICTIONARIES`.

    Returns
    -------
    list of FoundMarker
        By number, then by place. Those with sides under `LEAST_SIDE_PX` are left out, and those whose edges
        are not the straight lines between black and white that a printed square's are.

    Raises
    ------
    ValueError
        If there is no such dictionary.

    Notes
    -----
    A straight line is fitted to each edge of the black square, from the place of the step between black and
    white in profiles across it; corners are where the lines cross. On drawn views up to 50° aside that is
    sure to a twentieth of a pixel, three times as sure as the corners themselves are.

    References
    ----------
    Garrido-Jurado et al. (2014), "Automatic generation and detection of highly reliable fiducial markers
    under occlusion"; Olson (2011), "AprilTag: A robust and flexible visual fiducial system".
    """
    if dictionary not in DICTIONARIES:
        raise ValueError(f"no dictionary {dictionary!r}; choose one of {', '.join(DICTIONARIES)}")
    known = cv2.aruco.getPredefinedDictionary(DICTIONARIES[dictionary])
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.minMarkerPerimeterRate = min(0.03, 4.0 * LEAST_SIDE_PX / max(grey.shape))
    quads, numbers, _ = cv2.aruco.ArucoDetector(known, settings).detectMarkers(grey)
    if numbers is None:
        return []
    cells = known.markerSize + 2
    found = []
    for number, quad in zip(numbers.ravel().tolist(), quads, strict=True):
        corners = _refined(grey, np.asarray(quad, np.float64).reshape(4, 2), cells)
        if corners is None:
            continue
        marker = FoundMarker(int(number), corners[:, ::-1])
        if marker.side_px >= LEAST_SIDE_PX:
            found.append(marker)
    return sorted(found, key=lambda marker: (marker.number, *marker.corners[0].tolist()))


def _refined(grey: GreyPixels, quad: FloatArray, cells: int) -> FloatArray | None:
    """Move the corners (x, y) of a square to where its fitted edges cross; None if they are no edges."""
    for _ in range(ROUNDS):
        lines = [_edge(grey, np.roll(quad, -side, axis=0), cells) for side in range(4)]
        if any(line is None for line in lines):
            return None
        crossed = [np.cross(lines[side - 1], lines[side]) for side in range(4)]  # type: ignore[arg-type]
        if any(abs(point[2]) < LEAST_CROSSING for point in crossed):
            return None
        moved = np.array([point[:2] / point[2] for point in crossed])
        if np.abs(moved - quad).max() > MOST_MOVED_PX:
            return None
        quad = moved
    return quad


def _edge(grey: GreyPixels, quad: FloatArray, cells: int) -> FloatArray | None:
    """Fit the line a·x + b·y + c = 0 to the step from black to white between the first two corners."""
    start, along = quad[0], quad[1] - quad[0]
    length = float(np.hypot(*along))
    along /= max(length, 1.0)
    outward = np.array([along[1], -along[0]])  # corners go round clockwise as seen
    deep = float(((start - quad[2:]) @ outward).min()) / cells
    cell = length / cells
    if min(cell, deep) < LEAST_CELL_PX:
        return None
    half = min(HALF_CELLS * deep, MOST_HALF_PX)
    steps = np.linspace(-half, half, 2 * int(np.ceil(2.0 * half)) + 1)
    at = np.linspace(END_CELLS * cell, length - END_CELLS * cell, max(8, int(length / 2.0)))
    places = start + at[:, None] * along
    samples = places[:, None] + steps[None, :, None] * outward
    x, y = samples[..., 0].astype(np.float32), samples[..., 1].astype(np.float32)
    if x.min() < 0 or y.min() < 0 or x.max() > grey.shape[1] - 1 or y.max() > grey.shape[0] - 1:
        return None
    values = cv2.remap(grey.astype(np.float32), x, y, cv2.INTER_LINEAR)
    levels = max(2, len(steps) // 5)
    black, white = np.median(values[:, :levels]), np.median(values[:, -levels:])
    if white - black < LEAST_CONTRAST:
        return None
    # The area of what is white says where the step is, however much the lens blurs it.
    share = (values - black) / (white - black)
    shift = half - np.trapezoid(share, steps, axis=1)
    slope, offset, spread = _straight(at - length / 2.0, shift)
    if spread > MOST_WAVY_PX:
        return None
    middle = start + along * (length / 2.0) + outward * offset
    direction = along + slope * outward
    normal = np.array([-direction[1], direction[0]]) / np.hypot(*direction)
    return np.array([*normal, -float(normal @ middle)])


def _straight(at: FloatArray, shift: FloatArray) -> tuple[float, float, float]:
    """Fit slope and offset of a line without the places that lie far off; return the others' spread too."""
    kept = np.ones(len(at), np.bool_)
    slope = offset = spread = 0.0
    for _ in range(3):
        slope, offset = np.polyfit(at[kept], shift[kept], 1).tolist()
        away = np.abs(shift - slope * at - offset)
        spread = 1.4826 * float(np.median(away))
        kept = away <= 3.0 * max(spread, 0.02)
    return slope, offset, spread
