import dataclasses
import json
import math

import numpy as np
import pytest

from crackscope.engine.model_card import CrackFilter
from crackscope.errors import CrackscopeError
from crackscope.imaging.metadata import PhotoMetadata
from crackscope.imaging.photo import Photo
from crackscope.imaging.wall_photo import photo_from_wall, photograph, stick_marker
from crackscope.inspection.camera_scale import CameraScale
from crackscope.inspection.inspection import NO_LINE, SCALE_UNSURE
from crackscope.inspection.inspection_json import from_document, to_line
from crackscope.inspection.inspector import Inspector
from crackscope.inspection.marker_scale import MarkerScale
from crackscope.inspection.measured_cracks import measured_cracks
from crackscope.inspection.scale_source import GivenScale, source_of
from crackscope.inspection.scale_table import ScaleTable
from crackscope.measurement.regions import RegionAssembler
from crackscope.measurement.scale import Scale
from crackscope.measurement.wall_view import WallView

PX_PER_MM, SIDE_MM = 8.0, 50.0


def named(name, metadata=None):
    photo = Photo.from_array(np.full((60, 80, 3), 160, np.uint8), name=name)
    return photo if metadata is None else dataclasses.replace(photo, metadata=metadata)


def wall_photo(places_mm=((0.0, 0.0),), *, sides_px=None, lines=(), **aside):
    """A photo of a wall of 400 × 300 mm with markers, and dark level bars (x, y, length, width), in mm."""
    wall = np.full((2400, 3200), 165, np.uint8)
    for number, (x, y) in enumerate(places_mm):
        side_px = 400 if sides_px is None else sides_px[number]
        corner = round(1200 + y * PX_PER_MM - side_px / 2), round(1600 + x * PX_PER_MM - side_px / 2)
        stick_marker(wall, number, corner_px=corner, side_px=side_px)
    for x, y, length, width in lines:
        top, left = round(1200 + y * PX_PER_MM), round(1600 + x * PX_PER_MM)
        wall[top : top + round(width * PX_PER_MM), left : left + round(length * PX_PER_MM)] = 20
    size = {"height_px": 600, "width_px": 800}
    view = photo_from_wall(**size, **({"distance_mm": 450.0, "focal_px": 900.0} | aside))
    grey = photograph(wall, view, px_per_mm=PX_PER_MM, **size, noise_sigma=1.0)
    return Photo.from_array(np.repeat(grey[..., None], 3, axis=2), name="wall")


@pytest.fixture(scope="module")
def inspector(dark_model_file):
    return Inspector(dark_model_file, threads=1)


def test_a_number_or_a_scale_is_the_same_for_all_photos():
    assert source_of(None) is None
    assert source_of(0.2) == GivenScale(Scale(0.2))
    found = source_of(Scale(0.2, 0.01)).find(named("any"))
    assert (found.scale, found.origin, found.remark) == (Scale(0.2, 0.01), "given", None)
    with pytest.raises(CrackscopeError, match="above 0"):
        source_of(0)


# Tables


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "scales.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_gives_each_photo_its_scale(tmp_path):
    path = table(tmp_path, "photo,mm_per_px,sigma_mm_per_px\na.jpg,0.2,0.01\nnorth/b.jpg,0.5,\n")
    scales = ScaleTable.read(path)
    assert scales.find(named("a.jpg")).scale == Scale(0.2, 0.01)
    assert scales.find(named("bridge/north/b.jpg")).scale == Scale(0.5)
    assert scales.find(named("bridge/north/b.jpg")).origin == "table"
    missing = scales.find(named("south/b.jpg"))
    assert missing.scale is None
    assert missing.remark == "there are no mm: scales.csv has no line for this photo."


