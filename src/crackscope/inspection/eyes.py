"""The eye for a model file, by the task that its card names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crackscope.engine.classification import Classifier
from crackscope.engine.instances import InstanceFinder
from crackscope.engine.model_file import ModelFile
from crackscope.engine.segmentation import Segmenter
from crackscope.inspection.classifying_eye import ClassifyingEye
from crackscope.inspection.detecting_eye import DetectingEye
from crackscope.inspection.eye import Eye
from crackscope.inspection.segmenting_eye import SegmentingEye


def open_eye(model_file: ModelFile, *, threshold: float, engine: str, threads: int | None) -> Eye:
    """Load a model and make it ready to look at photos.

    Parameters
    ----------
    model_file : ModelFile
        For any task.
    threshold : float
        From which probability on there is a crack: of a pixel, of a found crack's score, or of a photo.
    engine : str
        ``"openvino"`` or ``"onnxruntime"``.
    threads : int, optional
        By default as many as the processor has cores.

    Returns
    -------
    Eye

    Raises
    ------
    ModelFileError
        If the model cannot be loaded.
    MissingExtraError
        If the engine's package is not installed.
    ValueError
        If there is no such engine, or `threads` is below 1.
    """
    return EYES[model_file.card.task](model_file, threshold, engine, threads)


def _segmenting(model_file: ModelFile, threshold: float, engine: str, threads: int | None) -> Eye:
    return SegmentingEye(Segmenter(model_file, engine=engine, threads=threads), threshold)


def _detecting(model_file: ModelFile, threshold: float, engine: str, threads: int | None) -> Eye:
    return DetectingEye(InstanceFinder(model_file, engine=engine, threads=threads), threshold)


def _classifying(model_file: ModelFile, _: float, engine: str, threads: int | None) -> Eye:
    return ClassifyingEye(Classifier(model_file, engine=engine, threads=threads))


EYES: Mapping[str, Callable[[ModelFile, float, str, int | None], Eye]] = {
    "segment": _segmenting,
    "detect": _detecting,
    "classify": _classifying,
}
"""One for each of `crackscope.engine.model_card.TASKS`."""
