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

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.sample import Sample
from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels
from crackscope.models.layers import as_channels_last
from crackscope.training.checkpoint import find_checkpoint, load_network
from crackscope.training.lineage import is_model_file
from crackscope.training.prediction import predict_picture
from crackscope.whole_file import whole_file

_FORMAT = 1


class TeacherMaps:
    """A teacher's probability maps of all pictures of a cache, mapped into memory.

    Parameters
    ----------
    cache : DecodedCache
    teacher : Path
        A run, checkpoint or model file; not needed again where its maps are there.
    folder : Path
        Where the maps are kept; the file is named by a hash of teacher, precision and pictures.
    sha256 : str
        Of the teacher's checkpoint, see `teacher_sha256`.
    in_bf16 : bool
        Predict in bfloat16.
    progress : callable, optional
        Called with each sample as it is predicted.

    Raises
    ------
    CrackscopeError
        If there is no such checkpoint, it is another one, or the disk refuses.
    """

    def __init__(
        self,
        cache: DecodedCache,
        teacher: Path,
        folder: Path,
        *,
        sha256: str,
        in_bf16: bool = False,
        progress: Callable[[Sample], None] | None = None,
    ) -> None:
        key = f"{_FORMAT}\0{cache.fingerprint}\0{sha256}\0{in_bf16}".encode()
        path = folder / f"teacher-{hashlib.sha256(key).hexdigest()[:20]}.bin"
        if not path.exists():
            if teacher_sha256(teacher) != sha256:
                raise CrackscopeError(
                    f"{teacher}: has been trained again since it was first asked;"
                    " bring its earlier checkpoint back, or start another run."
                )
            _predict_all(_open_teacher(teacher, in_bf16=in_bf16), cache, path, progress=progress)
        self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        self._shapes = [cache.shape(position) for position in range(len(cache))]
        self._starts = np.cumsum([0, *(height * width for height, width in self._shapes)])

    def read(self, position: int) -> NDArray[np.uint8]:
        """Return the teacher's map of one sample, uint8 (H, W), 255 for a probability of 1; a read-only
        view.
        """
        start, end = self._starts[position : position + 2]
        return self._bytes[start:end].reshape(self._shapes[position])


def teacher_sha256(teacher: Path) -> str:
    """Hash a teacher's checkpoint or model file.

    Raises
    ------
    CrackscopeError
        If there is none.
    """
    with find_checkpoint(teacher).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_Predict = Callable[[RgbPixels], ProbabilityMap]


def _open_teacher(teacher: Path, *, in_bf16: bool) -> _Predict:
    if is_model_file(teacher):
        from crackscope.engine.segmentation import Segmenter  # noqa: PLC0415  loads an inference engine

        return Segmenter(teacher).probability_map
    network = as_channels_last(load_network(find_checkpoint(teacher))[0])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device)

    def predict(pixels: RgbPixels) -> ProbabilityMap:
        with torch.autocast(device.type, torch.bfloat16, enabled=in_bf16):
            return predict_picture(network, pixels)

    return predict


def _predict_all(
    predict: _Predict, cache: DecodedCache, path: Path, *, progress: Callable[[Sample], None] | None
) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        for position, sample in enumerate(cache.samples):
            pixels, _ = cache.read(position)
            file.write(np.rint(255 * _two_views(predict, pixels)).astype(np.uint8).tobytes())
            if progress is not None:
                progress(sample)


def _two_views(predict: _Predict, pixels: RgbPixels) -> ProbabilityMap:
    """Average the prediction with that of the picture turned upside down: errors of the two differ."""
    upright = predict(pixels)
    turned = predict(np.ascontiguousarray(pixels[::-1, ::-1]))
    return np.asarray((upright + turned[::-1, ::-1]) / 2, np.float32)
