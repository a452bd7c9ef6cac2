"""How the runs of a task are judged: the seam at which a task takes part in comparisons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.sample import Sample
from crackscope.evaluation.figures import Figure
from crackscope.evaluation.samples import Failure
from crackscope.imaging.arrays import FloatArray, RgbPixels
from crackscope.training.recipe import Recipe

View: TypeAlias = NDArray[np.uint8]
"""A small picture: (H, W, 4), RGBA, to be laid over the photo of the same size, or (H, W, 3) by itself."""


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A figure that is shown of every competitor.

    Parameters
    ----------
    name : str
        Its key in `Judged.figures`.
    title : str
        As shown on the page.
    short : str
        As shown in the terminal.
    better : str
        Which end is good.
    decimals : int
    """

    name: str
    title: str
    short: str
    better: Literal["high", "low"] = "high"
    decimals: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """How one picture was answered.

    Parameters
    ----------
    views : tuple of View
        In the order of `Judge.views`.
    caption : str
        A word or two on this very answer.
    """

    views: tuple[View, ...]
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What one competitor's answers are worth.

    Parameters
    ----------
    figures : mapping of Figure
        By the names of `Judge.columns`.
    main_draws : float64 array, shape (replicates,)
        The main figure in every bootstrap draw over source photos; nan where it is undefined. Draw k draws
        the same photos for every competitor that is judged on the same samples with the same seed.
    pictures, cracked, sources : int
        Judged, those with a crack in their truth, and the photos they were cut from.
    failures : tuple of Failure
        Samples that could not be read.
    drawn : mapping of Drawn
        By the picture's path.
    """

    figures: Mapping[str, Figure]
    main_draws: FloatArray
    pictures: int
    cracked: int
    sources: int
    failures: tuple[Failure, ...]
    drawn: Mapping[Path, Drawn]


class JudgeModel(Protocol):
    """Judges one model file."""

    def __call__(
        self,
        model: Path,
        samples: Sequence[Sample],
        *,
        shown: Collection[Path],
        seed: int,
        threads: int | None,
        progress: Callable[[Sample], None],
    ) -> Judged:
        """Judge a model file.

        Parameters
        ----------
        model : Path
        samples : sequence of Sample
            In an order of their own.
        shown : collection of Path
            Pictures whose answers are to be drawn.
        seed : int
            Of the bootstrap.
        threads : int, optional
        progress : callable
            Called with each sample when it is done with.

        Raises
        ------
        CrackscopeError
            If the model cannot be used, or not one sample could be read.
        """


@dataclass(frozen=True, slots=True)
class Judge:
    """How the runs of one task are judged.

    Parameters
    ----------
    task : str
        Of the recipe.
    columns : tuple of FigureColumn
        The first is the main figure, by which runs are ranked; of it more is better.
    validation_column, validation_title : str
        Column of ``metrics.csv`` with the main figure on the run's validation pictures, and its name.
    views : tuple of str
        What there is to see of an answer; the first is shown until the reader asks for another.
    legend : tuple of (str, str)
        CSS colour and meaning of what the first view paints.
    find : callable
        From folders to the samples that the task can be judged on.
    fit : callable
        From held-out samples and the recipes of all runs to those that say something of every run.
    judge : JudgeModel
    draw_truth : callable
        From a sample to its photo, small, uint8 (H, W, 3), and its truth; raises PhotoError or DatasetError.
    taken : str
        How the main figure comes about, after its name.
    timed_on : str
        What the model files are shown to time them, after its size.
    remarks : tuple of str
        Sentences on how pictures are judged, for who reads the figures.
    """

    task: str
    columns: tuple[FigureColumn, ...]
    validation_column: str
    validation_title: str
    views: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    find: Callable[[Sequence[Path]], list[Sample]]
    fit: Callable[[Sequence[Sample], Sequence[Recipe]], list[Sample]]
    judge: JudgeModel
    draw_truth: Callable[[Sample], tuple[RgbPixels, View]]
    taken: str = "at the frozen threshold"
    timed_on: str = "picture"
    remarks: tuple[str, ...] = ()

    @property
    def main(self) -> FigureColumn:
        """The figure by which runs are ranked."""
        return self.columns[0]
