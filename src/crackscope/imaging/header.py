"""What is refused before a picture is decoded, and the sentences that say so."""

from __future__ import annotations

import codecs

from PIL import TiffImagePlugin

from crackscope.errors import PhotoError
from crackscope.imaging import container

READABLE_LIST = ", ".join(container.READABLE[:-1]) + " or " + container.READABLE[-1]
COPY_AGAIN = "copy it again from the camera"
_SUBFILE_TYPE, _SUB_DIRECTORIES, _DNG_VERSION = 254, 330, 50706  # TIFF 6.0, TIFF supplement 1, DNG 1.4
_DATA_STARTS_AND_LENGTHS = ((273, 279), (324, 325))  # of strips and of tiles, TIFF 6.0


def checked_kind(head: bytes, size: int, *, name: str) -> str:
    """Return the kind of a file from its first bytes, one of `container.READABLE`; refuse any other."""
    if size == 0:
        raise PhotoError(f"{name}: is empty (0 bytes); {COPY_AGAIN}.")
    kind = container.kind_of(head)
    if kind in container.READABLE:
        return kind
    if kind is not None:
        raise PhotoError(f"{name}: is a {kind} file, which cannot be read; save it as {READABLE_LIST}.")
    if not head.strip(b"\0"):
        raise PhotoError(f"{name}: holds no picture, only zeros; {COPY_AGAIN}.")
    what = "text" if _is_text(head) else "data of an unknown kind"
    raise PhotoError(f"{name}: is not a picture but {what}; give a {READABLE_LIST} file.")


def check_size(height: int, width: int, *, name: str, max_pixels: int) -> None:
    """Refuse a picture without pixels or with more than allowed."""
    if height < 1 or width < 1:
        raise PhotoError(f"{name}: has no pixels ({width}×{height}); {COPY_AGAIN}.")
    if height * width > max_pixels:
        raise PhotoError(
            f"{name}: has {_mega(height * width)} MP ({width:,}×{height:,}), more than the "
            f"{_mega(max_pixels)} MP allowed; shrink it or raise the pixel limit."
        )


def check_not_raw(image: TiffImagePlugin.TiffImageFile, *, name: str) -> None:
    """Refuse camera raw files that look like a TIFF: what can be read of them is but a preview."""
    tags = image.tag_v2
    preview_first = _SUB_DIRECTORIES in tags and bool(int(tags.get(_SUBFILE_TYPE, 0)) & 1)
    if _DNG_VERSION in tags or preview_first:
        raise PhotoError(f"{name}: is a camera raw file, which cannot be read; save it as {READABLE_LIST}.")


def cut_off(size: int, declared: int | None, *, name: str) -> PhotoError:
    """Make the error for a file that ends too early; `declared` is the length it should have, if known."""
    of = f" of {declared:,}" if declared is not None and declared > size else ""
    return PhotoError(f"{name}: cut off after {size:,}{of} bytes; {COPY_AGAIN}.")


def damaged(*, name: str) -> PhotoError:
    """Make the error for a file that is all there, as far as can be told, and cannot be decoded."""
    return PhotoError(f"{name}: is damaged and cannot be decoded; {COPY_AGAIN}.")


def unusual(kind: str, *, name: str) -> PhotoError:
    """Make the error for a file whose header is not understood."""
    return PhotoError(
        f"{name}: is a {kind} of a kind that cannot be read, or damaged; save it anew as 8-bit RGB."
    )


def tiff_size(image: TiffImagePlugin.TiffImageFile) -> int | None:
    """Return how many bytes a TIFF must have for its strips or tiles to be there; None if it does not say."""
    ends = [
        start + length
        for starts_tag, lengths_tag in _DATA_STARTS_AND_LENGTHS
        for start, length in zip(_integers(image, starts_tag), _integers(image, lengths_tag), strict=False)
    ]
    return max(ends, default=None)


def _integers(image: TiffImagePlugin.TiffImageFile, tag: int) -> tuple[int, ...]:
    value = image.tag_v2.get(tag, ())
    values = value if isinstance(value, tuple) else (value,)
    return tuple(entry for entry in values if isinstance(entry, int))


def _is_text(head: bytes) -> bool:
    """Whether bytes, of which the last character may be cut, are UTF-8 without control characters."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\ufeff" for character in text)


def _mega(pixels: int) -> str:
    return f"{pixels / 1e6:,.0f}" if pixels >= 10_000_000 else f"{pixels / 1e6:,.4g}"
