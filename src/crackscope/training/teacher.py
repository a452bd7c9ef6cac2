"""What a trained network says of every training picture, for a lighter one to learn from.

Hinton et al. 2015, "Distilling the knowledge in a neural network". The teacher looks once at each whole
picture, and its answers are kept beside the decoded pictures: a crop's answer is then cut, turned and scaled
with the crop, at no further cost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.sample import Sample
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.models.layers import as_channels_last
from crackscope.training.checkpoint import find_checkpoint, load_network
from crackscope.training.precision import computes_in_bf16
from crackscope.training.prediction import predict_picture
from crackscope.whole_file import whole_file

_FORMAT = 1


class TeacherMaps:
    """A teacher's probability maps of all pictures of a cache, mapped into memory.

    Parameters
    ----------
    cache : DecodedCache
    run_or_checkpoint : Path
        The teacher.
    folder : Path
        Where the maps are kept; the file is named by a hash of the teacher and the pictures.
    progress : callable, optional
        Called with each sample as it is predicted.

    Raises
    ------
    CrackscopeError
        If there is no such checkpoint, or the disk refuses.
    """

    def __init__(
        self,
        cache: DecodedCache,
        run_or_checkpoint: Path,
        folder: Path,
        *,
        progress: Callable[[Sample], None] | None = None,
    ) -> None:
        checkpoint = find_checkpoint(run_or_checkpoint)
        digest = hashlib.sha256(f"{_FORMAT}\0{cache.fingerprint}".encode())
        digest.update(checkpoint.read_bytes())
        path = folder / f"teacher-{digest.hexdigest()[:20]}.bin"
        if not path.exists():
            _predict_all(cache, checkpoint, path, progress)
        self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        self._shapes = [cache.shape(position) for position in range(len(cache))]
        self._starts = np.cumsum([0, *(height * width for height, width in self._shapes)])

    def read(self, position: int) -> NDArray[np.uint8]:
        """Return the teacher's map of one sample, uint8 (H, W), 255 for a probability of 1; a read-only
        view.
        """
        start, end = self._starts[position : position + 2]
        return self._bytes[start:end].reshape(self._shapes[position])


def _predict_all(
    cache: DecodedCache, checkpoint: Path, path: Path, progress: Callable[[Sample], None] | None
) -> None:
    network = as_channels_last(load_network(checkpoint)[0])
    with whole_file(path) as temporary, temporary.open("wb") as file:
        for position, sample in enumerate(cache.samples):
            pixels, _ = cache.read(position)
            file.write(np.rint(255 * _two_views(network, pixels)).astype(np.uint8).tobytes())
            if progress is not None:
                progress(sample)


def _two_views(network: nn.Module, pixels: RgbPixels) -> ProbabilityMap:
    """Average the prediction with that of the picture turned upside down: errors of the two differ."""
    device = next(network.parameters()).device.type
    with torch.autocast(device, torch.bfloat16, enabled=computes_in_bf16("auto")):
        upright = predict_picture(network, pixels)
        turned = predict_picture(network, np.ascontiguousarray(pixels[::-1, ::-1]))
    return np.asarray((upright + turned[::-1, ::-1]) / 2, np.float32)
