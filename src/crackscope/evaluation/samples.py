"""The samples that a model is judged on, read one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from crackscope.datasets import Sample, read_mask, read_picture
from crackscope.errors import DatasetError, PhotoError
from crackscope.imaging.arrays import BoolMask, RgbPixels


@dataclass(frozen=True, slots=True)
class Failure:
    """A sample that was left out, and why."""

    picture: str
    reason: str


def read_sample(sample: Sample) -> tuple[RgbPixels, BoolMask]:
    """Read a sample's picture and its truth, at native resolution.

    Raises
    ------
    PhotoError, DatasetError
        If either cannot be read.
    """
    pixels = read_picture(sample)
    return pixels, read_mask(sample, height=pixels.shape[0], width=pixels.shape[1])


def read_every(
    samples: Iterable[Sample], *, progress: Callable[[Sample], None] | None = None
) -> Iterator[tuple[Sample, RgbPixels, BoolMask]]:
    """Read samples, all of which are needed.

    Parameters
    ----------
    samples : iterable of Sample
    progress : callable, optional
        Called with each sample when it is done with.

    Yields
    ------
    sample : Sample
    pixels : uint8 array, shape (H, W, 3)
    truth : bool array, shape (H, W)

    Raises
    ------
    PhotoError, DatasetError
        If one of them cannot be read.
    """
    for sample in samples:
        yield sample, *read_sample(sample)
        if progress is not None:
            progress(sample)


def read_readable(
    samples: Iterable[Sample],
    failures: list[Failure],
    *,
    progress: Callable[[Sample], None] | None = None,
) -> Iterator[tuple[Sample, RgbPixels, BoolMask]]:
    """Read samples, and leave out those that cannot be read.

    Parameters
    ----------
    samples : iterable of Sample
    failures : list of Failure
        What is left out is appended here.
    progress : callable, optional
        Called with each sample when it is done with, or left out.

    Yields
    ------
    sample : Sample
    pixels : uint8 array, shape (H, W, 3)
    truth : bool array, shape (H, W)

    Raises
    ------
    DatasetError
        After the last, if not one sample could be read.
    """
    any_read = False
    for sample in samples:
        try:
            pixels, truth = read_sample(sample)
        except (PhotoError, DatasetError) as error:
            failures.append(Failure(sample.key, str(error)))
        else:
            any_read = True
            yield sample, pixels, truth
        if progress is not None:
            progress(sample)
    if not any_read:
        raise _nothing_read(failures)


def _nothing_read(failures: list[Failure]) -> DatasetError:
    if not failures:
        return DatasetError("The dataset holds no pictures; give a folder with images/ beside masks/.")
    return DatasetError(f"None of {len(failures)} pictures could be read; the first: {failures[0].reason}")