def test_a_table_from_a_european_spreadsheet_is_read(tmp_path):
    scales = ScaleTable.read(table(tmp_path, "\ufeffphoto;mm_per_px\r\nWand 1.jpg;0,25\r\n"))
    assert scales.find(named("Wand 1.jpg")).scale == Scale(0.25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column 'photo'"),
        ("photo,scale\na.jpg,0.2\n", "has no column 'mm_per_px'"),
        ("photo,mm_per_px\n", "names no photo"),
        ("photo,mm_per_px\na.jpg,wide\n", "line 2: mm_per_px 'wide' is no number; write it as 0.2"),
        ("photo,mm_per_px\na.jpg,0\n", "line 2: scale 0.0: must be a finite number"),
        ("photo,mm_per_px\na.jpg,nan\n", "line 2: scale nan"),
        ("photo,mm_per_px\na.jpg,.2\na.jpg,.3\n", r"line 3: a\.jpg has a line already"),
        ("photo,mm_per_px\n ,0.2\n", "line 2: names no photo"),
        ("photo,mm_per_px\na.jpg,1,25\n", "line 2: has more values than the header has columns"),
        ("photo,mm_per_px,sigma_mm_per_px\na.jpg,0.2,0.3\n", "line 2: scale 0.2 ± 0.3"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(CrackscopeError, match=message):
        ScaleTable.read(table(tmp_path, text))


def test_a_table_that_is_no_text_or_not_there_is_refused(tmp_path):
    with pytest.raises(CrackscopeError, match="no UTF-8 text"):
        ScaleTable.read(table(tmp_path, "photo,mm_per_px\nWände,1\n", "latin-1"))
    with pytest.raises(CrackscopeError, match="cannot be read"):
        ScaleTable.read(tmp_path / "none.csv")
    with pytest.raises(CrackscopeError, match="cannot be read"):
        ScaleTable.read(tmp_path)


def test_lines_that_belong_to_no_photo_are_named(tmp_path):
    scales = ScaleTable.read(table(tmp_path, "photo,mm_per_px\na.jpg,1\nnorth/b.jpg,1\nc.jgp,1\n"))
    assert scales.unused(["a.jpg", "bridge/north/b.jpg", "c.jpg"]) == ["c.jgp"]


# Cameras


def test_the_scale_from_focal_length_and_distance():
    # 36 mm of sensor on 80 px behind a lens of 50 mm: 80 · 50 / 36 px of focal length.
    photo = named("a", PhotoMetadata(focal_length_mm=50.0, sensor_width_mm=36.0))
    found = CameraScale(2050.0).find(photo)
    assert found.origin == "camera"
    assert found.scale.mm_per_px == pytest.approx(2000.0 / (80 * 50 / 36))
    assert found.scale.sigma_mm_per_px / found.scale.mm_per_px == pytest.approx(math.hypot(0.01, 0.015))
    surer = CameraScale(2050.0, 0.0).find(photo).scale
    assert surer.sigma_mm_per_px / surer.mm_per_px == pytest.approx(0.015)


def test_the_scale_from_the_focal_length_on_film():
    photo = named("a", PhotoMetadata(focal_length_35mm_mm=26.0))
    # 100 px of diagonal stand for 43.27 mm of film.
    assert CameraScale(1000.0).find(photo).scale.mm_per_px == pytest.approx(
        1000 / (26 / 43.2666 * 100), rel=1e-4
    )


def test_the_user_knows_the_sensor_best():
    photo = named("a", PhotoMetadata(focal_length_mm=4.0, focal_length_35mm_mm=26.0, sensor_width_mm=36.0))
    contradicting = CameraScale(1000.0).find(photo)
    assert contradicting.scale is None
    assert "contradicts itself" in contradicting.remark
    wrong = CameraScale(1000.0, sensor_width_mm=20.0).find(
        named("a", PhotoMetadata(focal_length_mm=4.0, focal_length_35mm_mm=26.0))
    )
    assert "sensor of 20 mm contradicts" in wrong.remark
    assert CameraScale(1000.0, sensor_width_mm=5.6).find(photo).scale.mm_per_px == pytest.approx(
        996.0 / (4.0 / 5.6 * 80)
    )


@pytest.mark.parametrize(
    ("metadata", "remark"),
    [
        (PhotoMetadata(), "noted no focal length"),
        (PhotoMetadata(focal_length_mm=4.0), "not how large its sensor is"),
        (PhotoMetadata(focal_length_35mm_mm=26.0, taken_px=(4000, 2000)), "cropped to 80×60 px"),
        (PhotoMetadata(focal_length_35mm_mm=26.0, digital_zoom=2.0), "zoomed in digitally (2 times)"),
        (PhotoMetadata(focal_length_mm=2000.0, sensor_width_mm=36.0), "less than the lens's focal length"),
    ],
)
def test_a_camera_that_says_too_little_gives_no_scale(metadata, remark):
    found = CameraScale(1000.0).find(named("a", metadata))
    assert found.scale is None
    assert remark in found.remark


def test_a_photo_made_smaller_or_turned_keeps_its_angle_of_view():
    whole = PhotoMetadata(focal_length_35mm_mm=26.0, taken_px=(3000, 4000))
    assert CameraScale(1000.0).find(named("a", whole)).scale is not None


@pytest.mark.parametrize(
    "given", [(0.0,), (math.nan,), (100.0, 100.0), (100.0, 1.0, 0.0), (100.0, None, 500.0)]
)
def test_a_senseless_camera_is_refused(given):
    with pytest.raises(CrackscopeError):
        CameraScale(*given)


# Markers


@pytest.mark.parametrize("tilt", [0, 30, 50])
def test_a_crack_beside_a_marker_is_measured_on_the_wall(inspector, tilt):
    photo = wall_photo(
        ((0, -20),), lines=[(-60, 25, 120, 2.0)], tilt_deg=tilt, focal_px=1400.0, distance_mm=700.0
    )
    inspection = inspector.inspect(photo, scale=MarkerScale(SIDE_MM))
    (crack,) = inspection.cracks
    assert inspection.scale_origin == "markers"
    assert crack.length_mm == pytest.approx(120, rel=0.01)
    assert crack.mean_width_mm == pytest.approx(2.0, rel=0.06)
    assert crack.max_width_sigma_mm > 0
    assert abs(crack.length_mm - 120) < 3 * crack.length_sigma_mm


def test_nothing_on_a_marker_is_a_crack(inspector):
    photo = wall_photo(((0, 0),))
    assert inspector.inspect(photo).cracks
    assert inspector.inspect(photo, scale=MarkerScale(SIDE_MM)).cracks == ()


def test_a_photo_without_a_marker_has_no_mm_and_says_why(inspector):
    inspection = inspector.inspect(wall_photo((), lines=[(0, 0, 60, 2)]), scale=MarkerScale(SIDE_MM))
    assert inspection.scale_mm_per_px is None
    assert inspection.cracks[0].length_mm is None
    assert "no apriltag-36h11 marker was found whole" in inspection.scale_remark


def test_markers_that_contradict_each_other_give_no_mm_and_say_why(inspector):
    photo = wall_photo(((-70, 0), (70, 0)), sides_px=(400, 320), lines=[(-20, 60, 60, 2)])
    inspection = inspector.inspect(photo, scale=MarkerScale(SIDE_MM))
    assert inspection.scale_mm_per_px is None
    assert "contradict each other" in inspection.scale_remark
    assert len(inspection.cracks) == 1


def test_a_crack_too_far_from_a_small_marker_has_no_mm():
    seen = np.zeros((100, 400), np.float32)
    seen[50:53, 10:60] = seen[50:53, 300:380] = 1.0
    assembler = RegionAssembler(100, 400, 0.5)
    assembler.add(0, seen)
    spread = np.zeros((9, 9))
    spread[6, 6] = 1e-6  # of the third row's first entry: 0.1 % of depth per px
    view = WallView(np.diag([0.5, 0.5, 1.0]), spread, reference=(50.0, 35.0))
    far, near = measured_cracks(assembler.finish(), CrackFilter(0, 0, 0), scale=view)
    assert near.length_mm == pytest.approx(near.length_px / 2, rel=0.01)
    assert (far.length_mm, far.notes) == (None, (SCALE_UNSURE,))


def test_a_blob_is_measured_and_said_to_be_no_line():
    seen = np.zeros((100, 100), np.float32)
    rows, columns = np.indices(seen.shape)
    seen[(rows - 50) ** 2 + (columns - 50) ** 2 < 20**2] = 1.0
    seen[5, 5] = 1.0
    assembler = RegionAssembler(100, 100, 0.5)
    assembler.add(0, seen)
    blob, dot = measured_cracks(assembler.finish(), CrackFilter(0, 0, 0), scale=None)
    assert NO_LINE in blob.notes
    assert NO_LINE in dot.notes
    assert blob.mean_width_px == pytest.approx(40, rel=0.15)


def test_a_closed_ring_is_measured_all_round():
    seen = np.zeros((200, 200), np.float32)
    rows, columns = np.indices(seen.shape)
    away = np.hypot(rows - 100, columns - 100)
    seen[(away > 58) & (away < 62)] = 1.0
    assembler = RegionAssembler(200, 200, 0.5)
    assembler.add(0, seen)
    (ring,) = measured_cracks(assembler.finish(), CrackFilter(0, 0, 0), scale=Scale(0.1))
    assert ring.length_mm == pytest.approx(2 * math.pi * 6.0, rel=0.01)
    assert ring.tortuosity == pytest.approx(math.pi / 2, rel=0.03)
    assert ring.notes == ()


@pytest.mark.parametrize("side", [0, -3, math.nan, 1e9])
def test_a_senseless_marker_is_refused(side):
    with pytest.raises(CrackscopeError, match="side of the black square"):
        MarkerScale(side)
    with pytest.raises(CrackscopeError, match="choose one of"):
        MarkerScale(50, "qr")


def test_an_inspection_with_markers_comes_back_from_json(inspector):
    inspection = inspector.inspect(
        wall_photo(((0, -20),), lines=[(-60, 25, 120, 2.0)], tilt_deg=20), scale=MarkerScale(SIDE_MM)
    )
    assert from_document(json.loads(to_line(inspection))) == inspection
    assert len(inspection.wall_from_photo) == 9
    assert inspection.density_m_per_m2 > 0
