"""The masks in COCO's format, for annotation tools and training programs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from crackscope.inspection.inspection import Crack, Inspection
from crackscope.reports.atomic_file import cannot_write
from crackscope.reports.report import Pictures, Report
from crackscope.version import __version__

COCO_FILE = "coco.json"
CATEGORY_ID = 1
_CHUNK = 1 << 20
_MEASURES = {
    "length_px": 2,
    "mean_width_px": 3,
    "max_width_px": 3,
    "max_width_sigma_px": 3,
    "length_mm": 2,
    "mean_width_mm": 4,
    "max_width_mm": 4,
    "max_width_sigma_mm": 4,
    "tortuosity": 4,
}
"""Name → decimals."""


class CocoReport(Report):
    """Writes ``coco.json``: an image per photo, an annotation with compressed run-length mask per crack.

    ``pycocotools`` reads it. Beyond COCO's own keys an annotation has ``score`` (the crack's mean
    probability) and ``attributes`` (its measurements and its pattern). Photos that failed have no place in
    the format and are left out, and so are those that a classifier calls cracked without saying where: an
    image without annotations is one without cracks to every program that reads it.

    Parameters
    ----------
    path : Path

    References
    ----------
    COCO data format, https://cocodataset.org/#format-data
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._annotations: IO[str]
        self._images_count = 0
        self._annotations_count = 0

    def __enter__(self) -> Self:
        super().__enter__()
        # Annotations stand after the images in the file, and come with them: they wait on the disk.
        self._annotations = tempfile.TemporaryFile("w+", encoding="ascii", dir=self.path.parent)
        return self

    def begin(self) -> None:
        """Write info and categories."""
        head = {
            "info": {"description": "Cracks found by crackscope", "version": __version__},
            "licenses": [],
            "categories": [{"id": CATEGORY_ID, "name": "crack", "supercategory": "damage"}],
        }
        self.file.write(json.dumps(head)[:-1] + ', "images": [')

    def add(self, inspection: Inspection, pictures: Pictures | None) -> None:
        """Write the image, and set its annotations aside."""
        if not inspection.is_located:
            return
        self._images_count += 1
        photo = inspection.photo
        image = {
            "id": self._images_count,
            "file_name": photo.name,
            "height": photo.height_px,
            "width": photo.width_px,
        }
        if photo.taken_at is not None:
            image["date_captured"] = photo.taken_at
        self.file.write(_item(image, first=self._images_count == 1))
        for crack in inspection.cracks:
            self._annotations_count += 1
            box = crack.box
            annotation = {
                "id": self._annotations_count,
                "image_id": self._images_count,
                "category_id": CATEGORY_ID,
                "iscrowd": 0,
                "bbox": [box.column, box.row, box.width, box.height],
                "area": crack.area_px,
                "segmentation": crack.mask.to_coco(),
                "score": round(crack.mean_probability, 4),
                "attributes": _attributes(crack),
            }
            try:
                self._annotations.write(_item(annotation, first=self._annotations_count == 1))
            except OSError as error:
                raise cannot_write(self.path, error) from error

    def end(self) -> None:
        """Append the annotations."""
        self.file.write('\n], "annotations": [')
        try:
            self._annotations.seek(0)
            while chunk := self._annotations.read(_CHUNK):
                self.file.write(chunk)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self.file.write("\n]}\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._annotations:
            super().__exit__(kind, error, trace)


def _item(document: Mapping[str, Any], *, first: bool) -> str:
    return ("\n" if first else ",\n") + json.dumps(document, allow_nan=False, separators=(",", ":"))


def _attributes(crack: Crack) -> dict[str, object]:
    """Gather the crack's measurements; those in mm, its shape and the severity where they are known."""
    attributes: dict[str, object] = {"number": crack.number}
    for name, decimals in _MEASURES.items():
        value = getattr(crack, name)
        if value is not None:
            attributes[name] = round(value, decimals)
    for name in ("pattern", "branches"):
        if getattr(crack, name) is not None:
            attributes[name] = getattr(crack, name)
    if crack.severity is not None:
        attributes["severity"] = crack.severity.possible_words
    return attributes
