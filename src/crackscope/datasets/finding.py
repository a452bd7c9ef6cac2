"""One thing that is wrong, or seems so, with a picture or mask of a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

KINDS = (
    "unreadable",
    "orphan-image",
    "orphan-mask",
    "size-mismatch",
    "transposed-mask",
    "rotated-mask",
    "multichannel-mask",
    "non-binary-mask",
    "inverted-mask",
    "crack-in-negative",
    "empty-positive",
    "speckle",
    "fat-mask",
    "duplicate",
    "near-duplicate",
    "split-leak",
    "label-suspect",
)

Turn = Literal[
    "mirror", "turn-180", "flip", "transpose", "turn-90", "transverse", "turn-270"
]  # what puts a mask right; names of EXIF orientations 2 to 8


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicion or a fact about one file of a dataset.

    Parameters
    ----------
    path : str
        The file at fault, below the dataset's folder, with forward slashes.
    kind : str
        One of `KINDS`.
    certain : bool
        Whether facts of the files alone say so; otherwise it is judged from what they show.
    detail : str
        What is wrong, in a few words for people.
    picture, mask : str, optional
        The picture and the mask that the file belongs to, where there are such; below the dataset's folder.
    other : str, optional
        The picture that this one is a duplicate of, or shares its source photo with.
    turn : str, optional
        What has to be done to the mask to put it right.
    """

    path: str
    kind: str
    certain: bool
    detail: str
    picture: str | None = field(default=None, kw_only=True)
    mask: str | None = field(default=None, kw_only=True)
    other: str | None = field(default=None, kw_only=True)
    turn: Turn | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of finding")

    @property
    def key(self) -> str:
        """What a person's choice about this finding is stored under."""
        return f"{self.kind}:{self.path}" + (f":{self.other}" if self.other else "")

    def to_document(self) -> dict[str, Any]:
        """Turn it into plain JSON values; what is not known is left out."""
        document = {"path": self.path, "kind": self.kind, "certain": self.certain, "detail": self.detail}
        more = {name: getattr(self, name) for name in ("picture", "mask", "other", "turn")}
        return {**document, **{name: value for name, value in more.items() if value is not None}}
