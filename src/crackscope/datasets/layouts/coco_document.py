"""What COCO's instance JSON says: pictures, classes and outlines; nothing in it is trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from crackscope.datasets.annotation_file import read_if_readable
from crackscope.datasets.layouts.crack_classes import crack_classes, no_crack_class
from crackscope.datasets.shapes import Crack
from crackscope.errors import DatasetError
from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.photo import printable
from crackscope.imaging.rle import RunLengthMask

LIMIT_BYTES = 1 << 30
FARTHEST_PX = 1e7  # far outside any photo
_NAMED_SO = ("coco", "annotation", "instances")
_POINT, _TRIANGLE = 2, 6
_CUT = 60

Key: TypeAlias = int | str


@dataclass(slots=True)
class CocoPicture:
    """A picture of the list ``images`` and what the annotations say of it.

    Parameters
    ----------
    file_name : str
        As in the document, of any form.
    size_hw : (height, width), optional
    cracks : list of Crack
    without_outline : bool
        Whether a crack of it has no outline that could be read.
    """

    file_name: str
    size_hw: tuple[int, int] | None
    cracks: list[Crack] = field(default_factory=list)
    without_outline: bool = False


def read_document(path: Path) -> dict[str, Any] | None:
    """Read a JSON file; None where it is no COCO document.

    Raises
    ------
    DatasetError
        If it looks like one but cannot be read.
    """
    looks_so = any(word in path.name.lower() for word in _NAMED_SO)
    data = read_if_readable(path, limit_bytes=LIMIT_BYTES, needed=looks_so)
    if data is None:
        return None
    keys = b'"images"' in data, b'"annotations"' in data
    if not any(keys) and not looks_so:
        return None
    try:
        document = json.loads(data)
    except (ValueError, RecursionError, MemoryError) as error:
        at = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DatasetError(f"{path}: is cut off or no JSON{at}; export it again.") from None
    if not isinstance(document, dict):
        return None
    images, annotations = document.get("images"), document.get("annotations")
    if not isinstance(images, list) or not isinstance(annotations, list):
        return None
    return None if any(map(_is_prediction, annotations)) else document


def _is_prediction(annotation: object) -> bool:
    """Whether an annotation is a program's answer, which has a score, and no truth."""
    return isinstance(annotation, dict) and "score" in annotation


def read_pictures(document: Mapping[str, Any], path: Path, notes: list[str]) -> list[CocoPicture]:
    """List the pictures of a document, each with its cracks.

    Parameters
    ----------
    document : mapping
        As `read_document` gives it.
    path : Path
        Where it is from, for the notes.
    notes : list of str
        A sentence is added for each kind of mistake.

    Returns
    -------
    list of CocoPicture
        Empty where no class is the crack, or the document has boxes only.
    """
    wrong = _Mistakes()
    pictures: dict[Key, CocoPicture] = {}
    for image in document["images"]:
        key, picture = _picture(image)
        if picture is None or key is None:
            wrong.add("a picture without id or file_name", _shown(key))
        elif key in pictures:
            wrong.add("two pictures with one id", _shown(key))
        else:
            pictures[key] = picture
    classes = _classes(document)
    cracks = crack_classes(classes)
    if not cracks and (classes or document["annotations"]):
        notes.append(f"{path}: {no_crack_class(classes)}")
        return []
    boxes = _add_cracks(document["annotations"], pictures, cracks, set(classes), wrong)
    if boxes:
        notes.append(
            f"{path}: has boxes without outlines for {boxes} of its cracks; "
            "export the annotations as segmentation, or draw the outlines."
        )
    notes += wrong.sentences(path)
    outlined = any(picture.cracks for picture in pictures.values())
    return list(pictures.values()) if outlined or not boxes else []


