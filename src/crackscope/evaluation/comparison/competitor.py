"""What is compared: a run's model file at one precision, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Timing:
    """Time for one square picture: pixels in memory to the answer in memory.

    Parameters
    ----------
    size_px : int
        Side of the picture.
    median_ms, p95_ms : float
        Median and 95th percentile.
    runs : int
        How many were timed.
    """

    size_px: int
    median_ms: float
    p95_ms: float
    runs: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model file costs who uses it.

    Parameters
    ----------
    size_bytes : int
    timing : Timing, optional
        None where it was not timed.
    """

    size_bytes: int
    timing: Timing | None = None


@dataclass(frozen=True, slots=True)
class Competitor:
    """A run's model file at one precision.

    Parameters
    ----------
    run : str
        Name of the run, unique among those compared.
    precision : str
        ``"fp32"`` or ``"int8"``.
    model : Path
        The model file.
    cost : Cost
    """

    run: str
    precision: str
    model: Path
    cost: Cost

    @property
    def label(self) -> str:
        """What it is called where runs and precisions stand together."""
        return f"{self.run} {self.precision}"
