"""From the bytes of a picture file to pixels, with everything checked that can be wrong with them."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from typing import BinaryIO, Final

import cv2
import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from crackscope.errors import PhotoError
from crackscope.imaging import container, header
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.colour import WHITE, over, scale_to_8_bit, to_rgb
from crackscope.imaging.metadata import PhotoMetadata, read_metadata, read_orientation
from crackscope.imaging.orientation import upright


class _TiffFile(TiffImagePlugin.TiffImageFile):
    """A TIFF whose memory is made without asking Pillow's own pixel limit."""

    def load_prepare(self) -> None:
        if self._im is None:
            self.im = Image.new(self.mode, getattr(self, "_tile_size", self.size)).im
        super().load_prepare()


# The plugins are called by name and not through Image.open: only these kinds are ever parsed, and Pillow's
# own pixel limit, which would refuse what ours allows, is not asked.
_PLUGINS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "TIFF": _TiffFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}
_IN_MEMORY = ("JPEG", "WebP")  # decoded from their bytes; the others are read while they are decoded
MAX_BYTES_IN_MEMORY = 1 << 30
_FILLED_UP = 512  # more zeros than this at the end were never written: a broken copy in a reserved file
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # TIFF 6.0

# A camera's senseless EXIF entries are left out (metadata.py); what Pillow says about them helps no user.
for _module in (r"PIL\.TiffImagePlugin", r"PIL\.Image", r"PIL\.PngImagePlugin", r"PIL\.JpegImagePlugin"):
    warnings.filterwarnings("ignore", category=UserWarning, module=_module)


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What a picture file held: upright pixels, the hash of its bytes, the camera's notes, and how the pixels
    were stored: Pillow's name of their mode, and the EXIF orientation that has been applied.
    """

    pixels: RgbPixels
    sha256: str
    metadata: PhotoMetadata
    mode: str
    orientation: int


def decode(stream: BinaryIO, *, name: str, max_pixels: int, backdrop: int = WHITE) -> Decoded:
    """Read a picture of any allowed kind, upright and in 8-bit RGB.

    Parameters
    ----------
    stream : binary file, seekable
    name : str
        What to call it in an error.
    max_pixels : int
        A picture with more is refused before it is decoded.
    backdrop : int
        Grey value, 0…255, that transparency becomes.

    Returns
    -------
    Decoded

    Raises
    ------
    PhotoError
        Whatever is wrong with it.
    """
    try:
        return _decode(stream, name, max_pixels, backdrop)
    except PhotoError:
        raise
    except MemoryError:
        raise PhotoError(f"{name}: needs more memory than there is; shrink it.") from None
    except Image.DecompressionBombError:  # of Pillow's WebP reader, which asks its own limit
        raise PhotoError(f"{name}: is too large for a WebP picture; save it as JPEG or PNG.") from None
    except OSError as error:
        if error.errno is None:  # raised by Pillow, not by the system
            raise header.damaged(name=name) from error
        raise PhotoError(f"{name}: cannot be read ({os.strerror(error.errno)}); check the disk.") from error
    except Exception as error:  # the decoders raise whatever they trip over in a damaged file
        raise header.damaged(name=name) from error


def _decode(stream: BinaryIO, name: str, max_pixels: int, backdrop: int) -> Decoded:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(container.SIGNATURE_BYTES)
    kind = header.checked_kind(head, size, name=name)
    if kind == "WebP" and (claimed := container.webp_size(head)) is not None:
        header.check_size(*claimed, name=name, max_pixels=max_pixels)  # Pillow makes its canvas when it opens
    if kind in _IN_MEMORY:
        if size > MAX_BYTES_IN_MEMORY:
            raise PhotoError(f"{name}: has {size / 1e9:.1f} GB, too much for a {kind} picture; save it anew.")
        stream.seek(0)
        stream = io.BytesIO(stream.read())
    stream.seek(0)
    try:
        image = _PLUGINS[kind](stream)
    except (SyntaxError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _not_decodable(None, stream, kind, size, name, opened=False) from error
    header.check_size(image.height, image.width, name=name, max_pixels=max_pixels)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        header.check_not_raw(image, name=name)
        exif = image.getexif()
        notes, orientation = read_metadata(exif, file_format=kind), read_orientation(exif)
        pixels, is_upright = _pixels(image, stream, kind, size, name, backdrop=backdrop)
    else:
        pixels, is_upright = _pixels(image, stream, kind, size, name, backdrop=backdrop)
        exif = image.getexif()
        notes, orientation = read_metadata(exif, file_format=kind), read_orientation(exif)
    mode = image.mode
    del image, exif
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file will do
    return Decoded(pixels if is_upright else upright(pixels, orientation), digest, notes, mode, orientation)


def _pixels(
    image: ImageFile.ImageFile, stream: BinaryIO, kind: str, size: int, name: str, *, backdrop: int
) -> tuple[RgbPixels, bool]:
    """Decode, and say whether the decoder has applied the orientation."""
    if isinstance(stream, io.BytesIO) and kind == "JPEG":
        plain = _plain_jpeg(stream.getvalue(), (image.height, image.width), name)
        if plain is not None:
            return plain, False
    if _is_deep_colour(image, stream, kind):
        return _deep_colour(stream, kind, size, name, backdrop), kind == "TIFF"
    try:
        image.load()
    except (SyntaxError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _not_decodable(image, stream, kind, size, name) from error
    try:
        pixels = to_rgb(image, backdrop=backdrop)
        if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_deep_negative(image):
            np.subtract(255, pixels, out=pixels)
        return pixels, kind == "TIFF"  # Pillow turns a TIFF upright itself
    except ValueError as error:
        reason = str(error) if str(error).startswith("has ") else f"has colours of the kind {image.mode}"
        raise PhotoError(f"{name}: {reason}, which cannot be read; save it as 8-bit RGB.") from error


def _plain_jpeg(data: bytes, size_hw: tuple[int, int], name: str) -> RgbPixels | None:
    """Decode an ordinary JPEG with OpenCV, in less memory than Pillow; None where Pillow must.

    OpenCV fills what is missing with grey and says nothing, so only files that are whole come here.
    """
    structure = container.read_jpeg_structure(data)
    if structure is None or (structure.height, structure.width) != size_hw:
        raise header.damaged(name=name)
    if not structure.complete:
        raise _not_decodable(None, io.BytesIO(data), "JPEG", len(data), name)
    if structure.bits != 8 or structure.channels not in (1, 3):
        return None
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None or pixels.shape != (*size_hw, 3):
        return None
    return np.asarray(pixels, np.uint8)


def _is_deep_colour(image: ImageFile.ImageFile, stream: BinaryIO, kind: str) -> bool:
    """Whether it has 16 bits in each of several channels, which Pillow would cut to 8."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, ())
        return isinstance(bits, tuple) and len(bits) >= 3 and set(bits) == {16}
    if kind == "PNG":
        stream.seek(24)  # of the IHDR chunk: bit depth, colour type
        return stream.read(2) in (b"\x10\x02", b"\x10\x04", b"\x10\x06")
    return False


