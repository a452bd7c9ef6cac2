"""From what was found in a folder to a new dataset: all of it or nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from crackscope.datasets.convert.coco_writer import CocoWriter
from crackscope.datasets.convert.pairs_writer import PairsWriter
from crackscope.datasets.convert.picture import Picture, read_entry
from crackscope.datasets.convert.writer import Writer
from crackscope.datasets.convert.yolo_writer import YoloWriter
from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import Listing
from crackscope.errors import CrackscopeError, DatasetError, PhotoError
from crackscope.imaging.photo import printable
from crackscope.whole_file import cannot_write, whole_folder

Format: TypeAlias = Literal["pairs", "coco", "yolo"]
FORMATS: tuple[Format, ...] = get_args(Format)
_WRITERS: dict[Format, type[Writer]] = {"pairs": PairsWriter, "coco": CocoWriter, "yolo": YoloWriter}


@dataclass(frozen=True, slots=True)
class ConvertResult:
    """What was written and what was not.

    Parameters
    ----------
    pictures : int
        All that were written, with or without cracks.
    cracked : int
        Those with cracks.
    cracks : int
        Single cracks. In pairs, where cracks are not told apart, those that do not touch.
    failures : tuple of str
        A sentence for each entry that was left out.
    """

    pictures: int
    cracked: int
    cracks: int
    failures: tuple[str, ...]


def convert(
    listing: Listing, destination: Path, *, to: Format, progress: Callable[[Entry], None] | None = None
) -> ConvertResult:
    """Write a dataset anew in another layout; pictures are copied byte for byte, masks pixel for pixel.

    Entries without a picture, with a picture or mask that cannot be read, with a mask of another size, or of
    which nobody says where the cracks are, are left out.

    Parameters
    ----------
    listing : Listing
        Its files are only read.
    destination : Path
        A folder that does not exist or is empty. It appears when all is written.
    to : str
        One of `FORMATS`.
    progress : callable, optional
        Called with each entry when it is done.

    Returns
    -------
    ConvertResult

    Raises
    ------
    CrackscopeError
        If the destination is not empty, lies in the dataset or cannot be written, or nothing can be
        converted; then nothing is left there.
    ModuleNotFoundError
        If a mask needs a package that is not installed.
    """
    if to not in _WRITERS:
        raise ValueError(f"{to!r} is no format to convert to; choose one of {', '.join(FORMATS)}")
    target = Path(destination).resolve()
    _check(target, listing.root)
    failures: list[str] = []
    pictures = cracked = cracks = 0
    with whole_folder(target) as folder:
        writer = _WRITERS[to](folder)
        for entry in listing.entries:
            picture = _read(entry, listing.root, failures)
            if picture is not None:
                count = writer.add(picture)
                pictures, cracked, cracks = pictures + 1, cracked + (count > 0), cracks + count
            if progress is not None:
                progress(entry)
        if not pictures:
            if listing.notes:
                raise DatasetError(listing.notes[0])
            first = failures[0] if failures else "there is none."
            raise DatasetError(f"{listing.root}: no picture can be converted; the first one: {first}")
        writer.finish()
    return ConvertResult(pictures, cracked, cracks, tuple(failures))


def _read(entry: Entry, root: Path, failures: list[str]) -> Picture | None:
    try:
        return read_entry(entry, root=root)
    except (PhotoError, DatasetError) as error:
        failures.append(str(error))
        return None


def _check(target: Path, root: Path) -> None:
    """Refuse a destination that holds something, or that would become part of what is converted."""
    shown = printable(str(target))
    if target.is_relative_to(root):
        raise CrackscopeError(f"{shown}: lies in the dataset that is converted; choose a folder outside it.")
    try:
        if target.is_dir() and any(target.iterdir()):
            raise CrackscopeError(f"{shown}: is not empty; choose a new folder.")
        if target.exists() and not target.is_dir():
            raise CrackscopeError(f"{shown}: is a file; choose a new folder.")
    except OSError as error:
        raise cannot_write(target, error) from error
