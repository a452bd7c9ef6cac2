"""Find cracks one by one in whole pictures with a torch network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from crackscope.engine.found_instance import (
    MASK_FROM,
    Detections,
    FoundInstance,
    crack_pixels,
    whole_instances,
)
from crackscope.engine.padding import pad, up_to_multiple
from crackscope.imaging.arrays import RgbPixels
from crackscope.training.normalisation import from_uint8, normalise


def find_in_picture(
    network: nn.Module, pixels: RgbPixels, *, mask_threshold: float = MASK_FROM
) -> tuple[FoundInstance, ...]:
    """Find the cracks of a picture, whole and at native resolution; see `find_at_thresholds`."""
    return find_at_thresholds(network, pixels, mask_thresholds=(mask_threshold,))[0]


def find_at_thresholds(
    network: nn.Module, pixels: RgbPixels, *, mask_thresholds: Sequence[float]
) -> list[tuple[FoundInstance, ...]]:
    """Find the cracks of a picture, whole and at native resolution.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode; from normalised float32 (1, 3, H, W) to boxes, scores, masks and pixels, as
        `MaskRcnn` gives them. Its `stride` says what height and width are padded to, by reflection.
    pixels : uint8 array, shape (H, W, 3)
    mask_thresholds : sequence of floats
        A pixel belongs to a crack from this probability on.

    Returns
    -------
    list of tuples of FoundInstance
        For each threshold all that the network gives, surest first.
    """
    stride = int(getattr(network, "stride", 32))
    height, width = pixels.shape[:2]
    padded = pad(pixels, up_to_multiple(height, stride), up_to_multiple(width, stride))
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    with torch.inference_mode():
        photo = normalise(from_uint8(torch.from_numpy(padded[np.newaxis].copy()).to(device)))
        detections = Detections(*(_as_array(each) for each in network(photo)))
    size = {"height": height, "width": width}
    return [
        whole_instances(crack_pixels(detections, mask_from=threshold, **size), **size)
        for threshold in mask_thresholds
    ]


def _as_array(output: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return output.float().cpu().numpy()
