"""A model file run by ONNX Runtime, the other engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_card import ModelInput
from crackscope.engine.model_file import INPUT_NAME, OUTPUT_NAME, ModelFile
from crackscope.errors import MissingExtraError, ModelFileError


class OnnxRuntimeSession:
    """A model file in ONNX Runtime on the processor; normalisation is done here, in NumPy.

    Parameters
    ----------
    model_file : ModelFile
    threads : int, optional
        By default as many as the processor has cores.

    Raises
    ------
    MissingExtraError
        If onnxruntime is not installed.
    ModelFileError
        If ONNX Runtime cannot load the graph.
    """

    name = "onnxruntime"

    def __init__(self, model_file: ModelFile, *, threads: int | None = None) -> None:
        try:
            import onnxruntime  # noqa: PLC0415  an optional package
        except ImportError:
            raise MissingExtraError(
                "onnxruntime: not installed; run `pip install 'crackscope[onnxruntime]'`"
                " or use the engine openvino."
            ) from None
        # The official packages for Linux and macOS hold no telemetry; that for Windows records events for the
        # system's own collection, unless this is called.
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        options.intra_op_num_threads = threads or 0
        try:
            self._session = onnxruntime.InferenceSession(
                model_file.read(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the package raises a dozen unrelated classes, none of them public
            reason = str(error).strip().splitlines()[-1]
            raise ModelFileError(
                f"{model_file.path.name}: ONNX Runtime cannot load it ({reason}); export the model again."
            ) from error
        self._input = model_file.card.input

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Predict pictures of one size: uint8 (N, H, W, 3) RGB to float32 (N, H, W)."""
        (output,) = self._session.run([OUTPUT_NAME], {INPUT_NAME: normalise(batch, self._input)})
        probability: NDArray[np.float32] = output[:, 0]
        return probability

    def prepare(self, *, height: int, width: int) -> None:
        """Do nothing: this engine takes every size alike."""


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
