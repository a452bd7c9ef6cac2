"""What a picture file says of itself in its bytes: its kind, and whether all of it is there."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

READABLE = ("JPEG", "PNG", "TIFF", "BMP", "WebP")
SIGNATURE_BYTES = 32

_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"II\x2a\0....CR", re.S), "Canon raw"),
    (re.compile(rb"II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b"), "TIFF"),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.S), "BMP"),
    (re.compile(rb"RIFF....WEBP", re.S), "WebP"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"....ftyp(heic|heix|hevc|heim|heis|mif1|msf1)", re.S), "HEIC"),
    (re.compile(rb"....ftypavi[fs]", re.S), "AVIF"),
    (re.compile(rb"....ftypcrx", re.S), "Canon raw"),
    (re.compile(rb"....ftyp", re.S), "video"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"FUJIFILMCCD-RAW"), "Fujifilm raw"),
    (re.compile(rb"II(RO|RS|U\0)"), "camera raw"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"PK\x03\x04"), "ZIP"),
)

# JPEG markers (ITU-T T.81, table B.1): inside entropy-coded data FF is followed by 00, a restart marker or
# fill bytes.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def kind_of(head: bytes) -> str | None:
    """Tell the kind of a file from its first bytes (at least `SIGNATURE_BYTES` of them), whatever its name.

    Returns
    -------
    str or None
        One of `READABLE`; the name of another kind that is known; None for an unknown one.

    Examples
    --------
    >>> kind_of(b"GIF89a" + bytes(26))
    'GIF'
    """
    for pattern, kind in _SIGNATURES:
        if pattern.match(head):
            return kind
    return None


@dataclass(frozen=True, slots=True)
class JpegStructure:
    """The frame of a JPEG file, as its markers tell.

    Parameters
    ----------
    height, width : int
    channels, bits : int
        Colour channels and bits of each.
    complete : bool
        Whether the marker that ends the picture is there.
    """

    height: int
    width: int
    channels: int
    bits: int
    complete: bool


def read_jpeg_structure(data: bytes) -> JpegStructure | None:
    """Walk the markers of a JPEG file without decoding it; None if they make no sense.

    A file with more than one frame header is refused, so that the size checked is the size decoded.
    """
    position, frame = 2, None
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _END_OF_IMAGE:
            return JpegStructure(*frame, complete=True) if frame else None
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in _FRAMES:
            if frame is not None or length < 8 or position + 10 > len(data):
                return None
            bits, height, width, channels = struct.unpack_from(">BHHB", data, position + 4)
            frame = (height, width, channels, bits)
        position += 2 + length
        if marker == _START_OF_SCAN:
            if frame is None:
                return None
            found = _END_OF_SCAN.search(data, position)
            if found is None:
                return JpegStructure(*frame, complete=False)
            position = found.start()
    if frame is None:
        return None
    return JpegStructure(*frame, complete=data[position : position + 2] == b"\xff\xd9")


def png_is_complete(data: bytes) -> bool:
    """Tell whether the chunks of a PNG file go on to its last one, ``IEND``."""
    position = 8
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        position += 12 + length
        if name == b"IEND":
            return bool(position <= len(data))
    return False


def declared_size(head: bytes, kind: str) -> int | None:
    """Return how many bytes the file says it has, where its header says so; None otherwise."""
    if kind == "BMP" and len(head) >= 6:
        return int.from_bytes(head[2:6], "little") or None
    if kind == "WebP" and len(head) >= 8:
        return int.from_bytes(head[4:8], "little") + 8
    return None


def tiff_directory_start(head: bytes) -> int:
    """Return where the first directory of a TIFF begins; it often comes last in the file."""
    return int.from_bytes(head[4:8], "little" if head.startswith(b"II") else "big")


def tiff_directory_size(head: bytes, count: bytes) -> int:
    """Return how many bytes a TIFF's directory has, from its first two (the number of its entries)."""
    if len(count) < 2:
        return 2
    return 2 + 12 * int.from_bytes(count, "little" if head.startswith(b"II") else "big") + 4


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return (height, width) from the first `SIGNATURE_BYTES` of a WebP file; None if they make no sense.

    References
    ----------
    RFC 9649, "WebP image format", sections 2.5 to 2.7.
    """
    if len(head) < 30:
        return None
    chunk = head[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(head[27:30], "little") + 1, int.from_bytes(head[24:27], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    if chunk == b"VP8 ":
        return int.from_bytes(head[28:30], "little") & 0x3FFF, int.from_bytes(head[26:28], "little") & 0x3FFF
    return None
