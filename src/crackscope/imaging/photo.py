"""A photo, read safely from whatever file it came in."""

from __future__ import annotations

import errno
import io
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crackscope.errors import PhotoError
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.colour import WHITE
from crackscope.imaging.decode import Decoded, decode
from crackscope.imaging.metadata import PhotoMetadata

MAX_PIXELS = 300_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo's upright pixels and what is known about it.

    Parameters
    ----------
    name : str
        As shown to people.
    pixels : uint8 array, shape (H, W, 3)
        RGB, C-contiguous, upright (the EXIF orientation is applied).
    sha256 : str, optional
        Of the file's bytes; None for a photo that came as an array.
    metadata : PhotoMetadata
    mode : str, optional
        How the file stored the pixels, in Pillow's words (``"L"`` grey, ``"RGB"``, ``"P"`` palette, …); None
        for a photo that came as an array.
    orientation : int
        The EXIF orientation that has been applied, 1…8.

    Examples
    --------
    >>> photo = Photo.from_array(np.zeros((480, 640, 3), np.uint8), name="black")
    >>> photo.height, photo.width
    (480, 640)
    """

    name: str
    pixels: RgbPixels = field(repr=False)
    sha256: str | None = None
    metadata: PhotoMetadata = field(default_factory=PhotoMetadata)
    mode: str | None = None
    orientation: int = 1

    @property
    def height(self) -> int:
        """Rows, in px."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns, in px."""
        return int(self.pixels.shape[1])

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        max_pixels: int = MAX_PIXELS,
        backdrop: int = WHITE,
    ) -> Photo:
        """Read a photo from a JPEG, PNG, TIFF, BMP or WebP file.

        The kind is told by the content, not by the name. Transparency becomes `backdrop`, CMYK and palettes
        RGB; 16-bit and floating-point values are scaled as `crackscope.imaging.colour.scale_to_8_bit` says;
        of several pages or frames the first is taken. Colour profiles are not applied.

        Parameters
        ----------
        path : path
        name : str, optional
            What to call it; the file's name if not given.
        max_pixels : int
            A photo with more is refused before it is decoded.
        backdrop : int
            Grey value, 0…255, that transparency becomes; white by default.

        Returns
        -------
        Photo

        Raises
        ------
        PhotoError
            If there is no such file, or it is not a picture that can be read, with the reason.
        """
        shown = printable(name if name is not None else Path(path).name or str(path))
        descriptor = _opened(path, shown)
        with os.fdopen(descriptor, "rb") as stream:
            decoded = decode(stream, name=shown, max_pixels=max_pixels, backdrop=backdrop)
            return cls._of(decoded, shown)

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "photo", max_pixels: int = MAX_PIXELS) -> Photo:
        """Read a photo from the bytes of a picture file; like `open` in everything else."""
        shown = printable(name)
        return cls._of(decode(io.BytesIO(data), name=shown, max_pixels=max_pixels), shown)

    @classmethod
    def _of(cls, decoded: Decoded, name: str) -> Photo:
        return cls(name, decoded.pixels, decoded.sha256, decoded.metadata, decoded.mode, decoded.orientation)

    @classmethod
    def from_array(cls, pixels: NDArray[Any], *, name: str = "photo") -> Photo:
        """Take pixels that are decoded already.

        Parameters
        ----------
        pixels : uint8 array, shape (H, W, 3) or (H, W)
            RGB or grey. Not copied if it is RGB and C-contiguous.
        name : str

        Raises
        ------
        ValueError
            If the array has another shape or type, or no pixels.
        """
        if (
            pixels.dtype != np.uint8
            or pixels.ndim not in (2, 3)
            or (pixels.ndim == 3 and pixels.shape[2] != 3)
        ):
            raise ValueError(
                f"a photo is a uint8 array of shape (H, W, 3), not {pixels.dtype} {pixels.shape}; convert it "
                "to 8-bit RGB first"
            )
        if pixels.size == 0:
            raise ValueError(f"a photo of shape {pixels.shape} has no pixels")
        rgb = (
            np.repeat(pixels[..., np.newaxis], 3, axis=2)
            if pixels.ndim == 2
            else np.ascontiguousarray(pixels)
        )
        return cls(printable(name), rgb)


def printable(name: str) -> str:
    r"""Return a file's name as it can be shown and stored anywhere, with what cannot be escaped.

    Examples
    --------
    >>> printable("Brücke 1.jpg"), printable("a\nb")
    ('Brücke 1.jpg', 'a\\nb')
    """
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def _opened(path: str | os.PathLike[str], name: str) -> int:
    """Open a regular file, without waiting where the path is a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise PhotoError(f"{name}: {_why_not_opened(path, error)}") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise PhotoError(f"{name}: is a folder, not a picture; name a file in it.")
    raise PhotoError(f"{name}: is not a regular file; copy the picture into a file first.")


def _why_not_opened(path: str | os.PathLike[str], error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT and Path(path).is_symlink():
        return "is a link to a file that is not there; mend or remove the link."
    if number in (errno.ENOENT, errno.ENOTDIR):
        return "there is no such file; check the path."
    if number == errno.EACCES:
        what = "folder" if Path(path).is_dir() else "file"
        return f"the {what} may not be read; give yourself permission to read it."
    if number == errno.ELOOP:
        return "is a link that leads back to itself; remove it."
    reason = os.strerror(number) if number is not None else "no valid path"
    return f"cannot be opened ({reason}); check the path."
