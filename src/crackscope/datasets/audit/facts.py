"""What can be said of one entry of a dataset without looking at the others."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.audit.fatness import Fatness
from crackscope.datasets.audit.fingerprint import Print, fingerprint
from crackscope.datasets.audit.mask_facts import MaskFacts, examine_mask
from crackscope.datasets.audit.orientation import Fit
from crackscope.datasets.entry import Entry
from crackscope.datasets.file_hash import file_sha256
from crackscope.datasets.mask_source import MaskFile, MaskSizeError, read_mask_picture
from crackscope.datasets.shapes import Shapes
from crackscope.errors import CrackscopeError, DatasetError
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.photo import Photo, printable

VERSION = 4
"""Raised when the same files would give other facts, so that older ones are not taken from the cache."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What was found on a picture: the kind of its file, its upright size, the EXIF orientation applied."""

    format: str
    height: int
    width: int
    orientation: int


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What was found on an entry.

    Parameters
    ----------
    picture : PictureFacts, optional
        None where there is no picture or it cannot be read.
    picture_problem, mask_problem : str, optional
        Why it cannot be read.
    wrong_size : bool
        Whether the mask's problem is a size that is not the picture's.
    mask : MaskFacts, optional
        None where there is no mask or it cannot be read.
    outside, crossing : int
        Number of outlines that reach outside the picture, and of those that cross themselves.
    print : int8 array, shape (48, 48), optional
        Of the picture; see `fingerprint`.
    """

    picture: PictureFacts | None
    picture_problem: str | None
    mask: MaskFacts | None
    mask_problem: str | None
    wrong_size: bool
    outside: int
    crossing: int
    print: Print | None

    def to_document(self) -> dict[str, Any]:
        """Turn all but the print into plain JSON values."""
        return {
            "picture": asdict(self.picture) if self.picture else None,
            "picture_problem": self.picture_problem,
            "mask": asdict(self.mask) if self.mask else None,
            "mask_problem": self.mask_problem,
            "wrong_size": self.wrong_size,
            "outside": self.outside,
            "crossing": self.crossing,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any], print_: Print | None) -> Facts:
        """Read what `to_document` gave."""
        picture, mask = document["picture"], document["mask"]
        if mask is not None:
            mask = MaskFacts(
                **{
                    **mask,
                    "fit": Fit(**mask["fit"]) if mask["fit"] else None,
                    "fatness": Fatness(**mask["fatness"]) if mask["fatness"] else None,
                }
            )
        return cls(
            PictureFacts(**picture) if picture else None,
            document["picture_problem"],
            mask,
            document["mask_problem"],
            document["wrong_size"],
            document["outside"],
            document["crossing"],
            print_,
        )


def examine(entry: Entry) -> Facts:
    """Read an entry's picture and mask, and look at them."""
    picture, picture_problem, grey, print_ = None, None, None, None
    if entry.image is not None:
        try:
            photo = Photo.open(entry.image)
        except CrackscopeError as error:
            picture_problem = _without_name(str(error), entry.image)
        else:
            picture = PictureFacts(photo.metadata.format or "", photo.height, photo.width, photo.orientation)
            grey = to_grey(photo.pixels)
            print_ = fingerprint(grey)
    mask, mask_problem, wrong_size = None, None, False
    if entry.mask is not None:
        try:
            mask = _examine_mask(entry, grey)
        except CrackscopeError as error:
            mask_problem = _without_name(str(error), entry.mask.path)
            wrong_size = isinstance(error, MaskSizeError)
    doubtful = (0, 0)
    if isinstance(entry.mask, Shapes) and picture is not None:
        doubtful = entry.mask.doubtful(height=picture.height, width=picture.width)
    return Facts(picture, picture_problem, mask, mask_problem, wrong_size, *doubtful, print_)


def to_grey(pixels: RgbPixels) -> NDArray[np.uint8]:
    """Convert colours, uint8 (H, W, 3), to brightness, uint8 (H, W)."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _examine_mask(entry: Entry, grey: NDArray[np.uint8] | None) -> MaskFacts | None:
    if isinstance(entry.mask, MaskFile):
        read = read_mask_picture(entry.mask.path)
        file_format, mode = read.photo.metadata.format, read.photo.mode
        return examine_mask(read.mask, grey, file_format=file_format, mode=mode, values=read.values)
    if grey is None or entry.mask is None:
        return None
    return examine_mask(entry.mask.read(height=grey.shape[0], width=grey.shape[1]), grey)


def _without_name(sentence: str, path: Path) -> str:
    """Take the file's name off a sentence: the same content may be kept for another file."""
    for prefix in (f"{path}: ", f"{printable(path.name)}: "):
        if sentence.startswith(prefix):
            return sentence.removeprefix(prefix)
    return sentence


def content_key(entry: Entry) -> tuple[str, str]:
    """Hash an entry's files: SHA-256 of the picture, empty where there is none or it cannot be read, and a
    key under which its facts can be kept, empty where a file cannot be read.
    """
    picture = _sha256(entry.image) if entry.image else ""
    mask = _sha256(entry.mask.path) if entry.mask else ""
    if (entry.image and not picture) or (entry.mask and not mask):
        return picture, ""
    # Names are part of it: an annotation file tells of many pictures.
    named = [path.name for path in (entry.image, entry.mask.path if entry.mask else None) if path]
    text = "\0".join((str(VERSION), picture, mask, *named))
    return picture, hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except DatasetError:  # said by whoever reads it
        return ""
