"""What is wrong with one entry, from the facts about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from crackscope.datasets.audit.facts import Facts
from crackscope.datasets.audit.mask_facts import MaskFacts
from crackscope.datasets.entry import Entry
from crackscope.datasets.finding import Finding, Turn
from crackscope.datasets.mask_source import MaskFile
from crackscope.datasets.turns import IN_WORDS, turn_of_exif
from crackscope.imaging.photo import printable

SPECKS_FROM = 8
PINHOLES_FROM = 12
SURELY_INVERTED_FROM = 0.8
_EXIF_SWAPS_FROM = 5  # the EXIF orientations from 5 on swap the sides

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},
    "PNG": {".png"},
    "TIFF": {".tif", ".tiff"},
    "BMP": {".bmp", ".dib"},
    "WebP": {".webp"},
}
SUFFIX_OF_FORMAT = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "BMP": ".bmp", "WebP": ".webp"}
_MODES = {
    "RGB": "three colour channels",
    "RGBA": "three colour channels and transparency",
    "P": "a palette",
    "PA": "a palette with transparency",
    "LA": "grey with transparency",
    "La": "grey with transparency",
    "CMYK": "four ink channels",
    "YCbCr": "three colour channels",
}
Name = Callable[[Path], str]


def entry_findings(entry: Entry, facts: Facts, *, name: Name, masks_expected: bool) -> Iterator[Finding]:
    """Say what is wrong with an entry.

    Parameters
    ----------
    entry : Entry
    facts : Facts
    name : callable
        Gives a file's path as it is shown: below the dataset's folder.
    masks_expected : bool
        Whether the set has masks, so that a picture without one lacks it.

    Yields
    ------
    Finding
    """
    yield from _picture_findings(entry, facts, name)
    if entry.mask is None:
        if entry.cracked is None or (entry.cracked and masks_expected):
            assert entry.image is not None
            shown = name(entry.image)
            yield Finding(shown, "orphan-image", True, "has no mask", picture=shown)
        return
    mask = name(entry.mask.path)
    picture = name(entry.image) if entry.image else None
    # An annotation file holds the masks of many pictures, so that the picture tells which is meant.
    shown = picture if picture and not isinstance(entry.mask, MaskFile) else mask
    if entry.image is None:
        missing = None if isinstance(entry.mask, MaskFile) else getattr(entry.mask, "picture", None)
        detail = f"has no picture {printable(missing)}" if missing else "has no picture"
        yield Finding(mask, "orphan-mask", True, detail, mask=mask, other=missing and printable(missing))
    if facts.mask_problem is not None:
        kind = "size-mismatch" if facts.wrong_size else "unreadable"
        yield Finding(shown, kind, True, f"mask {facts.mask_problem}", picture=picture, mask=mask)
    if facts.mask is not None:
        said = _Said(shown, picture, mask)
        yield from _storage_findings(entry, facts.mask, said)
        if _fits(facts):  # of a mask of another picture or cut, nothing else is worth saying
            yield from _content_findings(entry, facts.mask, said)
        yield from _position_findings(facts, facts.mask, said)


class _Said:
    """Makes findings about one mask."""

    def __init__(self, shown: str, picture: str | None, mask: str) -> None:
        self._shown, self._picture, self._mask = shown, picture, mask

    def __call__(self, kind: str, detail: str, *, certain: bool, turn: Turn | None = None) -> Finding:
        return Finding(self._shown, kind, certain, detail, picture=self._picture, mask=self._mask, turn=turn)


def _picture_findings(entry: Entry, facts: Facts, name: Name) -> Iterator[Finding]:
    if entry.image is None:
        return
    shown = name(entry.image)
    mask = name(entry.mask.path) if entry.mask else None
    if facts.picture_problem is not None:
        yield Finding(shown, "unreadable", True, facts.picture_problem, picture=shown, mask=mask)
    elif facts.picture and (wrong := misnamed(entry.image, facts.picture.format)):
        yield Finding(shown, "unreadable", True, wrong, picture=shown, mask=mask)


def misnamed(path: PurePath, file_format: str) -> str | None:
    """Say how a file's name contradicts its content, or None where it does not."""
    suffix = path.suffix.lower()
    if not suffix or suffix in _SUFFIXES.get(file_format, {suffix}):
        return None
    return f"is a {file_format} file named {suffix}, which programs that go by the name cannot read"


