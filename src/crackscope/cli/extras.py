"""Which extra of the package brings a module that is missing."""

from __future__ import annotations

from crackscope.errors import MissingExtraError

EXTRA_OF_MODULE = {
    "kornia": "train",
    "lightning": "train",
    "matplotlib": "train",
    "onnx": "train",
    "optuna": "train",
    "pydantic": "train",
    "torch": "train",
    "torchvision": "train",
    "pycocotools": "train",
    "segmentation_models_pytorch": "train",
    "timm": "train",
    "comet_ml": "track",
    "mlflow": "track",
    "tensorboard": "track",
    "alembic": "serve",
    "fastapi": "serve",
    "fastapi_offline": "serve",
    "fsspec": "serve",
    "httpx": "serve",
    "prometheus_client": "serve",
    "psycopg": "serve",
    "python_multipart": "serve",
    "sqlalchemy": "serve",
    "uvicorn": "serve",
    "scipy": "mat",
    "onnxruntime": "onnxruntime",
}


def missing_extra(error: ModuleNotFoundError) -> MissingExtraError | None:
    """Turn a failed import into the sentence that says what to install.

    Parameters
    ----------
    error : ModuleNotFoundError
        As raised by the import.

    Returns
    -------
    MissingExtraError or None
        None where the module belongs to no extra, so that its absence is a defect.

    Examples
    --------
    >>> print(missing_extra(ModuleNotFoundError(name="torch.nn")))
    torch: not installed; run in crackscope's folder: pip install '.[train]'.
    """
    module = (error.name or "").partition(".")[0]
    extra = EXTRA_OF_MODULE.get(module)
    if extra is None:
        return None
    return MissingExtraError(
        f"{module}: not installed; run in crackscope's folder: pip install '.[{extra}]'."
    )
