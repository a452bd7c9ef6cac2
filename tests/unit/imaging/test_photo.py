"""Photos of every kind that is read, and every way a file can be wrong."""

import contextlib
import io
import os
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crackscope.errors import PhotoError
from crackscope.imaging.photo import Photo


def scene(height=48, width=64):
    """A smooth picture without symmetry, so that each turn and each channel shows."""
    rows, columns = np.mgrid[0:height, 0:width]
    red, green, blue = 255 * columns / width, 255 * rows / height, 128 + 60 * np.sin(rows / 9 + columns / 13)
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def file_of(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_16(pixels):
    done, data = cv2.imencode(".png", pixels)
    assert done
    return data.tobytes()


def tiff(values, *, photometric, orientation=1, order="<", sample_format=1):
    """Write an uncompressed TIFF by hand (TIFF 6.0), of kinds that no writer at hand makes."""
    height, width = values.shape[:2]
    channels = values.shape[2] if values.ndim == 3 else 1
    data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    bits = struct.pack(f"{order}{channels}H", *[8 * values.itemsize] * channels)
    formats = struct.pack(f"{order}{channels}H", *[sample_format] * channels)
    count = 11
    bits_at = 8 + 2 + 12 * count + 4
    formats_at, data_at = bits_at + len(bits), bits_at + len(bits) + len(formats)
    tags = [
        (256, 1, width), (257, 1, height), (258, channels, bits_at), (259, 1, 1), (262, 1, photometric),
        (273, 1, data_at), (274, 1, orientation), (277, 1, channels), (278, 1, height), (279, 1, len(data)),
        (339, channels, formats_at),
    ]  # fmt: skip
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, count)
    for tag, number, value in tags:
        short = tag in (258, 339)
        if short and channels == 1:
            value = 8 * values.itemsize if tag == 258 else sample_format  # noqa: PLW2901
            out += struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0)
        elif tag in (259, 262, 274, 277):
            out += struct.pack(f"{order}HHIHH", tag, 3, number, value, 0)
        else:
            out += struct.pack(f"{order}HHII", tag, 3 if short else 4, number, value)
    return out + struct.pack(f"{order}I", 0) + bits + formats + data


RGB = Image.fromarray(scene())
LOSSLESS = {
    "png": file_of(RGB, "PNG"),
    "tiff": file_of(RGB, "TIFF"),
    "tiff-lzw": file_of(RGB, "TIFF", compression="tiff_lzw"),
    "tiff-deflate": file_of(RGB, "TIFF", compression="tiff_adobe_deflate"),
    "bmp": file_of(RGB, "BMP"),
    "webp": file_of(RGB, "WEBP", lossless=True),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_kinds_give_the_very_pixels(kind):
    photo = Photo.from_bytes(LOSSLESS[kind])
    assert np.array_equal(photo.pixels, scene())
    assert photo.pixels.flags.c_contiguous
    assert photo.metadata.format == {"png": "PNG", "bmp": "BMP", "webp": "WebP"}.get(kind, "TIFF")


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}]
)
def test_jpeg_pixels_equal_those_of_libjpeg_through_pillow(options):
    data = file_of(RGB, "JPEG", quality=90, **options)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(Photo.from_bytes(data).pixels - expected).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
def test_grey_becomes_three_equal_channels(kind):
    pixels = Photo.from_bytes(file_of(RGB.convert("L"), kind)).pixels
    assert pixels.shape == (48, 64, 3)
    assert (np.ptp(pixels.astype(int), axis=2) <= (3 if kind == "WEBP" else 0)).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_transparency_becomes_white(kind):
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    pixels = Photo.from_bytes(file_of(Image.fromarray(np.dstack([scene(), alpha])), kind, **options)).pixels
    assert (pixels[:, :32] == 255).all()
    assert np.array_equal(pixels[:, 32:], scene()[:, 32:])


