"""What kinds of pictures are called on the web."""

from __future__ import annotations

from crackscope.imaging.container import SIGNATURE_BYTES, kind_of

PHOTO_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "WebP": "image/webp",
}


def media_type_of(content: bytes) -> str:
    r"""Tell a picture's media type by its first bytes.

    Examples
    --------
    >>> media_type_of(b"\xff\xd8\xff\xe0"), media_type_of(b"text")
    ('image/jpeg', 'application/octet-stream')
    """
    return PHOTO_TYPES.get(kind_of(content[:SIGNATURE_BYTES]) or "", "application/octet-stream")
