"""The worst mistakes of a classifier, to look at: most are answered by the picture, or by its label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from crackscope.errors import DatasetError
from crackscope.evaluation.classification.evaluation import Mistake
from crackscope.evaluation.classification.judging import JudgedView
from crackscope.imaging.encode import write_jpeg
from crackscope.imaging.photo import Photo
from crackscope.training.answer_sheet import Answer, draw_answers

MOST_MISTAKES = 40


def worst_mistakes(judged: Iterable[JudgedView], *, threshold: float) -> tuple[Mistake, ...]:
    """Choose the wrong answers that were given with most confidence.

    Parameters
    ----------
    judged : iterable of JudgedView
    threshold : float
        Cracked where the probability is at least this.

    Returns
    -------
    tuple of Mistake
        At most `MOST_MISTAKES`, the most confident first.
    """
    wrong = [view for view in judged if (view.probability >= threshold) != view.cracked]
    wrong.sort(key=lambda view: (view.probability if view.cracked else 1 - view.probability, view.name))
    return tuple(
        Mistake(view.name, view.sample.image, view.box, view.cracked, view.probability)
        for view in wrong[:MOST_MISTAKES]
    )


def write_mistakes(path: Path, mistakes: Sequence[Mistake]) -> None:
    """Draw mistakes side by side, each with truth, probability and name, as one JPEG.

    Parameters
    ----------
    path : Path
        Written whole or not at all.
    mistakes : sequence of Mistake

    Raises
    ------
    DatasetError
        If there is no mistake to draw.
    PhotoError
        If a picture can no longer be read.
    CrackscopeError
        If the file cannot be written.
    """
    if not mistakes:
        raise DatasetError(f"{path}: not written, for there is no mistake to show.")
    write_jpeg(path, draw_answers([_answer(mistake) for mistake in mistakes]))


def _answer(mistake: Mistake) -> Answer:
    pixels = Photo.open(mistake.image).pixels
    if mistake.box is not None:
        pixels = pixels[mistake.box.slices]
    name, _, place = mistake.name.partition(" at row ")
    return Answer(
        pixels, mistake.cracked, mistake.probability, wrong=True, name=name, place=place and f"row {place}"
    )
