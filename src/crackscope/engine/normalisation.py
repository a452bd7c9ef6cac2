"""How a picture's colours become the numbers that a graph takes, for whoever runs a graph bare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_card import ModelInput


def normalise(batch: NDArray[np.uint8], model_input: ModelInput) -> NDArray[np.float32]:
    """Turn pictures into what the graph takes.

    Parameters
    ----------
    batch : uint8 array, shape (N, H, W, 3)
        RGB.
    model_input : ModelInput

    Returns
    -------
    float32 array, shape (N, 3, H, W)
        ``(value / 255 - mean) / std``, channels in the model's order, C-contiguous.

    Examples
    --------
    >>> white = np.full((1, 1, 1, 3), 255, np.uint8)
    >>> normalise(white, ModelInput(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))).ravel().tolist()
    [2.0, 2.0, 2.0]
    """
    if model_input.channel_order == "BGR":
        batch = batch[..., ::-1]
    mean = np.asarray(model_input.mean, np.float32)
    std = np.asarray(model_input.std, np.float32)
    planes = np.empty((batch.shape[0], 3, *batch.shape[1:3]), np.float32)
    for channel in range(3):
        scale = np.float32(1.0 / (255.0 * std[channel]))
        np.multiply(batch[..., channel], scale, out=planes[:, channel])
        planes[:, channel] -= mean[channel] / std[channel]
    return planes
