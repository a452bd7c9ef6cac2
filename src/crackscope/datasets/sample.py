"""One picture of a dataset and the mask that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One picture with its truth.

    Parameters
    ----------
    set_name : str
        Name of the set's folder.
    image : Path
    mask : Path, optional
        None where the picture shows no crack.
    source : str
        The photo the picture was cut from, unique over all sets; pictures of one source never straddle a
        split.
    """

    set_name: str
    image: Path
    mask: Path | None
    source: str

    @property
    def key(self) -> str:
        """A short name, unique over all sets: the set, the folders inside it and the file name."""
        parts = self.image.parts
        start = (
            len(parts) - 1 - parts[::-1].index(self.set_name) if self.set_name in parts else len(parts) - 1
        )
        return "/".join((self.set_name, *parts[start + 1 :]))
