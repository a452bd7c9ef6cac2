"""The seam between predicting and whichever engine computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_file import ModelFile

DEFAULT_ENGINE = "openvino"


class InferenceSession(Protocol):
    """A model file loaded into an engine.

    Parameters
    ----------
    name : str
        Of the engine.
    """

    @property
    def name(self) -> str:
        """Name of the engine, as `open_session` takes it."""

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Predict pictures of one size.

        Parameters
        ----------
        batch : uint8 array, shape (N, H, W, 3)
            RGB; H and W multiples of the model's stride.

        Returns
        -------
        float32 array, shape (N, H, W), or (N,) of a classifier
            Probability of crack; the caller's own.
        """

    def outputs(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Run the graph and return all that it gives, in the order of the names of the model's task.

        Parameters
        ----------
        batch : uint8 array, shape (N, H, W, 3)
            As for `run`.

        Returns
        -------
        tuple of float32 arrays
            See `crackscope.engine.model_file.OUTPUT_NAMES`; the caller's own.
        """

    def prepare(self, *, height: int, width: int) -> None:
        """Get ready for many single pictures of one size, where that makes them faster.

        Parameters
        ----------
        height, width : int
            In px, multiples of the model's stride.
        """


def open_session(
    model_file: ModelFile, *, engine: str = DEFAULT_ENGINE, threads: int | None = None
) -> InferenceSession:
    """Load a model file into an engine.

    Parameters
    ----------
    model_file : ModelFile
    engine : str
        One of `ENGINES`.
    threads : int, optional
        Threads to compute with; by default the engine takes the processor's cores.

    Returns
    -------
    InferenceSession
        May be used from several threads; they wait for each other.

    Raises
    ------
    ValueError
        If there is no such engine, or `threads` is below 1.
    MissingExtraError
        If the engine's package is not installed.
    ModelFileError
        If the engine cannot load the graph.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    return ENGINES[engine](model_file, threads)


def _open_openvino(model_file: ModelFile, threads: int | None) -> InferenceSession:
    from crackscope.engine.openvino_session import OpenVinoSession  # noqa: PLC0415  imports 40 MB: only when used

    return OpenVinoSession(model_file, threads=threads)


def _open_onnxruntime(model_file: ModelFile, threads: int | None) -> InferenceSession:
    from crackscope.engine.onnxruntime_session import OnnxRuntimeSession  # noqa: PLC0415  an optional package

    return OnnxRuntimeSession(model_file, threads=threads)


ENGINES: dict[str, Callable[[ModelFile, int | None], InferenceSession]] = {
    "openvino": _open_openvino,
    "onnxruntime": _open_onnxruntime,
}
