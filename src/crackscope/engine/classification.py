"""Probability that a photo of any size shows a crack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_file import ModelFile
from crackscope.engine.session import DEFAULT_ENGINE, open_session
from crackscope.errors import ModelFileError
from crackscope.imaging.arrays import RgbPixels, check_rgb
from crackscope.imaging.views import views, whole_view

BATCH = 8
"""Patches that go through the network at once: more are no faster on a processor, and memory stays flat."""


class Classifier:
    """Tells cracked photos from crack-free ones with one classification model.

    A photo at most half as large again as what the network was trained on is shown to it whole; a larger one
    in overlapping patches at native resolution, and the highest of their probabilities is the photo's.

    Parameters
    ----------
    model_file : ModelFile, str or Path
        A model file, or what `ModelFile.open` takes.
    engine : str
        ``"openvino"`` or ``"onnxruntime"``.
    threads : int, optional
        By default as many as the processor has cores.

    Raises
    ------
    ModelFileError
        If the model is not for classification, does not say what size it was trained at, or cannot be loaded.

    Notes
    -----
    May be used from several threads; they take turns.
    """

    def __init__(
        self, model_file: ModelFile | str | Path, *, engine: str = DEFAULT_ENGINE, threads: int | None = None
    ) -> None:
        model_file = ModelFile.open_for("classify", model_file)
        size = model_file.card.input.fixed_size
        if size is None or len(set(size)) != 1:
            raise ModelFileError(
                f"{model_file.path.name}: its model card names no square size (input.fixed_size) that it was"
                " trained at; export the model again."
            )
        self.model_file = model_file
        self.side_px = size[0]
        self._session = open_session(model_file, engine=engine, threads=threads)

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""
        return self._session.name

    def probability(self, pixels: RgbPixels) -> float:
        """Say how probable it is that a photo shows a crack.

        Parameters
        ----------
        pixels : uint8 array, shape (H, W, 3)
            RGB, of any size.

        Returns
        -------
        float
            0…1; of a photo that is shown in patches, the highest of theirs.

        Raises
        ------
        ValueError
            If `pixels` is not uint8 of shape (H, W, 3) with at least one pixel.
        """
        check_rgb(pixels)
        shown = _batches(views(pixels, side_px=self.side_px))
        return max(float(self._session.run(batch).max()) for batch in shown)

    def probabilities(self, patches: Sequence[RgbPixels]) -> NDArray[np.float32]:
        """Say of each of some patches how probable it is that it shows a crack.

        Parameters
        ----------
        patches : sequence of uint8 arrays, shape (H, W, 3)
            RGB; each is fitted whole into the size the network was trained at, whatever its own.

        Returns
        -------
        float32 array, shape (len(patches),)

        Raises
        ------
        ValueError
            If a patch is not uint8 of shape (H, W, 3) with at least one pixel.
        """
        for patch in patches:
            check_rgb(patch)
        shown = _batches(whole_view(patch, side_px=self.side_px) for patch in patches)
        found = [self._session.run(batch) for batch in shown]
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def prepare(self) -> None:
        """Get ready for many photos that are shown whole, where the engine gains by it."""
        self._session.prepare(height=self.side_px, width=self.side_px)


def _batches(shown: Iterable[RgbPixels]) -> Iterator[NDArray[np.uint8]]:
    """Stack views, uint8 (S, S, 3), to batches of at most `BATCH`, as they come."""
    remaining = iter(shown)
    while some := list(islice(remaining, BATCH)):
        yield np.stack(some)