def test_a_transparent_palette_entry_becomes_white():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 2), 1)
    pixels = Photo.from_bytes(file_of(image, "PNG", transparency=0)).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[2, 1].tolist() == [200, 100, 50]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_palettes_and_single_bits_become_rgb(kind):
    palette = RGB.quantize(16)
    assert np.array_equal(Photo.from_bytes(file_of(palette, kind)).pixels, np.asarray(palette.convert("RGB")))
    bits = RGB.convert("1")
    assert np.array_equal(Photo.from_bytes(file_of(bits, kind)).pixels, np.asarray(bits.convert("RGB")))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind):
    pixels = Photo.from_bytes(file_of(RGB.convert("CMYK"), kind)).pixels.astype(int)
    assert np.abs(pixels - scene()).mean() < 4


DEEP = (scene().astype(np.uint16) * 257)[..., ::-1]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bit_colour_tiff_is_scaled_and_upright(order, orientation):
    data = tiff(scene().astype(np.uint16) * 257, photometric=2, orientation=orientation, order=order)
    plain = tiff(scene(), photometric=2, orientation=orientation, order=order)
    assert np.array_equal(Photo.from_bytes(data).pixels, Photo.from_bytes(plain).pixels)


def test_16_bit_png_is_scaled_by_257():
    assert np.array_equal(Photo.from_bytes(png_16(DEEP)).pixels, scene())
    assert np.array_equal(Photo.from_bytes(png_16(DEEP[..., 1])).pixels[..., 0], scene()[..., 1])
    clear = np.dstack([DEEP, np.full(DEEP.shape[:2], 65535, np.uint16)])
    assert np.array_equal(Photo.from_bytes(png_16(clear)).pixels, scene())
    clear[..., 3] = 0
    assert (Photo.from_bytes(png_16(clear)).pixels == 255).all()


def test_12_bit_values_in_a_16_bit_file_fill_the_range():
    values = np.linspace(0, 4095, 48 * 64).reshape(48, 64).astype(np.uint16)
    pixels = Photo.from_bytes(png_16(values)).pixels
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert np.abs(pixels[..., 0] - values / 4095 * 255).max() <= 0.5


@pytest.mark.parametrize("photometric", [0, 1])
def test_16_bit_grey_tiff_minds_which_end_is_white(photometric):
    grey = scene()[..., 1]
    pixels = Photo.from_bytes(tiff(grey.astype(np.uint16) * 257, photometric=photometric)).pixels
    assert np.array_equal(pixels[..., 0], grey if photometric else 255 - grey)


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_floating_point_tiff_is_scaled_to_its_white(white):
    values = np.linspace(0, white, 48 * 64, dtype=np.float32).reshape(48, 64)
    values[0, 0] = np.nan
    pixels = Photo.from_bytes(tiff(values, photometric=1, sample_format=3)).pixels
    assert np.abs(pixels[..., 2] - np.nan_to_num(values) / white * 255).max() <= 0.51


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(kind, orientation):
    turned = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, 1),
    }[orientation](scene())
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100, "lossless": True} if kind == "WEBP" else {"quality": 100}
    pixels = Photo.from_bytes(file_of(RGB, kind, exif=exif, **options)).pixels
    assert pixels.shape == turned.shape
    assert np.abs(pixels.astype(int) - turned).mean() < 3
    assert pixels.flags.c_contiguous


