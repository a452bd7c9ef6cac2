"""A classifier that looks first, so that surely crack-free photos need no second look."""

from __future__ import annotations

from pathlib import Path

from crackscope.engine.classification import Classifier
from crackscope.engine.model_file import ModelFile
from crackscope.errors import ModelFileError
from crackscope.imaging.arrays import RgbPixels
from crackscope.inspection.inspection import Screening
from crackscope.inspection.model_record import record_of


class Screen:
    """Screens photos with a classifier.

    Parameters
    ----------
    model : str, Path or ModelFile
        A shipped classifier's name or a model file.
    main : ModelFile
        The model that is asked about the photos which pass.
    engine : str
        ``"openvino"`` or ``"onnxruntime"``.
    threads : int, optional
        By default as many as the processor has cores.

    Raises
    ------
    ModelFileError
        If the model is no classifier, does not say below which probability a photo is surely crack-free, or
        cannot be loaded, or if the main model is a classifier itself.
    """

    def __init__(
        self, model: str | Path | ModelFile, *, main: ModelFile, engine: str, threads: int | None
    ) -> None:
        model_file = model if isinstance(model, ModelFile) else ModelFile.open(model)
        card = model_file.card
        if card.task != "classify":
            raise ModelFileError(
                f"{model_file.path.name}: a model for the task '{card.task}' cannot screen photos;"
                " give a classification model."
            )
        if main.card.task == "classify":
            raise ModelFileError(
                f"{main.path.name}: is a classifier, which has nothing to gain from a screening by another;"
                " leave the screen out, or give a model that finds cracks."
            )
        if card.sure_below is None:
            raise ModelFileError(
                f"{model_file.path.name}: its model card does not say below which probability a photo is"
                " surely crack-free (sure_below); train it with 60 cracked pictures or more for validation."
            )
        self.model_file = model_file
        self._sure_below = card.sure_below
        self._classifier = Classifier(model_file, engine=engine, threads=threads)
        self.model = record_of(model_file, threshold=card.threshold, engine=self._classifier.engine)

    def look(self, pixels: RgbPixels) -> Screening:
        """Screen one photo, uint8 (H, W, 3) RGB."""
        return Screening(self.model, self._classifier.probability(pixels), self._sure_below)
