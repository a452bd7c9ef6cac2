import math

import cv2
import numpy as np
import pytest

from crackscope.engine.model_card import ModelCard
from crackscope.errors import CrackscopeError, ModelFileError, PhotoError
from crackscope.imaging.photo import Photo
from crackscope.inspection.inspection import CRACK, CUT_OFF, NO_CRACK
from crackscope.inspection.inspector import Inspector
from crackscope.measurement.scale import Scale


@pytest.fixture(scope="module")
def inspector(dark_model_file):
    return Inspector(dark_model_file, threads=1)


def wall(height=200, width=300):
    return np.full((height, width, 3), 160, np.uint8)


def with_lines(pixels, *lines):
    """Draw level dark bars: (row, first column, length, width), in px."""
    pixels = pixels.copy()
    for row, column, length_px, width_px in lines:
        pixels[row : row + width_px, column : column + length_px] = 40
    return pixels


LONG = (60, 20, 260, 5)
SHORT = (150, 40, 60, 3)
SPECK = (180, 250, 4, 3)  # shorter than the model's filter allows


def test_a_bare_wall_has_no_crack(inspector):
    inspection = inspector.inspect(wall())
    assert (inspection.verdict, inspection.coverage, inspection.cracks) == (NO_CRACK, 0.0, ())


def test_cracks_are_found_measured_and_numbered_longest_first(inspector):
    inspection = inspector.inspect(with_lines(wall(), SHORT, LONG))
    assert inspection.verdict == CRACK
    first, second = inspection.cracks
    assert (first.number, second.number) == (1, 2)
    assert first.length_px == pytest.approx(260, abs=5)
    assert second.length_px == pytest.approx(60, abs=3)
    assert first.mean_width_px == pytest.approx(5, abs=0.5)
    assert second.mean_width_px == pytest.approx(3, abs=0.5)
    assert min(first.orientation_deg, 180 - first.orientation_deg) < 1


def test_coverage_counts_the_pixels_of_the_cracks_that_were_kept(inspector):
    inspection = inspector.inspect(with_lines(wall(), LONG, SPECK))
    (crack,) = inspection.cracks
    assert crack.area_px == crack.mask.area
    assert inspection.coverage == crack.area_px / (200 * 300)


def test_a_scale_gives_millimetres_and_leaves_pixels_as_they_are(inspector):
    pixels = with_lines(wall(), LONG)
    without, scaled = inspector.inspect(pixels), inspector.inspect(pixels, scale=0.25)
    one, other = without.cracks[0], scaled.cracks[0]
    assert (one.length_mm, one.max_width_mm) == (None, None)
    assert one.length_px == other.length_px
    for name in ("length", "mean_width", "median_width", "p95_width", "max_width"):
        assert getattr(other, f"{name}_mm") == getattr(other, f"{name}_px") * 0.25
    assert scaled.scale_mm_per_px == 0.25
    assert (one.mean_width_sigma_mm, scaled.scale_sigma_mm_per_px) == (None, 0.0)
    assert other.max_width_sigma_mm == pytest.approx(other.max_width_sigma_px * 0.25)


def test_an_unsure_scale_makes_millimetres_less_sure_and_leaves_pixels_as_they_are(inspector):
    pixels = with_lines(wall(), LONG)
    exact = inspector.inspect(pixels, scale=0.25).cracks[0]
    unsure = inspector.inspect(pixels, scale=Scale(0.25, 0.05)).cracks[0]
    assert unsure.mean_width_sigma_px == exact.mean_width_sigma_px
    assert unsure.mean_width_mm == exact.mean_width_mm
    assert unsure.mean_width_sigma_mm == pytest.approx(
        math.hypot(exact.mean_width_sigma_mm, 0.05 * exact.mean_width_px)
    )


def test_a_crack_that_reaches_the_border_is_noted(inspector):
    inside, cut = inspector.inspect(with_lines(wall(), LONG, (150, 0, 100, 3))).cracks
    assert (inside.notes, cut.notes) == ((), (CUT_OFF,))


def test_widths_are_measured_on_the_photo(inspector):
    (crack,) = inspector.inspect(with_lines(wall(), LONG)).cracks
    assert crack.width_source == "photo"
    assert crack.mean_width_px == pytest.approx(
        crack.mask_mean_width_px, abs=0.5
    )  # the model's mask is exact
    assert 0.1 < crack.mean_width_sigma_px < 0.5
    assert all(row == pytest.approx(62, abs=0.5) and 20 < column < 280 for row, column, _ in crack.widths)


