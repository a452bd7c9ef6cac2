import sys

import numpy as np
import pytest

from crackscope.engine.model_file import ModelFile
from crackscope.errors import CrackscopeError, ModelFileError
from crackscope.imaging.encode import write_png
from crackscope.imaging.folder import find_photos
from crackscope.inspection.inspection import CRACK, NO_CRACK, ModelRecord, Screening
from crackscope.inspection.inspector import Inspector
from crackscope.inspection.records import read_inspections
from crackscope.inspection.survey import Survey

SURE_BELOW = 0.2


def wall(*, cracked):
    pixels = np.full((150, 200, 3), 160, np.uint8)
    if cracked:
        pixels[70:75, 20:180] = 40
    return pixels


@pytest.fixture(scope="module")
def screened(dark_model_file, dark_classifier_file):
    return Inspector(dark_model_file, screen=dark_classifier_file, threads=1)


def test_a_surely_crack_free_photo_is_not_shown_to_the_main_model(screened, monkeypatch):
    def refuse(_):
        raise AssertionError("the main model was asked")

    monkeypatch.setattr(screened._eye, "look", refuse)
    inspection = screened.inspect(wall(cracked=False))
    assert (inspection.verdict, inspection.coverage, inspection.cracks) == (NO_CRACK, 0.0, ())
    assert inspection.is_screened_out
    assert inspection.screening.probability == inspection.probability < SURE_BELOW
    assert inspection.model.name == "dark"
    assert "screen" in inspection.timings_ms
    assert "predict" not in inspection.timings_ms


def test_any_other_photo_is_inspected_as_ever(screened, dark_model_file):
    pixels = wall(cracked=True)
    inspection, alone = screened.inspect(pixels), Inspector(dark_model_file, threads=1).inspect(pixels)
    assert inspection.verdict == CRACK
    assert (inspection.cracks, inspection.coverage) == (alone.cracks, alone.coverage)
    assert not inspection.is_screened_out
    assert inspection.screening.model.name == "dark-classifier"
    assert inspection.screening.sure_below == SURE_BELOW
    assert set(inspection.timings_ms) == {"screen", "predict", "measure"}
    assert (alone.screening, alone.probability) == (None, None)


def test_a_detector_can_be_screened_too(dark_halves_file, dark_classifier_file):
    inspector = Inspector(dark_halves_file, screen=dark_classifier_file, threads=1)
    assert inspector.inspect(wall(cracked=False)).is_screened_out
    assert len(inspector.inspect(wall(cracked=True)).cracks) == 2


def test_a_photo_at_the_limit_passes():
    model = ModelRecord("c", "0", "fp32", 0.5, "openvino")
    assert Screening(model, 0.2, 0.2).passed
    assert not Screening(model, 0.19, 0.2).passed


def test_what_is_no_classifier_cannot_screen(dark_model_file):
    with pytest.raises(
        ModelFileError, match=r"dark\.onnx: a model for the task 'segment' cannot screen photos; give a"
    ):
        Inspector(dark_model_file, screen=dark_model_file)


def test_a_classifier_that_was_never_sure_cannot_screen(dark_model_file, dark_classifier_file, tmp_path):
    old = tmp_path / "old.onnx"
    sys.modules["dark_classifier"].without_key(old, dark_classifier_file, "sure_below")
    with pytest.raises(ModelFileError, match=r"old.onnx: its model card .* train it with 60 cracked"):
        Inspector(dark_model_file, screen=old)


def test_a_classifier_is_not_screened_by_another(dark_classifier_file):
    with pytest.raises(
        ModelFileError, match=r"dark-classifier.onnx: is a classifier, .* leave the screen out"
    ):
        Inspector(dark_classifier_file, screen=ModelFile.open(dark_classifier_file))


def test_a_missing_screen_is_named(dark_model_file):
    with pytest.raises(ModelFileError, match=r"^no such model\.onnx: "):
        Inspector(dark_model_file, screen="no such model.onnx")


def test_a_survey_says_of_every_photo_what_the_screen_said_and_is_resumed_with_it_only(
    screened, dark_model_file, tmp_path
):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, cracked in (("a", True), ("b", False), ("c", False)):
        write_png(photos / f"{name}.png", wall(cracked=cracked))
    found = find_photos([photos])
    outcome = Survey(screened, tmp_path / "out").run(found[:2])
    assert (outcome.inspected, outcome.cracked) == (2, 1)
    with pytest.raises(CrackscopeError, match="begun with screen dark-classifier, not none"):
        Survey(Inspector(dark_model_file, threads=1), tmp_path / "out", resume=True).run(found)
    assert Survey(screened, tmp_path / "out", resume=True).run(found).skipped == 2
    read = list(read_inspections(tmp_path / "out" / "inspections.jsonl"))
    assert [inspection.is_screened_out for inspection in read] == [False, True, True]
