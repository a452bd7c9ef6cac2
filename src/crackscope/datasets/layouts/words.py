"""The names that people give to the folders of a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

TRAIN, VALIDATION, TEST = "train", "validation", "test"

IMAGE_FOLDERS = ("images", "image", "imgs", "img", "pictures", "photos", "jpegimages")
MASK_FOLDERS = (
    "masks", "mask", "labels", "label", "lab", "gt", "groundtruth", "annotations", "segmentations", "seg"
)  # fmt: skip
_PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
_CLASSES = {"positive": True, "negative": False}
CRACK_FREE_PREFIX = "noncrack"
_SEPARATORS = re.compile(r"[\s_.-]+")


def part_of(name: str) -> str | None:
    """Name the half of a dataset that a folder's name stands for, or None.

    Examples
    --------
    >>> part_of("Valid"), part_of("walls")
    ('validation', None)
    """
    return _PARTS.get(name.lower())


def class_of(name: str) -> bool | None:
    """Tell what a class folder's name says: True for cracked, False for crack-free, None for no class.

    Examples
    --------
    >>> class_of("Positive"), class_of("negative"), class_of("images")
    (True, False, None)
    """
    return _CLASSES.get(name.lower())


def role_of(name: str) -> tuple[str, str | None] | None:
    """Tell what a folder holds: ``("images" or "masks", part)``, or None.

    Examples
    --------
    >>> role_of("Images"), role_of("train_img"), role_of("test_lab"), role_of("ground_truth")
    (('images', None), ('images', 'train'), ('masks', 'test'), ('masks', None))
    >>> role_of("walls") is None
    True
    """
    words = _SEPARATORS.split(name.lower())
    for part, rest in _with_and_without_part(words):
        joined = "".join(rest)
        if joined in IMAGE_FOLDERS:
            return "images", part
        if joined in MASK_FOLDERS:
            return "masks", part
    return None


def _with_and_without_part(words: list[str]) -> Iterator[tuple[str | None, list[str]]]:
    yield None, words
    if len(words) > 1:
        for position in (0, -1):
            if part := part_of(words[position]):
                yield part, words[1:] if position == 0 else words[:-1]


def home_of(folder: Path) -> tuple[Path, str | None]:
    """Find the folder that names a set: the nearest one, upwards, that is no half and no class.

    Returns
    -------
    tuple of Path and str or None
        The set's folder, and the part that a half on the way stands for.

    Examples
    --------
    >>> home_of(Path("/data/walls/Train/Positive"))
    (PosixPath('/data/walls'), 'train')
    """
    part = None
    while folder.name and (part_of(folder.name) or class_of(folder.name) is not None):
        part = part or part_of(folder.name)
        folder = folder.parent
    return folder, part


def is_crack_free_name(name: str) -> bool:
    """Tell whether the name of a set or picture says that it shows no crack."""
    return name.lower().startswith(CRACK_FREE_PREFIX)
