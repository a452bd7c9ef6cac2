"""A model file: one ONNX file that says everything needed to run it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crackscope.engine.card_json import card_from_json
from crackscope.engine.model_card import METADATA_KEY, ModelCard
from crackscope.engine.onnx_wire import NotOnnxError, read_outline
from crackscope.errors import ModelFileError

DEFAULT_MODEL = "crack-light"
"""Name of the shipped model that is used where none is asked for."""

INPUT_NAME = "photo"
OUTPUT_NAME = "probability"
OUTPUT_NAMES: Mapping[str, tuple[str, ...]] = {
    "segment": (OUTPUT_NAME,),
    "classify": (OUTPUT_NAME,),
    "detect": ("boxes", "scores", "masks", "pixels"),
}
"""What a graph gives, by task; for a detector see `crackscope.engine.found_instance.Detections`."""

_KINDS: Mapping[str, str] = {
    "segment": "segmentation",
    "classify": "classification",
    "detect": "detection",
}

WEIGHTS_FOLDER = Path(__file__).parent.parent / "weights"
SUFFIX = ".onnx"
LARGEST_FILE_BYTES = 256 * 1024 * 1024
"""Our models are a few MB; anything near this is no model for a laptop and perhaps no model at all."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A checked model file.

    Parameters
    ----------
    path : Path
    card : ModelCard
        What the file says of itself.
    sha256 : str
        Of the file's bytes, hexadecimal.
    size_bytes : int
    """

    path: Path
    card: ModelCard
    sha256: str
    size_bytes: int

    @classmethod
    def open(cls, name_or_path: str | Path = DEFAULT_MODEL) -> ModelFile:
        """Open a shipped model by its name, or any model file by its path.

        Parameters
        ----------
        name_or_path : str or Path
            A name such as ``crack-light`` (see `shipped_models`), or the path of an ``.onnx`` file.

        Returns
        -------
        ModelFile

        Raises
        ------
        ModelFileError
            If there is no such model, or the file is not ONNX, is cut off, needs files beside it, carries no
            crackscope model card, or a card that is damaged or of a newer schema.
        """
        path = _find(name_or_path)
        data = _read(path)
        return cls(
            path=path,
            card=_check(data, source=path.name),
            sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
        )

    @classmethod
    def open_for(cls, task: str, model: ModelFile | str | Path) -> ModelFile:
        """Open a model that has to be for one task.

        Parameters
        ----------
        task : str
        model : ModelFile, str or Path
            An opened one, or what `open` takes.

        Returns
        -------
        ModelFile

        Raises
        ------
        ModelFileError
            If it cannot be opened, or is for another task.
        """
        model_file = model if isinstance(model, ModelFile) else cls.open(model)
        if model_file.card.task != task:
            raise ModelFileError(
                f"{model_file.path.name}: a model for the task '{model_file.card.task}', not '{task}';"
                f" give a {_KINDS[task]} model."
            )
        return model_file

    def read(self) -> bytes:
        """Read the file's bytes, as an engine wants them.

        Raises
        ------
        ModelFileError
            If the file is gone, or is no longer the one that was opened.
        """
        data = _read(self.path)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise ModelFileError(f"{self.path.name}: changed since it was opened; open it again.")
        return data


def shipped_models() -> list[ModelFile]:
    """List the models that come with crackscope, sorted by name.

    Returns
    -------
    list of ModelFile
        Empty where the package was built without weights.
    """
    return [ModelFile.open(path) for path in _shipped_paths()]


def _shipped_paths() -> list[Path]:
    return sorted(WEIGHTS_FOLDER.glob("*" + SUFFIX))


def _find(name_or_path: str | Path) -> Path:
    named = WEIGHTS_FOLDER / f"{name_or_path}{SUFFIX}"
    if isinstance(name_or_path, str) and Path(name_or_path).name == name_or_path and named.is_file():
        return named
    path = Path(name_or_path)
    if not path.exists():
        names = ", ".join(each.stem for each in _shipped_paths()) or "none"
        raise ModelFileError(
            f"{name_or_path}: no such model; give the path of an {SUFFIX} file or a shipped name ({names})."
        )
    return path


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise ModelFileError(
            f"{path}: is a folder; give an {SUFFIX} file (a training run becomes one with"
            f" `crackscope export {path}`)."
        )
    try:
        size_bytes = path.stat().st_size
        if size_bytes > LARGEST_FILE_BYTES:
            raise ModelFileError(
                f"{path.name}: {size_bytes / 1e6:,.0f} MB, where a model file has at most"
                f" {LARGEST_FILE_BYTES / 1e6:,.0f} MB; give the model file that crackscope exported."
            )
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise ModelFileError(
            f"{path.name}: cannot be read ({reason}); give the path of an {SUFFIX} file that you may read."
        ) from None


def _check(data: bytes, *, source: str) -> ModelCard:
    try:
        outline = read_outline(data)
    except NotOnnxError:
        raise ModelFileError(
            f"{source}: not an ONNX file, or only a part of one; copy it again or export the model again."
        ) from None
    if outline.needs_other_files:
        raise ModelFileError(f"{source}: keeps its weights in other files; export the model as one file.")
    if METADATA_KEY not in outline.metadata:
        raise ModelFileError(
            f"{source}: an ONNX file without a crackscope model card;"
            " export the model with `crackscope export`."
        )
    card = card_from_json(outline.metadata[METADATA_KEY], source=source)
    names = OUTPUT_NAMES[card.task]
    if INPUT_NAME not in outline.inputs or not set(names) <= set(outline.outputs):
        raise ModelFileError(
            f"{source}: its graph has no input '{INPUT_NAME}' or no output '{' and '.join(names)}';"
            " export the model with `crackscope export`."
        )
    return card
