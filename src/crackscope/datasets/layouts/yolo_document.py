"""What the YAML file of a YOLO dataset says: classes, and where the pictures of each half are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from crackscope.datasets.annotation_file import read_if_readable
from crackscope.datasets.layouts.words import TEST, TRAIN, VALIDATION
from crackscope.errors import DatasetError

LIMIT_BYTES = 1_000_000
_NAMED_SO = ("data", "dataset")
_LOOKS_SO = re.compile(rb"^names\s*:", re.M)
_HALVES = {"train": TRAIN, "val": VALIDATION, "valid": VALIDATION, "validation": VALIDATION, "test": TEST}


@dataclass(frozen=True, slots=True)
class YoloDocument:
    """The part of the YAML file that is needed.

    Parameters
    ----------
    names : dict of int to str
        Of the classes.
    folder : str, optional
        What ``path`` says.
    halves : tuple of (str, tuple of str)
        For each part its folders and lists of pictures, as in the file.
    """

    names: dict[int, str]
    folder: str | None
    halves: tuple[tuple[str, tuple[str, ...]], ...]


class _PlainLoader(yaml.SafeLoader):
    """Without merge keys, by which a small file could fill the memory."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave a mapping as it is."""


def read_yolo_document(path: Path) -> YoloDocument | None:
    """Read a YAML file; None where it is not that of a dataset.

    Raises
    ------
    DatasetError
        If it looks like one but cannot be used.
    """
    looks_so = path.stem.lower() in _NAMED_SO
    data = read_if_readable(path, limit_bytes=LIMIT_BYTES, needed=looks_so)
    if data is None:
        return None
    if not looks_so and not _LOOKS_SO.search(data):
        return None
    try:
        document = yaml.load(data, Loader=_PlainLoader)  # a SafeLoader
    except Exception as error:  # the parser raises whatever it trips over
        mark = getattr(error, "problem_mark", None)
        at = f" at line {mark.line + 1}" if mark is not None else ""
        raise DatasetError(f"{path}: is no YAML{at}; correct it.") from None
    if not isinstance(document, dict) or "names" not in document or not _HALVES.keys() & document.keys():
        return None
    folder = document.get("path")
    halves = tuple((part, _places(document[key], path)) for key, part in _HALVES.items() if document.get(key))
    return YoloDocument(_names(document["names"], path), folder if isinstance(folder, str) else None, halves)


def _names(value: object, path: Path) -> dict[int, str]:
    named = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(named, dict) or not all(isinstance(number, int) for number in named):
        raise DatasetError(f"{path}: its names are neither a list nor a mapping of numbers; correct it.")
    return {number: name if isinstance(name, str) else repr(name)[:40] for number, name in named.items()}


def _places(value: object, path: Path) -> tuple[str, ...]:
    places = tuple(value) if isinstance(value, list) else (value,)
    if not all(isinstance(place, str) and place for place in places):
        raise DatasetError(f"{path}: its train, val and test must be folders or lists of them; correct it.")
    return places
