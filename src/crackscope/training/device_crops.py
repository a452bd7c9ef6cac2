"""Cut crops out of decoded pictures that lie on the training device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from crackscope.datasets.cache import DecodedCache
from crackscope.training.teacher import TeacherMaps

_HALF = 128
"""From here on a cut mask's grey value is crack, as where the processor cuts."""


class DeviceCrops:
    """All decoded pictures and masks on one device as uint8, cut there: a fast device never waits for crops.

    Parameters
    ----------
    cache : DecodedCache
    teacher : TeacherMaps, optional
        Whose maps are cut with the pictures.
    device : torch.device
        Has to hold 4 bytes a pixel, 5 with a teacher.
    """

    def __init__(self, cache: DecodedCache, teacher: TeacherMaps | None, *, device: torch.device) -> None:
        self._planes: list[Tensor] = []
        for position in range(len(cache)):
            pixels, mask = cache.read(position)
            planes = [*np.moveaxis(pixels, 2, 0), mask * np.uint8(255)]
            if teacher is not None:
                planes.append(teacher.read(position))
            self._planes.append(torch.from_numpy(np.stack(planes)).to(device))

    def cut(self, positions: Tensor, to_crop: Tensor, *, side_px: int) -> dict[str, Tensor]:
        """Cut one square crop out of each of several pictures.

        Parameters
        ----------
        positions : int tensor, shape (N,)
            Of the pictures in the cache.
        to_crop : float64 tensor, shape (N, 2, 3)
            From a crop's (x, y, 1) to its picture's (x, y), in px.
        side_px : int

        Returns
        -------
        dict
            ``pixels`` uint8 (N, S, S, 3), ``mask`` uint8 (N, S, S) of 0 and 1, and ``teacher`` uint8 (N, S,
            S) where there is one.
        """
        cuts = torch.stack(
            [
                _cut(self._planes[position], matrix, side_px)
                for position, matrix in zip(positions.tolist(), to_crop, strict=True)
            ]
        )
        crops = {"pixels": cuts[:, :3].permute(0, 2, 3, 1), "mask": (cuts[:, 3] >= _HALF).to(torch.uint8)}
        return crops if cuts.shape[1] == 4 else {**crops, "teacher": cuts[:, 4]}


def _cut(planes: Tensor, to_crop: Tensor, side_px: int) -> Tensor:
    """Cut uint8 (C, H, W) to uint8 (C, S, S): bilinear, mirrored about the border's pixels."""
    height, width = planes.shape[1:]
    matrix = to_crop.to(planes.device, torch.float32)
    along = torch.arange(side_px, device=planes.device, dtype=torch.float32)
    y, x = torch.meshgrid(along, along, indexing="ij")
    at = torch.stack((x, y, torch.ones_like(x)), dim=-1) @ matrix.T
    grid = 2 * at / at.new_tensor((max(width - 1, 1), max(height - 1, 1))) - 1
    cut = F.grid_sample(
        planes[None].float(), grid[None], mode="bilinear", padding_mode="reflection", align_corners=True
    )
    return cut[0].round().to(torch.uint8)
