"""What photos that come over the network are called: for people, never a path of the server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from crackscope.imaging.photo import printable

LONGEST_NAME = 200


def uploaded_name(given: str | None) -> str:
    r"""Name a photo after the file it was, without the folders that some browsers send.

    Examples
    --------
    >>> uploaded_name("C:\\photos\\wall.jpg"), uploaded_name(None)
    ('wall.jpg', 'photo')
    """
    name = (given or "photo").replace("\\", "/").rpartition("/")[2]
    return printable(name)[-LONGEST_NAME:] or "photo"


def distinct_names(names: Iterable[str]) -> list[str]:
    """Number the names that were there before, whatever their case: a report knows photos by name.

    Examples
    --------
    >>> distinct_names(["wall.jpg", "Wall.jpg", "north/wall.jpg"])
    ['wall.jpg', 'Wall (2).jpg', 'north/wall.jpg']
    """
    taken: set[str] = set()
    tried: dict[str, int] = {}
    distinct = []
    for name in names:
        path, chosen = PurePosixPath(name), name
        while chosen.casefold() in taken:
            number = tried[name] = tried.get(name, 1) + 1
            chosen = f"{name.removesuffix(path.suffix)} ({number}){path.suffix}"
        taken.add(chosen.casefold())
        distinct.append(chosen)
    return distinct
