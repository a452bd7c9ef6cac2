"""One picture of a dataset and the mask that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crackscope.datasets.mask_source import MaskSource


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One picture with its truth. Samples are ordered and equal by set and picture.

    Parameters
    ----------
    set_name : str
        Name of the set's folder.
    image : Path
    mask : MaskSource, optional
        None where the picture shows no crack, or where nobody drew it.
    source : str
        The photo the picture was cut from, unique over all sets; pictures of one source never straddle a
        split.
    part : str, optional
        ``"train"``, ``"validation"`` or ``"test"``: as a manifest says, or as the folders do.
    settled : bool
        Whether `part` is a manifest's and final; what only the folders' names say leaves the training half to
        be dealt from.
    group : str, optional
        What a manifest names sources by that show the same and have to stay together; None where they were
        not compared.
    folder : Path, optional
        The folder of the dataset that it was found in.
    unmasked_crack : bool
        Known to be cracked, but nobody drew where: only classifiers learn from it.
    """

    set_name: str
    image: Path
    mask: MaskSource | None = field(compare=False)
    source: str = field(compare=False)
    part: str | None = field(default=None, compare=False)
    settled: bool = field(default=False, compare=False)
    group: str | None = field(default=None, compare=False)
    folder: Path | None = field(default=None, compare=False)
    unmasked_crack: bool = field(default=False, compare=False)

    @property
    def together(self) -> str:
        """Name of what must not be parted: the group, or the source photo where there is no group."""
        return self.group or self.source

    @property
    def key(self) -> str:
        """A short name, unique over all sets: the set, the folders inside it and the file name."""
        parts = self.image.parts
        start = (
            len(parts) - 1 - parts[::-1].index(self.set_name) if self.set_name in parts else len(parts) - 1
        )
        return "/".join((self.set_name, *parts[start + 1 :]))
