"""A model file run by OpenVINO, the default engine."""

from __future__ import annotations

import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.model_card import ModelInput
from crackscope.engine.model_file import INPUT_NAME, OUTPUT_NAMES, ModelFile
from crackscope.errors import MissingExtraError, ModelFileError

Shape: TypeAlias = tuple[int, ...]

PIXELS_WORTH_COMPILING = 60_000_000
"""Three seconds of our network on two cores: after as long again, half a second of compiling has paid."""
KERNELS_KEPT = 1000
"""For some 25 sizes of photo. OpenVINO's own 5,000 let memory grow by 800 MB over 500 sizes; 1,000 by 200."""
MOST_SIZES = 4
MOST_PIXELS = 6_000_000
"""Sizes with a compiled graph of their own, and their pixels together; the one unused for longest goes."""

_TELEMETRY = "openvino_telemetry"


def _import_openvino() -> Any:  # noqa: ANN401  openvino has no types
    """Import OpenVINO so that it reports to nobody.

    ``import openvino`` imports its conversion tool, which makes an ``openvino_telemetry`` client, writes an
    identifier into ``~/intel`` and sends the event "import"; the only setting against it is a file in the
    user's home. Where that package cannot be imported the tool takes a stub of its own that does nothing. So
    the name is barred while openvino is being imported (None in `sys.modules` raises ImportError), and the
    stub stays for as long as the process lives.
    """
    barred = "openvino" not in sys.modules and _TELEMETRY not in sys.modules
    if barred:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        import openvino  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("openvino: not installed; run `pip install openvino`.") from None
    finally:
        if barred:
            del sys.modules[_TELEMETRY]
    return openvino


class OpenVinoSession:
    """A model file in OpenVINO on the processor; normalisation and layout are part of the compiled graph.

    The graph is compiled once for all sizes, so that a new size of photo costs some 10 ms and not a second. A
    graph compiled for one size is 15 to 30 % faster but takes half a second to compile, so that a size gets
    its own only when it has been seen often enough to pay for it, or when `prepare` asks for it. Both give
    the same result but for rounding.

    Parameters
    ----------
    model_file : ModelFile
    threads : int, optional
        By default as many as the processor has cores.

    Raises
    ------
    MissingExtraError
        If openvino is not installed.
    ModelFileError
        If OpenVINO cannot read or compile the graph.
    """

    name = "openvino"

    def __init__(self, model_file: ModelFile, *, threads: int | None = None) -> None:
        openvino = _import_openvino()
        # LATENCY: one picture at a time takes all threads. No CACHE_DIR: compiling takes less than a second,
        # and a cache would leave files on the user's disk.
        self._options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "CACHE_DIR": "",
            "CPU_RUNTIME_CACHE_CAPACITY": KERNELS_KEPT,
            # Else processors that have bfloat16 compute in it, and probabilities differ by up to 0.01 there.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if threads is not None:
            self._options["INFERENCE_NUM_THREADS"] = threads
        self._names = OUTPUT_NAMES[model_file.card.task]
        try:
            self._core = openvino.Core()
            model = self._core.read_model(model_file.read())
            self._model = _with_preprocessing(openvino, model, model_file.card.input, self._names)
            self._any_size_graph = self._compile(self._model)
            self._any_size = self._any_size_graph.create_infer_request()
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ModelFileError(
                f"{model_file.path.name}: OpenVINO cannot load it ({reason}); export the model again."
            ) from error
        self._one_size: OrderedDict[Shape, Any] = OrderedDict()
        self._pixels_seen: Counter[Shape] = Counter()
        self._lock = threading.Lock()

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Predict pictures of one size, uint8 (N, H, W, 3): float32 (N, H, W), or (N,) of a classifier."""
        probability: NDArray[np.float32] = self.outputs(batch)[0][:, 0]
        return probability

    def outputs(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Run the graph: uint8 (N, H, W, 3) RGB to all that it gives."""
        shape = batch.shape
        with self._lock:
            request = self._one_size.get(shape, self._any_size)
            # Shared: the engine reads the array where it lies, and its output is copied.
            outputs = request.infer([np.ascontiguousarray(batch)], share_inputs=True)
            if request is self._any_size:
                self._pixels_seen[shape] += _pixels(shape)
                if self._pixels_seen[shape] >= PIXELS_WORTH_COMPILING:
                    self._specialise(shape)
            else:
                self._one_size.move_to_end(shape)
        return tuple(outputs[name] for name in self._names)

    def prepare(self, *, height: int, width: int) -> None:
        """Compile for single pictures of one size now."""
        shape = (1, height, width, 3)
        with self._lock:
            if shape not in self._one_size:
                self._specialise(shape)

    def _specialise(self, shape: Shape) -> None:
        model = self._model.clone()
        model.reshape(list(shape))
        self._one_size[shape] = self._compile(model).create_infer_request()
        self._pixels_seen.pop(shape, None)
        self._any_size_graph.release_memory()  # of the activations: each graph holds its own
        while len(self._one_size) > 1 and (
            len(self._one_size) > MOST_SIZES or sum(map(_pixels, self._one_size)) > MOST_PIXELS
        ):
            self._one_size.popitem(last=False)

    def _compile(self, model: Any) -> Any:  # noqa: ANN401
        return self._core.compile_model(model, "CPU", self._options)


def _pixels(shape: Shape) -> int:
    return shape[0] * shape[1] * shape[2]


def _with_preprocessing(
    openvino: Any,  # noqa: ANN401
    model: Any,  # noqa: ANN401
    model_input: ModelInput,
    names: Sequence[str],
) -> Any:  # noqa: ANN401
    """Let the graph take uint8 RGB pixels as they lie in a picture: (N, H, W, 3)."""
    from openvino.preprocess import ColorFormat, PrePostProcessor  # noqa: PLC0415

    steps = PrePostProcessor(model)
    photo = steps.input(INPUT_NAME)
    photo.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    photo.tensor().set_color_format(ColorFormat.RGB)
    photo.model().set_layout(openvino.Layout("NCHW"))
    if model_input.channel_order == "BGR":
        photo.preprocess().convert_color(ColorFormat.BGR)
    photo.preprocess().convert_element_type(openvino.Type.f32)
    photo.preprocess().mean([255.0 * value for value in model_input.mean])
    photo.preprocess().scale([255.0 * value for value in model_input.std])
    for name in names:
        steps.output(name).tensor().set_element_type(openvino.Type.f32)
    return steps.build()
