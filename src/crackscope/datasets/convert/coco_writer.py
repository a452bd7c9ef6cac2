"""COCO: ``images/SET/`` and a JSON file, or one for each half, with the outline of each crack."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crackscope.datasets.convert.names import FreeNames, SetFolders
from crackscope.datasets.convert.picture import Picture
from crackscope.datasets.convert.writer import write_file
from crackscope.datasets.polygons import outlines
from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.box import Box
from crackscope.version import __version__

CATEGORY_ID = 1
WHOLE = "annotations"  # the name of the file for pictures of no half


@dataclass(slots=True)
class _Document:
    """The lists of one file, each item as JSON already, which is smaller than the objects."""

    images: list[str] = field(default_factory=list)
    annotations: list[str] = field(default_factory=list)


class CocoWriter:
    """Writes a JSON file whose file names are relative to its folder.

    Parameters
    ----------
    folder : Path

    References
    ----------
    COCO data format, https://cocodataset.org/#format-data
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = FreeNames()
        self._sets = SetFolders()
        self._documents: dict[str, _Document] = {}

    def add(self, picture: Picture) -> int:
        """Copy a picture and note its cracks; see `Writer`."""
        entry = picture.entry
        set_folder = self._sets.name(entry.set_name, entry.home)
        name = f"images/{set_folder}/{self._names.take(set_folder, picture.name)}"
        write_file(self._folder / name, picture.data)
        document = self._documents.setdefault(entry.part or WHOLE, _Document())
        image_id = len(document.images) + 1
        document.images.append(
            _json({"id": image_id, "file_name": name, "height": picture.height, "width": picture.width})
        )
        before = len(document.annotations)
        for box, mask in picture.cracks():
            head = {"id": len(document.annotations) + 1, "image_id": image_id, "category_id": CATEGORY_ID}
            document.annotations.append(_json({**head, **_annotation(box, mask)}))
        return len(document.annotations) - before

    def finish(self) -> None:
        """Write the JSON files."""
        head = {
            "info": {"description": "Converted by crackscope", "version": __version__},
            "licenses": [],
            "categories": [{"id": CATEGORY_ID, "name": "crack", "supercategory": "damage"}],
        }
        for name, document in self._documents.items():
            text = (
                f'{_json(head)[:-1]},\n"images":[\n{_lines(document.images)}],\n'
                f'"annotations":[\n{_lines(document.annotations)}]}}\n'
            )
            write_file(self._folder / f"{name}.json", text.encode("ascii"))


def _annotation(box: Box, mask: BoolMask) -> dict[str, object]:
    """Describe a crack by its box and its mask in the box."""
    rings = [ring + np.array([box.column, box.row]) for ring in outlines(mask)]
    return {
        "iscrowd": 0,
        "bbox": [box.column, box.row, box.width, box.height],
        "area": int(mask.sum()),
        "segmentation": [ring.astype(np.int64).reshape(-1).tolist() for ring in rings],
    }


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _lines(items: list[str]) -> str:
    return ",\n".join(items)
