"""A flat wall seen from anywhere: its millimetres for every place in the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.homography import project, signed_area
from crackscope.measurement.scale import LEAST_MM_PER_PX, MOST_MM_PER_PX

UNSURE = 0.2
"""A scale whose standard deviation is a larger share of it is no scale."""


@dataclass(frozen=True, slots=True, eq=False)
class WallView:
    """The homography that takes a photo's pixels to millimetres on a flat wall; a `PhotoScale`.

    Parameters
    ----------
    wall_from_photo : float array, shape (3, 3)
        Takes (column, row, 1) to wall coordinates (x, y, 1) in mm, up to a factor. The factor is such that
        the third coordinate is positive where the wall is in sight.
    covariance : float array, shape (9, 9)
        Of its entries, row by row.
    reference : (row, column)
        Where `mm_per_px` holds: of the photo's middle, if the scale is sure there, or of the markers.

    References
    ----------
    Hartley and Zisserman (2004), "Multiple View Geometry in Computer Vision", sections 2.3 and 5.2.
    """

    wall_from_photo: FloatArray
    covariance: FloatArray = field(repr=False)
    reference: tuple[float, float]

    @property
    def mm_per_px(self) -> float:
        """Size of a pixel at the reference: the root of its area on the wall."""
        return float(self._local_scale(self._reference())[0])

    @property
    def sigma_mm_per_px(self) -> float:
        """Its standard deviation."""
        return self.mm_per_px * self.relative_sigma(self._reference())

    def to_wall(self, places: FloatArray) -> FloatArray:
        """See `PhotoScale`; the origin and the directions are those of the largest marker."""
        return project(self.wall_from_photo, places)[:, ::-1]

    def across_mm_per_px(self, places: FloatArray, normals: FloatArray) -> FloatArray:
        """Mm at right angles to lines on the wall, per px along their normals in the photo; see `PhotoScale`.

        An oblique view turns right angles into others: a band is as wide on the wall as its area there over
        its length there.
        """
        stretch = self._stretch(places)
        area = np.linalg.det(stretch)
        tangents = np.stack(
            [-normals[:, 0], normals[:, 1]], axis=1
        )  # (x, y) of (row, column) normals, turned
        along = np.hypot(*np.einsum("nij,nj->in", stretch, tangents))
        undirected = np.sqrt(np.abs(area))
        across: FloatArray = np.where(np.isfinite(along), np.abs(area) / along, undirected)
        return across

    def relative_sigma(self, places: FloatArray) -> float:
        """Propagate the covariance to the scale at places; the largest, infinite where there is no wall."""
        rows = _homogeneous(places)
        depth = rows @ self.wall_from_photo[2]
        if not (depth > 0.0).all():
            return math.inf
        # The area of a pixel is det(H) / depth³; the gradient of half its logarithm:
        gradient = np.broadcast_to(np.linalg.inv(self.wall_from_photo).T / 2.0, (len(rows), 3, 3)).copy()
        gradient[:, 2] -= 1.5 * rows / depth[:, None]
        flat = gradient.reshape(len(rows), 9)
        variance = np.einsum("ni,ij,nj->n", flat, self.covariance, flat)
        return float(np.sqrt(np.maximum(variance, 0.0)).max(initial=0.0))

    def area_mm2(self, height_px: int, width_px: int) -> float | None:
        """Area of the wall that the whole photo shows; None where the scale is unsure in a corner."""
        edges = np.array([-0.5, -0.5]), np.array([height_px - 0.5, width_px - 0.5])
        (top, left), (bottom, right) = edges
        corners = np.array([[top, left], [top, right], [bottom, right], [bottom, left]])
        if self.relative_sigma(corners) > UNSURE:
            return None
        return abs(signed_area(self.to_wall(corners)))

    @property
    def is_believable(self) -> bool:
        """Whether the scale at the reference is sure and of a size that photos of cracks have."""
        return (
            self.relative_sigma(self._reference()) <= UNSURE
            and LEAST_MM_PER_PX <= self.mm_per_px <= MOST_MM_PER_PX
        )

    @property
    def entries(self) -> tuple[float, ...]:
        """The nine numbers of `wall_from_photo`, row by row."""
        return tuple(self.wall_from_photo.ravel().tolist())

    def _reference(self) -> FloatArray:
        return np.array([self.reference], np.float64)

    def _local_scale(self, places: FloatArray) -> FloatArray:
        scale: FloatArray = np.sqrt(np.abs(np.linalg.det(self._stretch(places))))
        return scale

    def _stretch(self, places: FloatArray) -> FloatArray:
        """Derivatives of wall coordinates by (column, row), shape (N, 2, 2)."""
        mapped = _homogeneous(places) @ self.wall_from_photo.T
        depth = np.where(mapped[:, 2] > 0.0, mapped[:, 2], np.nan)[:, None, None]
        wall = mapped[:, :2, None] / depth
        inner = self.wall_from_photo[None, :2, :2] - wall * self.wall_from_photo[None, 2:, :2]
        stretch: FloatArray = inner / depth
        return stretch


def _homogeneous(places: FloatArray) -> FloatArray:
    """(column, row, 1) of places, shape (N, 3)."""
    return np.column_stack([places[:, 1], places[:, 0], np.ones(len(places))])
