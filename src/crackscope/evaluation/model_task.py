"""What a model is for."""

from __future__ import annotations

from pathlib import Path

from crackscope.engine.model_file import ModelFile
from crackscope.evaluation.model_facts import is_trained


def task_of_model(model: str) -> str:
    """Tell the task of a model file, a checkpoint or a run.

    Parameters
    ----------
    model : str
        Name of a shipped model, path of a model file, of a ``.ckpt`` or of a run folder.

    Returns
    -------
    str
        One of `crackscope.engine.model_card.TASKS`.

    Raises
    ------
    ModelFileError
        If there is no such model, or its file is none.
    CrackscopeError
        If a run or checkpoint cannot be read.
    """
    if not is_trained(model):
        return ModelFile.open(model).card.task
    from crackscope.training.run_folder import RunFolder, run_of  # noqa: PLC0415  needs the training extra

    path = Path(model)
    if path.is_dir():
        return RunFolder.open(path).recipe.task
    if path.is_file() and (home := run_of(path)) is not None:
        return RunFolder.open(home).recipe.task
    from crackscope.training.checkpoint import load_network  # noqa: PLC0415  loads PyTorch

    return load_network(path)[1].task
