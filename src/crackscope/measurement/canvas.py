"""The pixels of one mask with a border of background around them, ready for work on single pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import BoolMask
from crackscope.measurement.region import Region

_PIXELS_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A mask in a frame of background one pixel wide.

    Parameters
    ----------
    pixels : uint8 array, shape (H + 2, W + 2), C-contiguous
        1 on crack pixels, 0 elsewhere and on the frame.
    """

    pixels: NDArray[np.uint8]

    @classmethod
    def from_mask(cls, mask: BoolMask) -> Canvas:
        """Frame a bool mask, shape (H, W)."""
        pixels = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
        pixels[1:-1, 1:-1] = mask
        return cls(pixels)

    @classmethod
    def from_region(cls, region: Region) -> Canvas:
        """Frame the box of a region; only the pages of memory that hold crack pixels are touched."""
        box, photo_height = region.box, region.mask.height
        edges = np.cumsum(np.array(region.mask.counts, np.int64))
        starts, ends = edges[: 2 * (edges.size // 2) : 2], edges[1::2]
        pixels = np.zeros((box.height + 2, box.width + 2), np.uint8)
        flat, stride = pixels.reshape(-1), box.width + 2
        cuts = np.searchsorted(
            np.cumsum(ends - starts), np.arange(_PIXELS_AT_ONCE, region.area_px, _PIXELS_AT_ONCE)
        )
        for first, last in zip([0, *cuts.tolist()], [*cuts.tolist(), starts.size], strict=True):
            lengths = ends[first:last] - starts[first:last]
            before = np.cumsum(lengths) - lengths
            index = np.arange(lengths.sum()) + np.repeat(starts[first:last] - before, lengths)
            column, row = np.divmod(index, photo_height)
            flat[(row - (box.row - 1)) * stride + (column - (box.column - 1))] = 1
        return cls(pixels)

    def sample(self, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
        """Interpolate between pixel centres (bilinear); 0 outside.

        Parameters
        ----------
        rows, columns : float32 arrays of one shape
            In pixels of the mask: (0, 0) is the centre of its first pixel.

        Returns
        -------
        float32 array of that shape, 0…1
        """
        height, width = self.pixels.shape
        y, x = rows + np.float32(1.0), columns + np.float32(1.0)
        np.minimum(np.maximum(y, 0.0, out=y), height - 1.01, out=y)
        np.minimum(np.maximum(x, 0.0, out=x), width - 1.01, out=x)
        row, column = y.astype(np.int32), x.astype(np.int32)
        y -= row
        x -= column
        index = row.astype(np.intp) * width
        index += column
        flat = self.pixels.reshape(-1).view(np.int8)
        upper_left, lower_left = flat.take(index), flat.take(index + width)
        index += 1
        upper = upper_left + x * (flat.take(index) - upper_left)
        index += width
        lower = lower_left + x * (flat.take(index) - lower_left)
        lower -= upper
        lower *= y
        lower += upper
        values: NDArray[np.float32] = lower
        return values
