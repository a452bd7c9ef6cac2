"""Names for the pictures of a report: one for each photo, inside its folder, fit for every system."""

from __future__ import annotations

import hashlib
import re

_FORBIDDEN = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\\\ud800-\udfff]'
)  # by Windows; surrogates are bytes, not text
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")  # device names of Windows
_JPEG_SUFFIX = re.compile(r"\.jpe?g$", re.IGNORECASE)
_PICTURE_SUFFIX = re.compile(r"\.(?:jpe?g|png|tiff?|bmp|webp)$", re.IGNORECASE)
_MARKED = re.compile(r"~[0-9a-f]{10}$")
LONGEST_PART_BYTES = 120
LONGEST_NAME_BYTES = 400


def picture_name(photo_name: str) -> str:
    """Name the JPEG that belongs to a photo.

    A photo that is a JPEG with a harmless name keeps it; another kind of picture gets ``.jpg`` appended.
    Every other name (leading out of the folder, absolute, forbidden on some system, too long, or one that
    could be taken for the picture of another photo) is made harmless and marked with a hash of the original,
    so that no two photos meet.

    Parameters
    ----------
    photo_name : str
        As in `PhotoRecord.name`; any text.

    Returns
    -------
    str
        A relative path with forward slashes, without ``..``, ending in ``.jpg`` or as the photo did.

    Examples
    --------
    >>> picture_name("north/wall 3.jpg"), picture_name("north/wall 3.png")
    ('north/wall 3.jpg', 'north/wall 3.png.jpg')
    >>> picture_name("../../etc/passwd")
    'etc/passwd~3754d6cb3a.jpg'
    """
    parts = photo_name.split("/")
    harmless = [_harmless(part) for part in parts]
    if (
        parts == harmless
        and all(parts)
        and _is_unmistakable(parts)
        and _size(photo_name) <= LONGEST_NAME_BYTES
    ):
        return photo_name if _JPEG_SUFFIX.search(photo_name) else f"{photo_name}.jpg"
    folders = [part + "_" if _PICTURE_SUFFIX.search(part) else part for part in harmless[:-1] if part]
    stem = _PICTURE_SUFFIX.sub("", harmless[-1]) or "photo"
    mark = hashlib.sha256(photo_name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    name = "/".join([*folders, f"{stem}~{mark}.jpg"])
    return name if _size(name) <= LONGEST_NAME_BYTES else f"{stem}~{mark}.jpg"


def _is_unmistakable(parts: list[str]) -> bool:
    """Whether no other photo's picture can come to the name that these parts lead to."""
    if any(
        _PICTURE_SUFFIX.search(folder) for folder in parts[:-1]
    ):  # another photo may be a file of that name
        return False
    stem = _JPEG_SUFFIX.sub("", parts[-1])
    if stem == parts[-1]:
        return _PICTURE_SUFFIX.search(stem) is not None
    return not _PICTURE_SUFFIX.search(stem) and not _MARKED.search(stem)


def _harmless(part: str) -> str:
    part = _FORBIDDEN.sub("_", part).strip(" ").rstrip(". ")
    if _RESERVED.fullmatch(part) or part.startswith((".", "~")):
        part = "_" + part.lstrip(".~")
    while _size(part) > LONGEST_PART_BYTES:
        part = part[:-1]
    return part


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
