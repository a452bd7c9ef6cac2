"""Which model looked, written down from its file."""

from __future__ import annotations

from crackscope.engine.model_file import ModelFile
from crackscope.inspection.inspection import ModelRecord


def record_of(model_file: ModelFile, *, threshold: float, engine: str) -> ModelRecord:
    """Write down which model looks, from which probability on it says crack, and in which engine it runs."""
    card = model_file.card
    return ModelRecord(
        name=card.name,
        sha256=model_file.sha256,
        precision=card.precision,
        threshold=float(threshold),
        engine=engine,
    )
