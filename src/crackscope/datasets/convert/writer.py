"""What writes a dataset in one layout."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from crackscope.datasets.convert.picture import Picture


class Writer(Protocol):
    """Writes pictures as they come, and at the end what is said of them all."""

    def __init__(self, folder: Path) -> None:
        """Begin a dataset in a folder that is empty."""
        ...

    def add(self, picture: Picture) -> int:
        """Write a picture and its truth; return the number of its cracks."""
        ...

    def finish(self) -> None:
        """Write what comes last."""
        ...


def write_file(path: Path, data: bytes) -> None:
    """Write a file, and the folders that it lies in.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