def test_box_and_mask_lie_where_the_line_was_drawn(inspector):
    (crack,) = inspector.inspect(with_lines(wall(), LONG)).cracks
    drawn = with_lines(wall(), LONG)[..., 0] < 100
    found = crack.mask.decode()
    assert found.shape == (200, 300)
    assert (found & drawn).sum() / (found | drawn).sum() > 0.9
    assert crack.box == crack.mask.bounding_box()


def test_a_path_a_photo_and_an_array_give_the_same_cracks(inspector, tmp_path):
    pixels = with_lines(wall(), LONG)
    path = tmp_path / "Wand übrig.png"
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    by_path = inspector.inspect(path)
    assert by_path.cracks == inspector.inspect(str(path)).cracks == inspector.inspect(pixels).cracks
    assert by_path.cracks == inspector.inspect(Photo.open(path)).cracks
    assert by_path.photo.name == "Wand übrig.png"
    assert by_path.photo.sha256 is not None
    assert (by_path.photo.height_px, by_path.photo.width_px) == (200, 300)
    assert set(by_path.timings_ms) == {"decode", "predict", "measure"}
    assert set(inspector.inspect(pixels).timings_ms) == {"predict", "measure"}


def test_the_inspection_says_which_model_looked_and_how(inspector, dark_model_file):
    model = Inspector(dark_model_file, threads=1, threshold=0.3).inspect(wall(40, 40)).model
    assert (model.name, model.precision, model.threshold, model.engine) == ("dark", "fp32", 0.3, "openvino")
    assert inspector.inspect(wall(40, 40)).model.threshold == 0.5


def test_a_lower_threshold_finds_more_pixels(dark_model_file):
    pixels = cv2.GaussianBlur(with_lines(wall(), LONG), (0, 0), 2)
    areas = [
        Inspector(dark_model_file, threads=1, threshold=threshold).inspect(pixels).cracks[0].area_px
        for threshold in (0.9, 0.5, 0.1)
    ]
    assert areas == sorted(set(areas))


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 5)])
def test_the_smallest_photos_are_inspected(inspector, shape):
    assert inspector.inspect(wall(*shape)).verdict == NO_CRACK


@pytest.mark.parametrize("threshold", [0, 1, -0.1, 2, math.nan, math.inf])
def test_a_threshold_that_is_none_is_refused(dark_model_file, threshold):
    with pytest.raises(CrackscopeError, match=r"threshold .* must lie between 0 and 1"):
        Inspector(dark_model_file, threshold=threshold)


@pytest.mark.parametrize("scale", [0, -0.2, math.nan, math.inf])
def test_a_scale_that_is_none_is_refused_before_the_photo_is_opened(inspector, scale):
    with pytest.raises(CrackscopeError, match=r"scale .* finite number of mm per px above 0"):
        inspector.inspect("no such photo.jpg", scale=scale)


def test_a_missing_photo_is_named(inspector):
    with pytest.raises(PhotoError, match=r"^no such photo\.jpg: "):
        inspector.inspect("no such photo.jpg")


def test_a_missing_model_is_named():
    with pytest.raises(ModelFileError, match=r"^no such model\.onnx: "):
        Inspector("no such model.onnx")


def test_an_unknown_engine_is_refused(dark_model_file):
    with pytest.raises(ValueError, match="steam"):
        Inspector(dark_model_file, engine="steam")


def test_both_engines_find_the_same_cracks(dark_model_file):
    pytest.importorskip("onnxruntime")
    pixels = with_lines(wall(), LONG, SHORT)
    one, other = (
        Inspector(dark_model_file, engine=e, threads=1).inspect(pixels) for e in ("openvino", "onnxruntime")
    )
    assert [crack.mask for crack in one.cracks] == [crack.mask for crack in other.cracks]


def test_the_models_filter_is_used(dark_model, tmp_path):
    card: ModelCard = dark_model.DARK_CARD
    from dataclasses import replace

    strict = replace(card, crack_filter=replace(card.crack_filter, min_length_px=100.0))
    path = dark_model.write_dark_model(tmp_path / "strict.onnx", strict)
    inspection = Inspector(path, threads=1).inspect(with_lines(wall(), LONG, SHORT))
    assert len(inspection.cracks) == 1