def _storage_findings(entry: Entry, mask: MaskFacts, said: _Said) -> Iterator[Finding]:
    if not isinstance(entry.mask, MaskFile):
        return
    if mask.format and (wrong := misnamed(entry.mask.path, mask.format)):
        yield said("unreadable", wrong, certain=True)
    if mask.mode in _MODES:
        yield said("multichannel-mask", f"is stored with {_MODES[mask.mode]}", certain=True)
    if mask.values == "many":
        yield said("non-binary-mask", "has values between black and white", certain=True)
    elif mask.values == "two":
        yield said("non-binary-mask", "has two values that are not 0 and 255", certain=True)


def _content_findings(entry: Entry, mask: MaskFacts, said: _Said) -> Iterator[Finding]:
    if mask.inverted:
        detail = f"{mask.share:.0%} of it is white, so that white must be the background"
        yield said("inverted-mask", detail, certain=mask.share >= SURELY_INVERTED_FROM)
    empty = mask.share == 1 if mask.inverted else mask.share == 0
    if entry.cracked is False and not empty:
        share = 1 - mask.share if mask.inverted else mask.share
        yield said("crack-in-negative", f"marks {share:.2%} of a crack-free picture as crack", certain=True)
    if entry.cracked is not False and empty and isinstance(entry.mask, MaskFile):
        labelled = (
            "though the picture is labelled cracked" if entry.cracked else "and nothing says it may be so"
        )
        yield said("empty-positive", f"marks no crack, {labelled}", certain=bool(entry.cracked))
    if mask.specks >= SPECKS_FROM or mask.pinholes >= PINHOLES_FROM:
        detail = f"has {mask.specks} lone specks and {mask.pinholes} pinholes"
        yield said("speckle", detail, certain=True)
    if mask.fatness is not None and mask.fatness.fat:
        fat = mask.fatness
        widths = f"{fat.mask_px:.1f} to {fat.line_px:.1f} px"
        detail = f"is {fat.factor:.1f} times as wide as the line under it ({widths})"
        yield said("fat-mask", detail, certain=False)


def _position_findings(facts: Facts, mask: MaskFacts, said: _Said) -> Iterator[Finding]:
    picture = facts.picture
    if picture is None:
        return
    size, own = (picture.height, picture.width), (mask.height, mask.width)
    exif = turn_of_exif(picture.orientation)
    sizes = f"is {own[1]}×{own[0]}, its picture {size[1]}×{size[0]}"
    if own != size and own == size[::-1] and exif is not None and picture.orientation >= _EXIF_SWAPS_FROM:
        detail = f"{sizes}: the picture is turned upright by its EXIF orientation, the mask is not"
        yield said("rotated-mask", detail, certain=True, turn=exif)
    elif own != size and own != size[::-1]:
        yield said("size-mismatch", sizes, certain=True)
    elif mask.fit is not None and (own != size or mask.fit.wrong):
        turn = mask.fit.best_turn if mask.fit.wrong else "transpose"
        assert turn is not None
        how = IN_WORDS[turn] if mask.fit.wrong else "transposed or turned; nothing on the picture tells which"
        detail = f"lies {how}" + (f" ({sizes})" if own != size else "")
        kind = "transposed-mask" if turn in ("transpose", "transverse") else "rotated-mask"
        yield said(kind, detail, certain=False, turn=turn if mask.fit.wrong else None)


def _fits(facts: Facts) -> bool:
    """Whether the mask has the shape of its picture, lying one way or the other."""
    if facts.picture is None or facts.mask is None:
        return True
    return sorted((facts.picture.height, facts.picture.width)) == sorted(
        (facts.mask.height, facts.mask.width)
    )
