"""Lay two photos of one flat place one on the other, or say why that cannot be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from crackscope.errors import RegistrationError
from crackscope.imaging.arrays import FloatArray, GreyPixels
from crackscope.imaging.homography import project, signed_area
from crackscope.imaging.matching_details import agreed_view
from crackscope.imaging.matching_patches import matched_patches, without_noise

LEAST_PATCHES, LEAST_LIKE_SHARE = 12, 0.35
"""Patches that look alike in both photos, and their share of those looked for."""
APART_PX = 3.0
"""What agrees on one view lies no further off."""
MOST_OFF_PX = 2.5
"""Median distance of patches from the view that fits all, beyond which no one view does."""
LEAST_OVERLAP, MOST_ZOOM = 0.25, 3.0
RAYLEIGH_MEDIAN = 1.1774
"""Of distances in the plane whose parts have a standard deviation of 1."""
LEAST_SIGMA_PX = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Where the places of one photo lie in another.

    Parameters
    ----------
    after_from_before : float array, shape (3, 3)
        Homography of (column, row, 1) in px.
    sigma_px : float
        Standard deviation of places, in px of the first photo.
    overlap : float
        Share of the first photo that is in the second.
    patches : int
        How many places were compared.
    """

    after_from_before: FloatArray = field(repr=False)
    sigma_px: float
    overlap: float
    patches: int

    def to_after(self, places: FloatArray) -> FloatArray:
        """Take places, shape (N, 2), (row, column) in px of the first photo, to the second."""
        return project(self.after_from_before, places)

    def to_before(self, places: FloatArray) -> FloatArray:
        """Take places of the second photo to the first."""
        return project(_inverse(self.after_from_before), places)

    def stretch(self, places: FloatArray) -> FloatArray:
        """Derivatives of places in the second photo by those in the first, (row, column), shape (N, 2, 2)."""
        half = 0.5
        columns = [
            self.to_after(places + step) - self.to_after(places - step)
            for step in (np.array([half, 0.0]), np.array([0.0, half]))
        ]
        return np.stack(columns, axis=2)


def register(before: GreyPixels, after: GreyPixels) -> Registration:
    """Find the homography between two photos of the same flat place.

    Details (SIFT) that match are asked for one view on which they agree; then patches all over the first
    photo are looked for in the second, to a fraction of a px, and the view is fitted to these.

    Parameters
    ----------
    before, after : uint8 arrays, shapes (H, W) and (H', W')

    Returns
    -------
    Registration

    Raises
    ------
    RegistrationError
        Saying why, if the photos do not show the same place, or not well enough to compare them.

    References
    ----------
    Lowe (2004), "Distinctive image features from scale-invariant keypoints"; Barath et al. (2020),
    "MAGSAC++, a fast, reliable and accurate robust estimator".
    """
    view = _plausible(agreed_view(before, after), before.shape, after.shape)
    shown, other = without_noise(before), without_noise(after)
    for _ in range(2):
        patches = matched_patches(shown, other, view)
        alike = len(patches.here)
        if alike < LEAST_PATCHES or alike < LEAST_LIKE_SHARE * patches.compared:
            raise RegistrationError(
                f"only {alike} of {patches.compared} parts look alike in both photos: the surface was changed"
                " between them, or is lit too differently; take the second photo as the first one was taken."
            )
        finer, _ = cv2.findHomography(patches.here[:, ::-1], patches.there[:, ::-1], cv2.RANSAC, APART_PX)
        if finer is None:
            raise RegistrationError("no one view fits both photos; is the surface flat?")
        view = _plausible(np.asarray(finer, np.float64), before.shape, after.shape)
    off = np.hypot(*(project(_inverse(view), patches.there) - patches.here).T)
    median_off = float(np.median(off))
    if median_off > MOST_OFF_PX:
        raise RegistrationError(
            f"parts lie {median_off:.1f} px off when one photo is laid on the other: the surface is not flat;"
            " photograph it from the same place as before."
        )
    sigma = median_off / RAYLEIGH_MEDIAN
    return Registration(view, max(sigma, LEAST_SIGMA_PX), _overlap(view, before.shape, after.shape), len(off))


def _inverse(view: FloatArray) -> FloatArray:
    return np.linalg.inv(view).astype(np.float64)


def _plausible(view: FloatArray, before: tuple[int, ...], after: tuple[int, ...]) -> FloatArray:
    """Refuse a view that no camera has of a wall it saw before."""
    middle = np.array([(before[0] - 1) / 2.0, (before[1] - 1) / 2.0, 1.0])
    view = view / (view[2] @ middle[[1, 0, 2]])
    corners = np.array(
        [[0, 0], [0, before[1] - 1], [before[0] - 1, before[1] - 1], [before[0] - 1, 0]], float
    )
    outline = project(view, corners)
    size = np.nan if not np.isfinite(outline).all() else signed_area(outline) / signed_area(corners)
    if not (MOST_ZOOM**-2 <= size <= MOST_ZOOM**2):
        raise RegistrationError(
            "the photos were taken from too different places; take the second one from where the first was."
        )
    if _overlap(view, before, after) < LEAST_OVERLAP:
        raise RegistrationError(
            f"less than {LEAST_OVERLAP:.0%} of the first photo is in the second; take it from where the first"
            " was."
        )
    return view


def _overlap(view: FloatArray, before: tuple[int, ...], after: tuple[int, ...]) -> float:
    """Share of the first photo's places, on a grid, that are in the second."""
    rows, columns = (np.linspace(0, side - 1, 24) for side in before[:2])
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    mapped = project(view, grid)
    inside = ((mapped >= -1.0) & (mapped <= np.array(after[:2]))).all(axis=1)
    return float(inside.mean())
