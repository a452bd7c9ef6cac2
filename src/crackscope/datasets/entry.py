"""What a layout finds: a picture, its mask, and what the folders say of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.mask_source import MaskSource


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture with its mask, or one of them alone.

    Parameters
    ----------
    set_name : str
        Name of the set that it belongs to.
    home : Path
        The set's folder.
    image : Path, optional
        None for a mask without a picture.
    mask : MaskSource, optional
        None where the layout gives none.
    cracked : bool, optional
        What the folders' names say of the picture; None where they say nothing.
    part : str, optional
        The half of the dataset that it lies in: ``"train"``, ``"validation"`` or ``"test"``.
    mask_due : bool
        Whether the layout has a place for its mask, so that a cracked picture without one lacks it.
    """

    set_name: str
    home: Path
    image: Path | None
    mask: MaskSource | None
    cracked: bool | None = None
    part: str | None = None
    mask_due: bool = False

    @property
    def path(self) -> Path:
        """The picture's file, or the mask's where there is no picture."""
        if self.image is not None:
            return self.image
        assert self.mask is not None
        return self.mask.path
