"""The files of the pictures that stand side by side on the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from crackscope.datasets.sample import Sample
from crackscope.errors import DatasetError, PhotoError
from crackscope.evaluation.comparison.comparison import Comparison
from crackscope.evaluation.comparison.judge import Drawn, View
from crackscope.imaging.encode import write_jpeg
from crackscope.whole_file import make_folder, remove_older, whole_file

PICTURES_FOLDER = "pictures"
_OURS = re.compile(r"\d{3}-(?:photo|truth|\d{3}-\d)\.(?:jpg|png)")
_JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class AnswerFiles:
    """A run's answer on one picture.

    Parameters
    ----------
    views : tuple of str
        Names of files, in the order of `Judge.views`.
    caption : str
    """

    views: tuple[str, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """One picture with its truth and every run's answer.

    Parameters
    ----------
    name : str
        Of the sample.
    photo, truth : str
        Names of files.
    answers : tuple of AnswerFiles or None
        In the order of the runs; None where a run has none.
    """

    name: str
    photo: str
    truth: str
    answers: tuple[AnswerFiles | None, ...]


def write_pictures(comparison: Comparison, shown: Sequence[Sample], folder: Path) -> list[PictureFiles]:
    """Write the pictures that are shown; those of an earlier comparison go.

    Parameters
    ----------
    comparison : Comparison
    shown : sequence of Sample
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of PictureFiles
        A sample that cannot be read is left out.

    Raises
    ------
    CrackscopeError
        If a file cannot be written.
    """
    make_folder(folder)
    answers = {
        result.competitor.run: result.judged.drawn for result in comparison.results if result.judged.drawn
    }
    rows = []
    for number, sample in enumerate(shown, start=1):
        try:
            photo, truth = comparison.judge.draw_truth(sample)
        except (PhotoError, DatasetError):  # named among the failures
            continue
        stem = f"{number:03d}"
        own = [answers.get(run.name, {}).get(sample.image) for run in comparison.runs]
        rows.append(
            PictureFiles(
                sample.key,
                _write(folder, f"{stem}-photo", photo),
                _write(folder, f"{stem}-truth", truth),
                tuple(_write_answer(folder, f"{stem}-{run:03d}", each) for run, each in enumerate(own, 1)),
            )
        )
    remove_older(folder, _OURS, kept=_names(rows))
    return rows


def _write_answer(folder: Path, stem: str, drawn: Drawn | None) -> AnswerFiles | None:
    if drawn is None:
        return None
    names = [_write(folder, f"{stem}-{number}", view) for number, view in enumerate(drawn.views)]
    return AnswerFiles(tuple(names), drawn.caption)


def _write(folder: Path, stem: str, view: View) -> str:
    """Write a clear picture as PNG, which keeps thin coloured lines, and a full one as JPEG."""
    if view.shape[2] == 3:
        write_jpeg(folder / f"{stem}.jpg", view, quality=_JPEG_QUALITY)
        return f"{stem}.jpg"
    done, data = cv2.imencode(".png", cv2.cvtColor(view, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise ValueError(f"a picture of shape {view.shape} cannot be written as PNG")
    with whole_file(folder / f"{stem}.png") as temporary:
        temporary.write_bytes(bytes(data))
    return f"{stem}.png"


def _names(rows: Sequence[PictureFiles]) -> set[str | None]:
    names: set[str | None] = {name for row in rows for name in (row.photo, row.truth)}
    return names | {name for row in rows for answer in row.answers if answer for name in answer.views}