def _is_deep_negative(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether 0 is white in 16-bit grey, which Pillow minds in 8-bit grey only."""
    return image.mode.startswith("I;16") and image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO


def _deep_colour(stream: BinaryIO, kind: str, size: int, name: str, backdrop: int) -> RgbPixels:
    stream.seek(0)
    data = stream.read()
    if kind == "PNG" and not container.png_is_complete(data):
        raise header.cut_off(size, None, name=name)
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        raise _not_decodable(None, stream, kind, size, name)
    colours = scale_to_8_bit(values[..., 2::-1])
    if values.shape[2] == 3:
        return np.ascontiguousarray(colours)
    alpha = (values[..., 3] // 257).astype(np.uint8)
    return over(backdrop, np.dstack([colours, alpha]))


def _not_decodable(
    image: ImageFile.ImageFile | None,
    stream: BinaryIO,
    kind: str,
    size: int,
    name: str,
    *,
    opened: bool = True,
) -> PhotoError:
    """Tell a file that was cut off from one that is damaged otherwise."""
    stream.seek(0)
    head = stream.read(container.SIGNATURE_BYTES)
    declared = container.declared_size(head, kind)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        declared = header.tiff_size(image)
    missing = declared is not None and declared > size
    if kind == "TIFF":
        stream.seek(directory := container.tiff_directory_start(head))
        missing = missing or directory + container.tiff_directory_size(head, stream.read(2)) > size
    if kind in ("JPEG", "PNG"):
        stream.seek(0)
        data = stream.read()
        structure = container.read_jpeg_structure(data) if kind == "JPEG" else None
        missing = not (container.png_is_complete(data) if kind == "PNG" else structure and structure.complete)
        if missing and (written := len(data.rstrip(b"\0"))) < size - _FILLED_UP:
            size, declared = written, size
    if missing:
        return header.cut_off(size, declared, name=name)
    return header.damaged(name=name) if opened else header.unusual(kind, name=name)
