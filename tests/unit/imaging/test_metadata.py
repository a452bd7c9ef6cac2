"""What is taken from EXIF, and what is left out."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from crackscope.imaging.photo import Photo


def photo_with(main=None, details=None, place=None, kind="JPEG"):
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(0x8769).update(details or {})
    exif.get_ifd(0x8825).update(place or {})
    options = {"exif": exif}
    if kind == "TIFF":  # Pillow's TIFF writer takes directories below the first in this form only
        options = {"tiffinfo": ImageFileDirectory_v2()}
        options["tiffinfo"].update((main or {}) | {0x8769: details or {}, 0x8825: place or {}})
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, kind, **options)
    return Photo.from_bytes(stream.getvalue())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_time_camera_focal_length_and_place_are_kept(kind):
    notes = photo_with(
        {0x010F: "DJI", 0x0110: "FC3582", 0x0132: "2024:06:01 00:00:00"},
        {0x9003: "2024:05:06 07:08:09", 0x9011: "+02:00", 0x920A: IFDRational(672, 100)},
        {1: "N", 2: (47.0, 22.0, 30.0), 3: "W", 4: (8.0, 30.0, 0.0), 5: b"\0", 6: 431.5},
        kind,
    ).metadata
    assert notes.taken_at == "2024-05-06T07:08:09+02:00"
    assert notes.camera == "DJI FC3582"
    assert notes.focal_length_mm == pytest.approx(6.72)
    assert (notes.latitude_deg, notes.longitude_deg) == pytest.approx((47.375, -8.5))
    assert notes.altitude_m == pytest.approx(431.5)


def test_a_photo_without_exif_has_only_its_format():
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG")
    notes = Photo.from_bytes(stream.getvalue()).metadata
    assert notes.format == "JPEG"
    assert {notes.taken_at, notes.camera, notes.focal_length_mm, notes.latitude_deg, notes.altitude_m} == {
        None
    }


def test_a_maker_named_in_the_model_is_not_said_twice():
    assert photo_with({0x010F: "Canon", 0x0110: "Canon EOS 5D\0"}).metadata.camera == "Canon EOS 5D"


def test_altitude_below_the_sea_is_negative():
    assert photo_with(place={5: b"\1", 6: 12.0}).metadata.altitude_m == -12.0


@pytest.mark.parametrize(
    "place",
    [
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (8.0, 0.0, 0.0)},
        {1: "N", 2: (47.0, 0.0, 0.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (IFDRational(1, 0), 0.0, 0.0), 3: "E", 4: (8.0, 0.0, 0.0)},
    ],
)
def test_an_impossible_place_is_no_place(place):
    notes = photo_with(place=place).metadata
    assert (notes.latitude_deg, notes.longitude_deg) == (None, None)


def test_senseless_entries_are_left_out():
    notes = photo_with(
        {0x0112: 77, 0x010F: "\0\0\0", 0x0132: "0000:00:00 00:00:00"},
        {0x9003: "    :  :     :  :  ", 0x920A: IFDRational(0, 0)},
    ).metadata
    assert (notes.taken_at, notes.camera, notes.focal_length_mm) == (None, None, None)


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=200), st.data())
def test_damaged_exif_never_stops_a_photo(noise, data):
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    block = bytearray(exif.tobytes())
    start = data.draw(st.integers(6, len(block)))
    block[start : start + len(noise)] = noise
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(stream, "JPEG", exif=bytes(block))
    assert Photo.from_bytes(stream.getvalue()).pixels.shape == (4, 4, 3)


def test_what_a_scale_needs_is_taken():
    notes = photo_with(
        details={
            0xA405: 26,
            0xA20E: IFDRational(2857, 1),
            0xA210: 3,
            0xA002: 4000,
            0xA003: 3000,
            0xA404: 2.0,
        },
        place={17: 271.5, 16: "T", 31: 4.5},
    ).metadata
    assert notes.focal_length_35mm_mm == 26.0
    assert notes.taken_px == (4000, 3000)
    assert notes.sensor_width_mm == pytest.approx(4000 / 285.7, rel=1e-4)  # 2857 px per cm
    assert (notes.heading_deg, notes.position_error_m, notes.digital_zoom) == (271.5, 4.5, 2.0)


@pytest.mark.parametrize(
    ("details", "place"),
    [
        ({0xA405: 0, 0xA20E: IFDRational(0, 1), 0xA002: 0, 0xA003: 3000, 0xA404: 1.0}, {17: 400.0, 31: 1e6}),
        ({0xA405: 65535, 0xA20E: 1e9, 0xA210: 9, 0xA404: 0}, {17: IFDRational(1, 0), 31: 0.0}),
    ],
)
def test_what_a_scale_needs_is_left_out_where_it_is_senseless(details, place):
    notes = photo_with(details=details, place=place).metadata
    assert {
        notes.focal_length_35mm_mm,
        notes.taken_px,
        notes.sensor_width_mm,
        notes.heading_deg,
        notes.position_error_m,
        notes.digital_zoom,
    } == {None}
