"""Take a mask of all cracks of a picture apart into single cracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.gaps import Parts, joined_parts
from crackscope.datasets.groups import groups_of
from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask


@dataclass(frozen=True, slots=True)
class SingleCrack:
    """One crack of a picture.

    Parameters
    ----------
    mask : RunLengthMask
        Of the size of the whole picture.
    box : Box
        The smallest one around its pixels.
    """

    mask: RunLengthMask
    box: Box

    @property
    def area(self) -> int:
        """Number of its pixels."""
        return self.mask.area


def single_cracks(
    mask: BoolMask, *, min_area_px: int = 12, join_gap_px: float = 12.0, join_angle_deg: float = 35.0
) -> list[SingleCrack]:
    """Take a combined mask apart into single cracks.

    Pixels that touch, be it by a corner, are one part. Parts are one crack where an end of the one points at
    an end of the other across a short gap; each end goes on in one other end at most, the nearest and
    straightest. A dot too small to point anywhere joins where it lies in the line between two such ends. An
    end that points at the side of another crack, and cracks that run side by side, stay apart. What is too
    small after joining is left out.

    Parameters
    ----------
    mask : bool array, shape (H, W)
        True on crack pixels.
    min_area_px : int
        Cracks with fewer pixels are left out; at 1, none is.
    join_gap_px : float
        Longest gap to join across, in background px; at 0, nothing is joined.
    join_angle_deg : float
        Most that either end's direction may differ from the line across the gap, 0…90.

    Returns
    -------
    list of SingleCrack
        Without common pixels; by top row, then by left column. Empty for an empty mask.

    Raises
    ------
    ValueError
        If `mask` is not two-dimensional and boolean, or a limit is out of range.

    Examples
    --------
    >>> mask = np.zeros((20, 60), bool)
    >>> mask[10, 5:25] = mask[10, 30:50] = mask[2, 5:30] = True
    >>> [crack.box for crack in single_cracks(mask)]
    [Box(row=2, column=5, height=1, width=25), Box(row=10, column=5, height=1, width=45)]
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(f"a mask is a bool array of shape (H, W), not {mask.dtype} {mask.shape}")
    if min_area_px < 1 or not join_gap_px >= 0 or not 0 <= join_angle_deg <= 90:
        raise ValueError(
            f"cracks of {min_area_px} px, gaps of {join_gap_px} px, kinks of {join_angle_deg}°: impossible"
        )
    if not mask.any():
        return []
    parts = Parts.of(mask)
    crack_of = np.arange(parts.area_px.size)
    if join_gap_px > 0 and crack_of.size > 2:
        joined = joined_parts(parts, gap_px=join_gap_px, angle_deg=join_angle_deg)
        for group in groups_of(joined):
            crack_of[group] = group[0]
    return _cracks(mask, crack_of[parts.labels[mask]], min_area_px)


def _cracks(mask: BoolMask, crack: NDArray[np.intp], min_area_px: int) -> list[SingleCrack]:
    """Gather the pixels of each crack; `crack` is its number for each crack pixel, in raster order."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    order = np.argsort(crack, kind="stable")
    areas = np.bincount(crack)
    found = []
    for pixels in np.split(order, np.cumsum(areas[areas > 0])[:-1]):
        if pixels.size < min_area_px:
            continue
        row, column = rows[pixels], columns[pixels]
        top, left = int(row[0]), int(column.min())
        box = Box(top, left, int(row[-1]) - top + 1, int(column.max()) - left + 1)
        rle = RunLengthMask.from_pixels(row, column, height=height, width=width)
        found.append((top, left, int(column[0]), SingleCrack(rle, box)))
    return [crack for *_, crack in sorted(found, key=lambda each: each[:3])]