def _add_cracks(
    annotations: list[object],
    pictures: Mapping[Key, CocoPicture],
    cracks: frozenset[int],
    classes: set[int],
    wrong: _Mistakes,
) -> int:
    """Give the cracks to their pictures; count those without an outline."""
    boxes = 0
    for annotation in annotations:
        if not isinstance(annotation, dict):
            wrong.add("an annotation that is no object", _shown(annotation))
            continue
        name = f"annotation {_shown(annotation.get('id'))}"
        picture = pictures.get(key) if isinstance(key := annotation.get("image_id"), int | str) else None
        if picture is None:
            wrong.add("an annotation of a picture that it does not list", name)
            continue
        number = annotation.get("category_id")
        if not isinstance(number, int) or number not in classes:
            wrong.add("an annotation of a class that it does not list", name)
            picture.without_outline = True
        elif number in cracks:
            try:
                crack = read_segmentation(annotation.get("segmentation"))
            except ValueError as error:
                wrong.add("an outline that cannot be read", f"{name}: {error}")
                picture.without_outline = True
                continue
            if crack is None:
                boxes += 1
                picture.without_outline = True
            else:
                picture.cracks.append(crack)
    return boxes


def read_segmentation(value: object) -> Crack | None:
    """Read an annotation's ``segmentation``: rings or run lengths; None where it has none.

    Raises
    ------
    ValueError
        If it is neither, with what is wrong in it.

    Examples
    --------
    >>> len(read_segmentation([[0, 0, 4, 0, 4, 4]]))
    1
    >>> read_segmentation([]) is None
    True
    """
    if isinstance(value, dict):
        return RunLengthMask.from_coco(value)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(ring, list) for ring in value):
        raise ValueError("neither rings nor run lengths")
    # Fewer than three points, as some exporters write, cover no pixel.
    return tuple(_ring(ring) for ring in value if len(ring) >= _TRIANGLE or len(ring) % _POINT) or None


def _ring(values: list[object]) -> FloatArray:
    if len(values) % _POINT:
        raise ValueError(f"a ring of {len(values)} numbers, which are no points")
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    # Compared before they are converted: an integer of JSON may be too large for a float.
    if len(numbers) < len(values) or not all(-FARTHEST_PX < number < FARTHEST_PX for number in numbers):
        raise ValueError("a ring with something that is no number, or far outside any picture")
    return np.array(numbers, np.float64).reshape(-1, _POINT)


def _picture(image: object) -> tuple[Key | None, CocoPicture | None]:
    if not isinstance(image, dict):
        return None, None
    key, name = image.get("id"), image.get("file_name")
    if not isinstance(key, int | str) or not isinstance(name, str) or not name:
        return None, None
    height, width = image.get("height"), image.get("width")
    if isinstance(height, int) and isinstance(width, int) and min(height, width) > 0:
        return key, CocoPicture(name, (height, width))
    return key, CocoPicture(name, None)


def _classes(document: Mapping[str, Any]) -> dict[int, str]:
    """Names of the classes by number; where none are named but one is used, that one."""
    listed = document.get("categories")
    names = {
        each["id"]: str(each.get("name", ""))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and isinstance(each.get("id"), int)
    }
    if names:
        return names
    used = {each.get("category_id") for each in document["annotations"] if _has_class(each)}
    return {number: str(number) for number in used}


def _has_class(annotation: object) -> bool:
    return isinstance(annotation, dict) and isinstance(annotation.get("category_id"), int)


def _shown(value: object) -> str:
    return printable(str(value)[:_CUT]) if isinstance(value, int | str) else "without id"


class _Mistakes:
    """Mistakes of one document: the first of each kind and how many there are."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._count: dict[str, int] = {}

    def add(self, kind: str, where: str) -> None:
        """Count a mistake."""
        self._first.setdefault(kind, where)
        self._count[kind] = self._count.get(kind, 0) + 1

    def sentences(self, path: Path) -> list[str]:
        """Return a sentence for each kind."""
        return [
            f"{path}: has {kind} ({where}{self._more(kind)}); correct it or take it out."
            for kind, where in self._first.items()
        ]

    def _more(self, kind: str) -> str:
        others = self._count[kind] - 1
        return f"; and {others} more" if others else ""
