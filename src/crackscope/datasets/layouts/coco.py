"""COCO: a JSON file with the outlines of the cracks in the pictures that it lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts.coco_document import CocoPicture, read_document, read_pictures
from crackscope.datasets.layouts.tree_files import TreeFiles, part_below, sets_below_images
from crackscope.datasets.layouts.words import home_of, part_of, role_of
from crackscope.datasets.shapes import Shapes
from crackscope.datasets.tree import Tree
from crackscope.errors import DatasetError
from crackscope.imaging.photo import printable

NAME = "coco"

_WORDS = re.compile(r"[\s_.-]+")
_YEAR = re.compile(r"\d+$")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A picture of a document, where it is or, if it is nowhere, where it would first be looked for."""

    picture: CocoPicture
    path: Path
    there: bool


def find(tree: Tree, taken: Collection[Path], notes: list[str]) -> list[Entry]:
    """List the pictures of all COCO documents in a tree, and those that are listed but not there."""
    files = TreeFiles(tree)
    described: dict[Path, Path] = {}
    entries: list[Entry] = []
    for folder in tree.folders.values():
        for name in folder.files:
            if name.lower().endswith(".json"):
                entries += _entries(folder.path / name, files, taken, described, notes)
    return entries


def _entries(
    path: Path, files: TreeFiles, taken: Collection[Path], described: dict[Path, Path], notes: list[str]
) -> Iterator[Entry]:
    try:
        document = read_document(path)
    except DatasetError as error:
        notes.append(str(error))
        return
    if document is None:
        return
    placed = _placed(read_pictures(document, path, notes), path, files, notes)
    home, half = _home(path, files.root)
    half = _part_in(path.stem) or half
    sets = sets_below_images((each.path for each in placed), root=files.root)
    again: list[Path] = []
    for each in placed:
        if each.there and described.setdefault(each.path, path) != path:
            again.append(each.path)
        elif not each.there or each.path not in taken:
            name = sets.get(each.path)
            yield Entry(
                set_name=name or home.name,
                home=home / name if name else home,
                image=each.path if each.there else None,
                mask=_shapes(path, each.picture) if not each.there or _is_known(each.picture) else None,
                cracked=None if _is_known(each.picture) else True,
                part=half or _part(each.path, files.root),
            )
    if again:
        notes.append(
            f"{path}: describes pictures that {described[again[0]].name} describes too ({len(again)}, first "
            f"{printable(again[0].name)}); take one of the files away."
        )


def _placed(pictures: list[CocoPicture], path: Path, files: TreeFiles, notes: list[str]) -> list[_Placed]:
    """Look for the pictures; a file that is listed twice counts once, and one outside the tree not at all."""
    bases = [base for base in _bases(path) if files.has_folder(base)]
    outside: list[str] = []
    twice: list[str] = []
    found: dict[Path, _Placed] = {}
    for picture in pictures:
        place = _place(picture.file_name, bases, files)
        if place is None:
            outside.append(picture.file_name)
        elif found.setdefault(place, _Placed(picture, place, files.has_file(place))).picture is not picture:
            twice.append(picture.file_name)
    if outside:
        notes.append(
            f"{path}: lists pictures outside the dataset's folder ({len(outside)}, first "
            f"{printable(outside[0][:200])}); write file names relative to it."
        )
    if twice:
        notes.append(
            f"{path}: lists pictures twice ({len(twice)}, first {printable(twice[0][:200])}); "
            "merge their annotations."
        )
    return list(found.values())


def _place(name: str, bases: list[Path], files: TreeFiles) -> Path | None:
    """Find a file below the first folder that has it; else where it might be; None for outside the tree."""
    places = []
    for base in bases:
        if (place := files.place(base, name)) is not None:
            if files.has_file(place):
                return place
            places.append(place)
    return next((place for place in places if files.has_folder(place.parent)), places[0] if places else None)


def _bases(path: Path) -> list[Path]:
    """Folders that a file name may be relative to, in the order in which they are tried."""
    here = path.parent
    tops = [here, here / "images", here.parent, here.parent / "images"]
    halves = [word for word in _WORDS.split(path.stem) if part_of(_YEAR.sub("", word))]
    named = [path.stem, *halves, *(_YEAR.sub("", word) for word in halves)]
    return [*tops, *(top / name for name in dict.fromkeys(named) if name for top in tops)]


def _home(path: Path, root: Path) -> tuple[Path, str | None]:
    """Find the set's folder: the one of the document, or the one above where that is for annotations."""
    folder = path.parent
    while folder != root and role_of(folder.name) is not None:
        folder = folder.parent
    return home_of(folder)


def _part_in(stem: str) -> str | None:
    return next((part for word in _WORDS.split(stem) if (part := part_of(_YEAR.sub("", word)))), None)


def _part(picture: Path, root: Path) -> str | None:
    return part_below(picture, root=root) or part_of(_YEAR.sub("", picture.parent.name))


def _is_known(picture: CocoPicture) -> bool:
    """Whether all cracks of a picture have outlines; a mask that lacks some is worse than none."""
    return not picture.without_outline


def _shapes(path: Path, picture: CocoPicture) -> Shapes:
    return Shapes(path, tuple(picture.cracks), picture=picture.file_name, size_hw=picture.size_hw)
