import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from crackscope.engine.classification import BATCH, Classifier
from crackscope.engine.model_file import ModelFile
from crackscope.errors import ModelFileError
from crackscope.imaging.views import views, whole_view


def wall(height, width, *, cracks=(), seed=0):
    """A light wall with dark lines, each given by two (x, y) points."""
    grey = np.random.default_rng(seed).normal(170, 2, (height, width)).clip(0, 255).astype(np.uint8)
    for start, end in cracks:
        cv2.line(grey, start, end, 60, 2)
    return cv2.merge([grey] * 3)


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def classifier(request, dark_classifier_file):
    if request.param == "onnxruntime":
        pytest.importorskip("onnxruntime")
    return Classifier(dark_classifier_file, engine=request.param, threads=1)


def test_a_crack_anywhere_in_a_large_photo_makes_it_cracked(classifier):
    assert classifier.probability(wall(400, 500)) < 0.1
    for start in ((3, 3), (470, 380), (250, 200)):
        end = (start[0] + 20, start[1] + 10)
        assert classifier.probability(wall(400, 500, cracks=[(start, end)])) > 0.9


def test_a_photo_s_probability_is_the_highest_of_its_patches(classifier):
    photo = wall(200, 300, cracks=[((10, 10), (60, 20))])
    patches = list(views(photo, side_px=classifier.side_px))
    assert len(patches) > BATCH
    assert classifier.probability(photo) == pytest.approx(
        float(classifier.probabilities(patches).max()), abs=1e-6
    )


def test_a_photo_up_to_half_as_large_again_goes_in_whole(classifier):
    photo = wall(96, 90, cracks=[((20, 20), (60, 70))])
    (alone,) = classifier.probabilities([whole_view(photo, side_px=64)])
    assert classifier.probability(photo) == pytest.approx(float(alone), abs=1e-6)


def test_patches_of_any_number_are_answered_in_their_order(classifier):
    cracked, plain = wall(64, 64, cracks=[((5, 5), (50, 50))]), wall(64, 64)
    found = classifier.probabilities([cracked, plain] * (BATCH + 1))
    assert found.dtype == np.float32
    assert found.shape == (2 * BATCH + 2,)
    assert (found[::2] > 0.9).all()
    assert (found[1::2] < 0.1).all()
    assert classifier.probabilities([]).shape == (0,)


def test_getting_ready_changes_no_answer(dark_classifier_file):
    first, second = (Classifier(dark_classifier_file, threads=1) for _ in range(2))
    second.prepare()
    photo = wall(64, 64, cracks=[((5, 5), (50, 50))])
    assert first.probability(photo) == pytest.approx(second.probability(photo), abs=1e-6)


@pytest.mark.parametrize(
    "pixels", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(classifier, pixels):
    with pytest.raises(ValueError, match="uint8 of shape"):
        classifier.probability(pixels)
    with pytest.raises(ValueError, match="uint8 of shape"):
        classifier.probabilities([pixels])


def test_a_model_for_another_task_is_refused(dark_model_file):
    with pytest.raises(ModelFileError, match="for the task 'segment', not 'classify'"):
        Classifier(dark_model_file)


def test_a_model_that_does_not_say_its_size_is_refused(dark_classifier_file, tmp_path):
    write = sys.modules["dark_classifier"].write_dark_classifier
    card = ModelFile.open(dark_classifier_file).card
    for size in (None, (64, 32)):
        path = write(tmp_path / "m.onnx", replace(card, input=replace(card.input, fixed_size=size)))
        with pytest.raises(ModelFileError, match="names no square size"):
            Classifier(path)


def test_a_card_without_sure_below_is_one_of_an_earlier_version(dark_classifier_file, tmp_path):
    assert ModelFile.open(dark_classifier_file).card.sure_below == 0.2
    path = sys.modules["dark_classifier"].without_key(
        tmp_path / "old.onnx", dark_classifier_file, "sure_below"
    )
    assert ModelFile.open(path).card.sure_below is None


def test_a_sure_below_that_is_no_probability_is_refused(dark_classifier_file, tmp_path):
    write = sys.modules["dark_classifier"].write_dark_classifier
    card = ModelFile.open(dark_classifier_file).card
    write(tmp_path / "m.onnx", replace(card, sure_below=1.5))
    with pytest.raises(ModelFileError, match="'sure_below' must be a number from 0 to 1"):
        ModelFile.open(tmp_path / "m.onnx")
