"""Decoded pictures on disk, so that training never waits for a decoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.reading import read_mask, read_picture
from crackscope.datasets.sample import Sample
from crackscope.imaging.arrays import RgbPixels
from crackscope.whole_file import whole_file

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    height: int
    width: int


class DecodedCache:
    """Pictures and masks of a list of samples, decoded once and mapped into memory.

    One file of raw bytes: for each sample its colours (H×W×3) and then its mask (H×W, 0 or 1). The
    operating system keeps the used part in memory and shares it between processes.

    Parameters
    ----------
    samples : sequence of Sample
    folder : Path
        Where cache files are kept; a file is named by a hash of the samples' paths, sizes and times, so
        that a changed picture makes a new one.
    progress : callable, optional
        Called with each sample as it is decoded.

    Raises
    ------
    PhotoError, DatasetError
        If a picture or mask cannot be read or their sizes differ.
    """

    def __init__(
        self, samples: Sequence[Sample], folder: Path, *, progress: Callable[[Sample], None] | None = None
    ) -> None:
        self.samples = tuple(samples)
        folder.mkdir(parents=True, exist_ok=True)
        self.fingerprint = _fingerprint(self.samples)
        path = folder / f"decoded-{self.fingerprint}.bin"
        index = path.with_suffix(".json")
        if not (path.exists() and index.exists()):
            _decode(self.samples, path, index, progress)
        self._places = [_Place(*place) for place in json.loads(index.read_text("utf-8"))]
        self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")

    def __len__(self) -> int:
        return len(self.samples)

    def shape(self, position: int) -> tuple[int, int]:
        """Return height and width of one sample."""
        place = self._places[position]
        return place.height, place.width

    def read(self, position: int) -> tuple[RgbPixels, NDArray[np.uint8]]:
        """Return the colours, uint8 (H, W, 3), and the mask, uint8 (H, W) of 0 and 1, of one sample;
        read-only views.
        """
        place = self._places[position]
        area = place.height * place.width
        middle = place.offset + 3 * area
        pixels = self._bytes[place.offset : middle].reshape(place.height, place.width, 3)
        mask = self._bytes[middle : middle + area].reshape(place.height, place.width)
        return pixels, mask


def _fingerprint(samples: Sequence[Sample]) -> str:
    digest = hashlib.sha256(f"{_FORMAT}".encode())
    for sample in samples:
        for path in (sample.image, sample.mask.path if sample.mask else None):
            if path is not None:
                status = path.stat()
                digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:20]


def _decode(
    samples: Sequence[Sample], path: Path, index: Path, progress: Callable[[Sample], None] | None
) -> None:
    places = []
    with whole_file(path) as temporary, temporary.open("wb") as file:
        for sample in samples:
            pixels = read_picture(sample)
            height, width = pixels.shape[:2]
            mask = read_mask(sample, height=height, width=width)
            places.append((file.tell(), height, width))
            file.write(pixels.tobytes())
            file.write(mask.astype(np.uint8).tobytes())
            if progress is not None:
                progress(sample)
    with whole_file(index) as temporary:
        temporary.write_text(json.dumps(places), "utf-8")
