"""YOLO: a YAML file that names folders of pictures, and beside each a folder of label files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.crack_classes import crack_classes, no_crack_class
from crackscope.datasets.layouts.tree_files import TreeFiles, part_below, sets_below_images
from crackscope.datasets.layouts.words import home_of
from crackscope.datasets.layouts.yolo_document import YoloDocument, read_yolo_document
from crackscope.datasets.layouts.yolo_labels import Labels, read_labels
from crackscope.datasets.layouts.yolo_pictures import YoloPicture, YoloPictures
from crackscope.datasets.shapes import Shapes
from crackscope.datasets.tree import Tree
from crackscope.errors import DatasetError

NAME = "yolo"


def find(tree: Tree, taken: Collection[Path], notes: list[str]) -> list[Entry]:
    """List the pictures of all YOLO datasets in a tree, and the label files without pictures."""
    files = TreeFiles(tree)
    seen: set[Path] = set(taken)  # a second YAML file of the same pictures adds nothing
    entries: list[Entry] = []
    for folder in tree.folders.values():
        for name in folder.files:
            if not name.lower().endswith((".yaml", ".yml")):
                continue
            path = folder.path / name
            try:
                document = read_yolo_document(path)
            except DatasetError as error:
                notes.append(str(error))
                continue
            if document is not None:
                pictures = YoloPictures(path, document, tree, files, notes)
                found = [
                    e for e in _entries(path, document, pictures, files.root, notes) if e.path not in seen
                ]
                seen |= {entry.path for entry in found}
                entries += found
    return entries


def _entries(
    path: Path, document: YoloDocument, pictures: YoloPictures, root: Path, notes: list[str]
) -> list[Entry]:
    cracks = crack_classes(document.names)
    if not cracks:
        notes.append(f"{path}: {no_crack_class(document.names)}")
        return []
    found = pictures.gather()
    home, half = home_of(path.parent)
    sets = sets_below_images((picture.path for picture in found), root=root)
    boxes = outlines = 0
    entries = []
    for picture in found:
        labels = _labels(picture, document, cracks)
        notes += labels.wrong
        boxes, outlines = boxes + labels.boxes, outlines + len(labels.rings)
        known = picture.known and not labels.wrong and not labels.boxes
        name = sets.get(picture.path)
        entries.append(
            Entry(
                set_name=name or home.name,
                home=home / name if name else home,
                image=picture.path if picture.there else None,
                # A mask that lacks some cracks is worse than none.
                mask=_shapes(picture, labels, path) if known or not picture.there else None,
                cracked=True if not known and (labels.boxes or labels.rings) else None,
                part=part_below(picture.path, root=root) or picture.part or half,
            )
        )
    if boxes:
        notes.append(
            f"{path}: has boxes without outlines for {boxes} of its cracks; "
            "export the labels as segmentation, or draw the outlines."
        )
    return entries if outlines or not boxes else []


def _labels(picture: YoloPicture, document: YoloDocument, cracks: frozenset[int]) -> Labels:
    if picture.label is None:
        return Labels()
    try:
        return read_labels(picture.label, classes=document.names, cracks=cracks)
    except DatasetError as error:
        return Labels(wrong=(str(error),))


def _shapes(picture: YoloPicture, labels: Labels, path: Path) -> Shapes:
    cracks = tuple((ring,) for ring in labels.rings)
    return Shapes(picture.label or path, cracks, picture=picture.path.name, normalised=True)
