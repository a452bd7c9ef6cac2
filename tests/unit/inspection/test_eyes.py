import cv2
import numpy as np
import pytest

from crackscope.engine.classification import Classifier
from crackscope.engine.model_card import TASKS
from crackscope.engine.segmentation import Segmenter
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.eye import Seen
from crackscope.inspection.eyes import EYES
from crackscope.inspection.inspection import CRACK, NO_CRACK, PhotoRecord
from crackscope.inspection.inspector import Inspector, Sighting
from crackscope.inspection.segmenting_eye import SegmentingEye
from crackscope.measurement.region import Region


def wall_with(*lines, dark=40):
    """A grey wall of 300×200 px with level bars: (row, first column, length, width), in px."""
    pixels = np.full((200, 300, 3), 160, np.uint8)
    for row, column, length_px, width_px in lines:
        pixels[row : row + width_px, column : column + length_px] = dark
    return pixels


UPPER_LEFT, LOWER_LEFT, RIGHT = (60, 10, 130, 5), (150, 20, 70, 3), (100, 160, 130, 3)
FAINT = 118
"""Grey of a line that the dark models are not sure of."""


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def detecting(request, dark_halves_file):
    if request.param == "onnxruntime":
        pytest.importorskip("onnxruntime")
    return Inspector(dark_halves_file, engine=request.param, threads=1)


@pytest.fixture(scope="module")
def classifying(dark_classifier_file):
    return Inspector(dark_classifier_file, threads=1)


def test_there_is_an_eye_for_every_task_of_a_model_file():
    assert set(EYES) == set(TASKS)


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_what_a_segmentation_sees_does_not_depend_on_the_strips(dark_model_file, monkeypatch, rows):
    pixels = wall_with(UPPER_LEFT, RIGHT)
    cv2.line(pixels, (30, 80), (200, 190), (40, 40, 40), 2)
    segmenter = Segmenter(dark_model_file, threads=1)
    eye = SegmentingEye(segmenter, 0.5)
    whole = eye.look(pixels)
    assert whole.regions
    probability = segmenter.probability_map(pixels)
    strips = [(row, probability[row : row + rows]) for row in range(0, len(probability), rows)]
    monkeypatch.setattr(segmenter, "strips", lambda _: iter(strips))
    cut = eye.look(pixels)
    assert [region.mask for region in cut.regions] == [region.mask for region in whole.regions]
    assert [region.mean_probability for region in cut.regions] == pytest.approx(
        [region.mean_probability for region in whole.regions]
    )


def test_a_crack_that_a_detector_draws_in_pieces_stays_one_crack_and_its_pieces_are_measured_together(
    detecting,
):
    inspection = detecting.inspect(wall_with(UPPER_LEFT, LOWER_LEFT, RIGHT), scale=0.5)
    left, right = inspection.cracks
    assert inspection.verdict == CRACK
    assert left.area_px == 130 * 5 + 70 * 3
    assert left.length_px == pytest.approx(130 + 70, abs=3)
    assert left.length_mm == pytest.approx(left.length_px * 0.5)
    assert left.max_width_px == pytest.approx(5, abs=0.5)
    assert left.mean_width_px == pytest.approx((130 * 5 + 70 * 3) / 200, abs=0.3)
    assert len(left.centreline) == 2
    assert (left.box.row, left.box.column, left.box.height, left.box.width) == (60, 10, 93, 130)
    assert (right.area_px, len(right.centreline)) == (130 * 3, 1)


def test_a_detected_crack_is_as_sure_as_its_score(detecting):
    (crack,) = detecting.inspect(wall_with(RIGHT)).cracks
    assert crack.mean_probability == crack.peak_probability == pytest.approx(1.0, abs=1e-4)
    (fainter,) = detecting.inspect(wall_with(RIGHT, dark=FAINT)).cracks
    assert 0.6 <= fainter.mean_probability == fainter.peak_probability < 0.95


def test_the_threshold_of_a_detector_is_the_least_score(dark_halves_file, detecting):
    pixels = wall_with(RIGHT, dark=FAINT)
    (crack,) = detecting.inspect(pixels).cracks
    for threshold, verdict in (
        (crack.peak_probability - 0.01, CRACK),
        (crack.peak_probability + 0.01, NO_CRACK),
    ):
        inspector = Inspector(dark_halves_file, threads=1, threshold=threshold)
        assert inspector.inspect(pixels).verdict == verdict


def test_a_wall_on_which_a_detector_finds_nothing_is_crack_free(detecting):
    inspection = detecting.inspect(wall_with())
    assert (inspection.verdict, inspection.coverage, inspection.cracks) == (NO_CRACK, 0.0, ())
    assert inspection.probability is None


def test_pixels_that_detected_cracks_share_are_covered_once(detecting):
    def region(rows):
        mask = RunLengthMask.from_pixels(*np.mgrid[rows, 10:60], height=200, width=300)
        return Region(mask.bounding_box(), mask, mask.area, 0.9, 0.9)

    crossing = Seen(regions=(region(slice(20, 30)), region(slice(25, 40))))
    inspection = detecting.describe(Sighting(PhotoRecord("wall", 200, 300), crossing))
    assert sorted(crack.area_px for crack in inspection.cracks) == [10 * 50, 15 * 50]
    assert inspection.coverage == 20 * 50 / (200 * 300)


def test_a_classifier_says_that_there_is_a_crack_and_not_where(classifying, dark_classifier_file):
    pixels = wall_with(RIGHT)
    inspection = classifying.inspect(pixels)
    assert (inspection.verdict, inspection.coverage, inspection.cracks) == (CRACK, None, ())
    assert inspection.probability == Classifier(dark_classifier_file, threads=1).probability(pixels)
    assert not inspection.is_located
    assert set(inspection.timings_ms) == {"predict"}


def test_a_classifier_s_crack_free_photo_is_one(classifying):
    inspection = classifying.inspect(wall_with())
    assert (inspection.verdict, inspection.coverage, inspection.cracks) == (NO_CRACK, None, ())
    assert 0.0 <= inspection.probability < 0.5
    assert inspection.is_located


def test_the_threshold_of_a_classifier_divides_the_photos(classifying, dark_classifier_file):
    pixels = wall_with(RIGHT, dark=FAINT)
    probability = classifying.inspect(pixels).probability
    assert 0.1 < probability < 0.95
    for threshold, verdict in ((probability, CRACK), (probability + 0.01, NO_CRACK)):
        strict = Inspector(dark_classifier_file, threads=1, threshold=threshold)
        assert strict.inspect(pixels).verdict == verdict
