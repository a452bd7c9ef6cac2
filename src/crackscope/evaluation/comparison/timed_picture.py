"""The picture on which models are timed whose time depends on what they find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crackscope.datasets.sample import Sample
from crackscope.engine.padding import pad
from crackscope.errors import DatasetError, PhotoError
from crackscope.evaluation.samples import read_sample
from crackscope.imaging.arrays import RgbPixels


def cut_with_crack(samples: Sequence[Sample], *, side_px: int) -> RgbPixels | None:
    """Cut a square with a crack out of one of some pictures.

    Parameters
    ----------
    samples : sequence of Sample
    side_px : int

    Returns
    -------
    uint8 array, shape (side_px, side_px, 3), or None
        Of the picture in the middle of those with masks, or of the next that can be read and shows a crack,
        around its middle crack pixel; mirrored where the picture is too small. None where no picture shows a
        crack.
    """
    masked = sorted(sample for sample in samples if sample.mask is not None)
    middle = len(masked) // 2
    for sample in [*masked[middle:], *masked[:middle]]:
        try:
            pixels, truth = read_sample(sample)
        except (PhotoError, DatasetError):  # named among the failures of the comparison
            continue
        rows, columns = np.nonzero(truth)
        if rows.size:
            row = _start(int(rows[rows.size // 2]), truth.shape[0], side_px)
            column = _start(int(columns[columns.size // 2]), truth.shape[1], side_px)
            return pad(pixels[row : row + side_px, column : column + side_px], side_px, side_px)
    return None


def _start(centre: int, length: int, side_px: int) -> int:
    """Choose where a cut around a pixel begins, so that it stays inside as far as that is possible."""
    return max(0, min(centre - side_px // 2, length - side_px))
