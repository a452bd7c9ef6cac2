"""The pictures and label files that the YAML file of a YOLO dataset means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crackscope.datasets.annotation_file import read_annotation
from crackscope.datasets.layouts.tree_files import TreeFiles
from crackscope.datasets.layouts.yolo_document import YoloDocument
from crackscope.datasets.tree import Tree
from crackscope.errors import DatasetError
from crackscope.imaging.photo import printable

LIST_LIMIT_BYTES = 64 << 20
_NO_LABELS = ("classes.txt", "readme.txt", "notes.txt")


@dataclass(frozen=True, slots=True)
class YoloPicture:
    """A picture, or a label file without one.

    Parameters
    ----------
    path : Path
        The picture's, or what it might be.
    there : bool
        Whether there is such a picture.
    label : Path, optional
        None where there is no label file.
    part : str
        The half that the YAML file lists it in.
    known : bool
        Whether a missing label file says that the picture shows nothing.
    """

    path: Path
    there: bool
    label: Path | None
    part: str
    known: bool = True


@dataclass(slots=True)
class YoloPictures:
    """Gathers the pictures of a dataset; the first half that lists one has it.

    Parameters
    ----------
    path : Path
        The YAML file.
    document : YoloDocument
    tree : Tree
    files : TreeFiles
        Of the tree.
    notes : list of str
        Gets a sentence for whatever is not where it should be.
    """

    path: Path
    document: YoloDocument
    tree: Tree
    files: TreeFiles
    notes: list[str]
    _found: dict[Path, YoloPicture] = field(default_factory=dict, init=False)

    def gather(self) -> list[YoloPicture]:
        """List the pictures of all halves, then the label files that belong to none of them."""
        places = []
        for part, values in self.document.halves:
            for value in values:
                if (place := self._place(value)) is not None:
                    places.append((place, part))
                    self._add(place, part)
                else:
                    shown = printable(value[:200])
                    self.notes.append(
                        f"{self.path}: {shown} is not in the dataset's folder; correct its path."
                    )
        labelled = {picture.label for picture in self._found.values()}
        for place, part in places:
            for label, path in self._labels_of(place):
                if label not in labelled:
                    self._found.setdefault(label, YoloPicture(path, False, label, part))
        return list(self._found.values())

    def _place(self, value: str) -> Path | None:
        """Find the folder or list that the YAML file means; also where its path was right elsewhere only."""
        here = self.path.parent
        bases = [here]
        if self.document.folder and (base := self.files.place(here, self.document.folder)) is not None:
            bases.insert(0, base)
        inner = value.replace("\\", "/")
        while inner.startswith("../"):  # Roboflow's paths lead out of the folder and into it again
            inner = inner[3:]
        for name in dict.fromkeys((value, inner)):
            for base in bases:
                place = self.files.place(base, name)
                if place is not None and (self.files.has_folder(place) or self._is_list(place)):
                    return place
        return None

    def _is_list(self, place: Path) -> bool:
        return place.suffix.lower() == ".txt" and self.files.has_file(place)

    def _add(self, place: Path, part: str) -> None:
        """Add the pictures of a folder or list."""
        is_folder = self.files.has_folder(place)
        labels = {
            picture: label_of(picture, self.files.root)
            for picture in (self.tree.pictures_below(place) if is_folder else self._listed(place))
        }
        known = self._has_labels(labels)
        if not known:
            self.notes.append(
                f"{place}: has no label files for its pictures ({len(labels)}); add them, or take the "
                f"pictures out of {self.path.name}."
            )
        for picture, label in labels.items():
            there, own = self.files.has_file(picture), label if self.files.has_file(label) else None
            self._found.setdefault(picture, YoloPicture(picture, there, own, part, known))

    def _has_labels(self, labels: dict[Path, Path]) -> bool:
        """Whether the pictures were labelled at all, so that a missing label file says something."""
        if not labels or any(self.files.has_file(label) for label in labels.values()):
            return True
        return any(
            label.parent != picture.parent and self.files.has_folder(label.parent)
            for picture, label in labels.items()
        )

    def _listed(self, path: Path) -> list[Path]:
        """Read a list of pictures; those that are neither there nor labelled get a note."""
        try:
            text = read_annotation(path, limit_bytes=LIST_LIMIT_BYTES).decode("utf-8-sig", "replace")
        except DatasetError as error:
            self.notes.append(str(error))
            return []
        pictures: list[Path] = []
        missing: list[str] = []
        for name in (line.strip() for line in text.splitlines() if line.strip()):
            places = [self.files.place(base, name) for base in (path.parent, self.path.parent)]
            picture = next((place for place in places if place is not None and self._is_there(place)), None)
            if picture is not None:
                pictures.append(picture)
            else:
                missing.append(name)
        if missing:
            self.notes.append(
                f"{path}: lists pictures that are not in the dataset's folder ({len(missing)}, first "
                f"{printable(missing[0][:200])}); correct the list."
            )
        return pictures

    def _is_there(self, picture: Path) -> bool:
        return self.files.has_file(picture) or self.files.has_file(label_of(picture, self.files.root))

    def _labels_of(self, folder: Path) -> Iterator[tuple[Path, Path]]:
        """Yield the label files of a folder of pictures, and which picture each would be of."""
        labels = label_of(folder / "any", self.files.root).parent
        if labels == folder:  # other text files may lie beside pictures
            return
        for inner in self.tree.below(labels):
            for name in inner.files:
                if name.endswith(".txt") and name.lower() not in _NO_LABELS:
                    label = inner.path / name
                    yield label, folder / label.relative_to(labels).with_suffix("")


def label_of(picture: Path, root: Path) -> Path:
    """Name a picture's label file: the last folder ``images`` below `root` is ``labels`` for it.

    Examples
    --------
    >>> label_of(Path("/data/train/images/a.jpg"), Path("/data"))
    PosixPath('/data/train/labels/a.txt')
    """
    parts = list(picture.relative_to(root).parts)
    for position in range(len(parts) - 2, -1, -1):
        if parts[position] == "images":
            parts[position] = "labels"
            break
    return root.joinpath(*parts).with_suffix(".txt")
