"""What the JSON documents of all evaluations have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crackscope.evaluation.bootstrap import LEVEL
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.figures import Figure
from crackscope.version import __version__


def document_head(schema: str, version: int, *, model: Mapping[str, Any] | None) -> dict[str, Any]:
    """Say what a document is, by whom, and on which model."""
    return {
        "schema": schema,
        "schema_version": version,
        "crackscope_version": __version__,
        "model": None if model is None else dict(model),
    }


def interval_document(*, seed: int, replicates: int) -> dict[str, Any]:
    """Say how the figures' intervals come about."""
    return {
        "level": LEVEL,
        "method": "percentile bootstrap over source photos, within sets",
        "replicates": replicates,
        "seed": seed,
    }


def figures_document(figures: Mapping[str, Figure]) -> dict[str, dict[str, float | None]]:
    """Return each figure's value and the ends of its interval; None where there is none."""
    return {name: _figure_document(figure) for name, figure in figures.items()}


def bins_document(bins: Reliability, *, counted: str, share: str) -> list[dict[str, float | None]]:
    """Return the bins behind a calibration error.

    Parameters
    ----------
    bins : Reliability
    counted, share : str
        Keys of what was counted, such as ``pixels``, and of its share that is crack.
    """
    return [
        {counted: int(count), "mean_probability": mean, share: of_crack}
        for count, mean, of_crack in zip(
            bins.pixels, bins.mean_probabilities(), bins.crack_shares(), strict=True
        )
    ]


def _figure_document(figure: Figure) -> dict[str, float | None]:
    interval = figure.interval
    return {
        "value": figure.value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
    }
