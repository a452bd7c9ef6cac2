"""What is wrong between pictures: the same one twice, one photo on both sides of a split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crackscope.datasets.audit.near_duplicates import Twin
from crackscope.datasets.finding import Finding
from crackscope.datasets.sources import source_photo
from crackscope.datasets.turns import IN_WORDS

_PART_ENDING = re.compile(r"[_-](train|training|val|valid|validation|test|testing)$", re.I)
_ORDER = {"train": 0, "validation": 1, "test": 2, None: 3}
_PART_OF_ENDING = {"tr": "train", "va": "validation", "te": "test"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One picture, as it is compared with the others.

    Parameters
    ----------
    path : str
        Below the dataset's folder.
    set_name : str
    stem : str
        Of the file's name.
    part : str, optional
        As the folders say.
    sha256 : str
        Empty where the file cannot be read.
    mask : str, optional
    """

    path: str
    set_name: str
    stem: str
    part: str | None
    sha256: str
    mask: str | None

    @property
    def family(self) -> str:
        """The set's name without the half that it may name."""
        return _PART_ENDING.sub("", self.set_name)

    @property
    def half(self) -> str | None:
        """The part by the folders, or by the ending of the set's name."""
        ending = _PART_ENDING.search(self.set_name)
        return self.part or (_PART_OF_ENDING[ending.group(1)[:2].lower()] if ending else None)


def same_files(pictures: Sequence[Listed]) -> dict[int, int]:
    """Find the files of equal bytes: position of each copy → position of the first of them."""
    first: dict[str, int] = {}
    copies = {}
    for position, picture in enumerate(pictures):
        if picture.sha256 and first.setdefault(picture.sha256, position) != position:
            copies[position] = first[picture.sha256]
    return copies


def duplicate_findings(
    pictures: Sequence[Listed], copies: Mapping[int, int], alike: Iterable[Twin]
) -> Iterator[Finding]:
    """Say which pictures stand there twice, and which of those straddle a split."""
    for copy, original in sorted(copies.items()):
        detail = f"holds the same bytes as {pictures[original].path}"
        yield _about(pictures[copy], "duplicate", detail, other=pictures[original], certain=True)
    groups: dict[int, list[Listed]] = {}
    for copy, original in sorted(copies.items()):
        groups.setdefault(original, [pictures[original]]).append(pictures[copy])
    for group in groups.values():
        for picture in group:
            inside = [each for each in group if _ORDER[each.half] < _ORDER[picture.half]]
            if inside:
                nearest = min(inside, key=lambda each: _ORDER[each.half])
                yield from _leak(picture, nearest, "is the same file as", certain=True)
    named: set[int] = set()
    for pair in alike:
        picture, other = pictures[pair.second], pictures[pair.first]
        how = f", {IN_WORDS[pair.turn]}" if pair.turn else ""
        if pair.second not in named:
            named.add(pair.second)
            detail = f"shows the same as {other.path}{how} (likeness {pair.similarity:.2f})"
            yield _about(picture, "near-duplicate", detail, other=other, certain=False)
        yield from _leak(picture, other, "shows the same as", certain=False)


def source_findings(pictures: Sequence[Listed]) -> Iterator[Finding]:
    """Say which pictures were cut from a photo of which others are on the other side of a split.

    Only names that follow a known rule tell a source photo.
    """
    halves: dict[str, dict[str, Listed]] = {}
    members: list[tuple[Listed, str]] = []
    for picture in pictures:
        source = source_photo(picture.stem, set_name=picture.family)
        if picture.half is not None and source != f"{picture.family}/{picture.stem}":
            halves.setdefault(source, {}).setdefault(picture.half, picture)
            members.append((picture, source))
    for picture, source in members:
        others = halves[source]
        if picture.half != "train" and len(others) > 1:
            other = others.get("train") or next(o for half, o in others.items() if half != picture.half)
            detail = f"is cut from {source.rpartition('/')[2]}, as is {other.path} of the {other.half} part"
            yield _about(picture, "split-leak", detail, other=other, certain=False)


def _leak(picture: Listed, other: Listed, how: str, *, certain: bool) -> Iterator[Finding]:
    if None in (picture.half, other.half) or picture.half == other.half:
        return
    held_out, inside = (other, picture) if picture.half == "train" else (picture, other)
    detail = f"{how} {inside.path} of the {inside.half} part"
    yield _about(held_out, "split-leak", detail, other=inside, certain=certain)


def _about(picture: Listed, kind: str, detail: str, *, other: Listed, certain: bool) -> Finding:
    return Finding(
        picture.path, kind, certain, detail, picture=picture.path, mask=picture.mask, other=other.path
    )
