"""A model file run by ONNX Runtime, the other engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_file import INPUT_NAME, OUTPUT_NAMES, ModelFile
from crackscope.engine.normalisation import normalise
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
                "onnxruntime: not installed; run in crackscope's folder: pip install '.[onnxruntime]'"
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
        self._names = list(OUTPUT_NAMES[model_file.card.task])

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Predict pictures of one size, uint8 (N, H, W, 3): float32 (N, H, W), or (N,) of a classifier."""
        probability: NDArray[np.float32] = self.outputs(batch)[0][:, 0]
        return probability

    def outputs(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Run the graph: uint8 (N, H, W, 3) RGB to all that it gives."""
        return tuple(self._session.run(self._names, {INPUT_NAME: normalise(batch, self._input)}))

    def prepare(self, *, height: int, width: int) -> None:
        """Do nothing: this engine takes every size alike."""