def test_of_several_pages_the_first_is_taken():
    black = Image.new("RGB", RGB.size)
    for kind in ("TIFF", "WEBP", "PNG"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = file_of(RGB, kind, save_all=True, append_images=[black, black], **options)
        assert np.array_equal(Photo.from_bytes(data).pixels, scene())


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 65_000), (65_000, 10), (10, 65_000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_extreme_sizes_are_read(height, width, kind):
    assert Photo.from_bytes(file_of(Image.new("RGB", (width, height)), kind)).pixels.shape == (
        height,
        width,
        3,
    )


def test_a_file_is_hashed_and_named(tmp_path):
    path = tmp_path / "Brücke über die Aa 1.jpg"
    path.write_bytes(file_of(RGB, "JPEG"))
    photo = Photo.open(path)
    assert photo.name == "Brücke über die Aa 1.jpg"
    digest = subprocess.run(["sha256sum", path], capture_output=True, check=True, text=True).stdout.split()[0]
    assert photo.sha256 == digest
    assert Photo.open(str(path), name="below/it.jpg").name == "below/it.jpg"


def test_the_kind_is_told_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(LOSSLESS["png"])
    assert Photo.open(path).metadata.format == "PNG"


def message(data, **options):
    with pytest.raises(PhotoError) as error:
        Photo.from_bytes(data, name="photo.jpg", **options)
    text = str(error.value)
    assert text.startswith("photo.jpg: ")
    assert text.endswith(".")
    assert text.count("\n") == 0
    return text


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is empty (0 bytes); copy it again"),
        (b"\0" * 5000, "holds no picture, only zeros"),
        (b"Dear customer, please find attached the pictures.", "is not a picture but text"),
        (bytes(range(128, 256)), "is not a picture but data of an unknown kind"),
        (b"GIF89a" + bytes(60), "is a GIF file"),
        (b"\0\0\0\x18ftypheic" + bytes(60), "is a HEIC file"),
        (b"%PDF-1.7" + bytes(60), "is a PDF file"),
        (b"\xff\xd8\xff\xe0" + bytes(60), "photo.jpg: "),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "photo.jpg: "),
        (b"II*\0" + b"\xff" * 60, "cut off after 64 bytes"),
    ],
)
def test_what_is_no_picture_is_named_with_the_reason(data, part):
    assert part in message(data)


