"""Masks in MATLAB files, as the CrackForest dataset has them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crackscope.datasets.annotation_file import read_annotation
from crackscope.datasets.mask_source import wrong_size
from crackscope.errors import DatasetError
from crackscope.imaging.arrays import BoolMask

LIMIT_BYTES = 256 << 20
BACKGROUND = 1
"""Number of the background in ``Segmentation``; cracks have higher ones."""


@dataclass(frozen=True, slots=True)
class MatFile:
    """A mask that is the field ``Segmentation`` of the struct ``groundTruth`` in a MATLAB file.

    References
    ----------
    Shi et al. (2016), "Automatic road crack detection using random structured forests"; the dataset is at
    https://github.com/cuilimeng/CrackForest-dataset.
    """

    path: Path

    def read(self, *, height: int, width: int) -> BoolMask:
        """Return the mask; see `MaskSource.read`.

        Raises
        ------
        ModuleNotFoundError
            If scipy is not installed.
        """
        segmentation = _segmentation(self.path)
        if segmentation.shape != (height, width):
            raise wrong_size(self.path, segmentation.shape, height=height, width=width)
        return np.asarray(segmentation > BACKGROUND)


def _segmentation(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[Any]]:
    from scipy.io import loadmat  # noqa: PLC0415 – of an extra that few need

    data = read_annotation(path, limit_bytes=LIMIT_BYTES)
    try:
        struct = loadmat(io.BytesIO(data), variable_names=["groundTruth"]).get("groundTruth")
    except NotImplementedError:
        raise DatasetError(f"{path}: is a MATLAB file of version 7.3; save it with -v7.") from None
    except Exception as error:  # the reader raises whatever it trips over in a damaged file
        raise DatasetError(f"{path}: is damaged or no MATLAB file; copy it again.") from error
    if struct is None or struct.size != 1 or "Segmentation" not in (struct.dtype.names or ()):
        raise DatasetError(f"{path}: has no groundTruth.Segmentation; take the file of the dataset.")
    segmentation = np.asarray(struct.reshape(-1)[0]["Segmentation"])
    if segmentation.ndim != 2 or segmentation.dtype.kind not in "uifb":
        raise DatasetError(f"{path}: its groundTruth.Segmentation is no mask; take the file of the dataset.")
    return segmentation