@pytest.mark.parametrize("kind", [*LOSSLESS, "jpeg", "jpeg-progressive", "jpeg-cmyk", "png-16"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_file_is_told_with_its_length(kind, share):
    others = {
        "jpeg": file_of(RGB, "JPEG"),
        "jpeg-progressive": file_of(RGB, "JPEG", progressive=True),
        "jpeg-cmyk": file_of(RGB.convert("CMYK"), "JPEG"),
        "png-16": png_16(np.random.default_rng(0).integers(0, 65535, (48, 64, 3)).astype(np.uint16)),
    }
    whole = (LOSSLESS | others)[kind]
    cut = whole[: max(int(len(whole) * share), 40)]
    text = message(cut)
    assert f"cut off after {len(cut):,}" in text
    if kind in ("bmp", "webp"):
        assert f"of {len(whole):,} bytes; copy it again from the camera." in text


def test_a_copy_that_broke_off_in_a_reserved_file_is_told_with_both_lengths():
    whole = file_of(RGB.resize((640, 480)), "JPEG")
    broken = whole[:9000] + bytes(len(whole) - 9000)
    assert message(broken) == (
        f"photo.jpg: cut off after 9,000 of {len(whole):,} bytes; copy it again from the camera."
    )


def test_bytes_after_the_picture_do_no_harm():
    for data in (file_of(RGB, "JPEG"), LOSSLESS["png"], LOSSLESS["bmp"]):
        longer = Photo.from_bytes(data + b"\xff\xd8\xff trailing" * 50)
        assert np.array_equal(longer.pixels, Photo.from_bytes(data).pixels)


def test_the_pixel_limit_is_checked_before_decoding():
    data = bytearray(file_of(RGB, "PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", __import__("zlib").crc32(bytes(data[12:29])))
    text = message(bytes(data))
    assert "has 3,600 MP (60,000×60,000), more than the 300 MP allowed; shrink it or raise" in text
    assert "more than the 0.001 MP allowed" in message(file_of(RGB, "JPEG"), max_pixels=1000)
    assert "more than the" in message(LOSSLESS["webp"], max_pixels=1000)
    assert Photo.from_bytes(file_of(RGB, "JPEG"), max_pixels=48 * 64).width == 64


def test_a_jpeg_header_that_lies_about_the_size_is_refused():
    data = file_of(RGB, "JPEG")
    frame = data.index(b"\xff\xc0")
    length = int.from_bytes(data[frame + 2 : frame + 4], "big") + 2
    larger = bytearray(data[frame : frame + length])
    larger[5:9] = struct.pack(">HH", 60_000, 60_000)
    message(data[:frame] + bytes(larger) + data[frame:])
    message(data[: frame + length] + bytes(larger) + data[frame + length :])


def test_large_pictures_are_read_without_pillows_warning_about_bombs():
    image = Image.new("L", (9500, 9500))  # more than Pillow's own limit of 89 MP
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in ("TIFF", "PNG"):
            assert Photo.from_bytes(file_of(image, kind, compress_level=1)).pixels.shape == (9500, 9500, 3)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_damage_is_a_photo_error_or_no_harm(data):
    kinds = [*LOSSLESS.values(), file_of(RGB, "JPEG"), file_of(RGB, "JPEG", progressive=True), png_16(DEEP)]
    damaged = bytearray(data.draw(st.sampled_from(kinds)))
    for _ in range(data.draw(st.integers(1, 6))):
        near_start = data.draw(st.booleans())
        place = data.draw(st.integers(0, min(len(damaged) - 1, 300) if near_start else len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PhotoError):
        photo = Photo.from_bytes(bytes(damaged), name="x", max_pixels=1_000_000)
        assert photo.pixels.dtype == np.uint8


def test_paths_that_are_no_readable_file_are_named(tmp_path):
    with pytest.raises(PhotoError, match=r"^gone\.jpg: there is no such file; check the path\.$"):
        Photo.open(tmp_path / "gone.jpg")
    with pytest.raises(PhotoError, match="is a folder, not a picture"):
        Photo.open(tmp_path)
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "gone.jpg")
    with pytest.raises(PhotoError, match="is a link to a file that is not there"):
        Photo.open(tmp_path / "dangling.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    with pytest.raises(PhotoError, match="leads back to itself"):
        Photo.open(tmp_path / "loop.jpg")
    with pytest.raises(PhotoError, match="no valid path"):
        Photo.open("null\0byte.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match="is not a regular file"):
        Photo.open(tmp_path / "pipe.jpg")


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_file_without_permission_is_named(tmp_path):
    path = tmp_path / "locked.jpg"
    path.write_bytes(file_of(RGB, "JPEG"))
    path.chmod(0)
    if os.geteuid() != 0:
        with pytest.raises(PhotoError, match="the file may not be read"):
            Photo.open(path)
        return
    # The superuser may read everything: look with another's eyes.
    code = (
        "import os, sys; from crackscope.imaging.photo import Photo\n"
        "from crackscope.errors import PhotoError\n"
        "os.chdir(sys.argv[1]); os.seteuid(65534)\n"
        "try: Photo.open('locked.jpg')\n"
        "except PhotoError as error: print(error)\n"
    )
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    source = str(Path(sys.modules["crackscope"].__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": source},
    )  # fmt: skip
    assert "locked.jpg: the file may not be read; give yourself permission" in done.stdout


def test_arrays_become_photos_or_a_value_error():
    assert Photo.from_array(scene(), name="a").pixels is not None
    assert Photo.from_array(scene()[..., 0]).pixels.shape == (48, 64, 3)
    assert Photo.from_array(scene()[:, ::-1]).pixels.flags.c_contiguous
    empty, line = np.zeros((0, 4, 3), np.uint8), np.zeros(4, np.uint8)
    for wrong in (scene().astype(float), scene()[..., :2], empty, line):
        with pytest.raises(ValueError, match="a photo"):
            Photo.from_array(wrong)


def test_real_photos_are_read(shared_data):
    for path in sorted((shared_data / "deepcrack_test" / "images").iterdir())[:10]:
        expected = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert np.abs(Photo.open(path).pixels - expected).max() <= 1
