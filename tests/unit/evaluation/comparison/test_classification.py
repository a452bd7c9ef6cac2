import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("pydantic")

from crackscope.evaluation.bootstrap import resample_sums
from crackscope.evaluation.classification import evaluate_classifier, open_picture_predictor
from crackscope.evaluation.comparison.classification import CLASSIFICATION
from crackscope.evaluation.comparison.judges import judge_of
from crackscope.evaluation.comparison.pairing import difference
from crackscope.evaluation.comparison.pictures import choose_shown
from crackscope.training.recipe import parse_recipe
from crackscope.training.tasks.classification import ClassificationTask

TILE = (40, 60)


def tile(darkness):
    """A light tile with a line across it that is so much darker, 0…1."""
    grey = np.full(TILE, 170, np.uint8)
    cv2.line(grey, (4, 8), (54, 30), round(170 - 170 * darkness), 2)
    return cv2.merge([grey] * 3)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Class folders with a crack that cannot be seen and a line that is none, and a large picture with a
    mask."""
    folder = tmp_path_factory.mktemp("sets")
    for name, lines in (("Positive", [0.8, 0.7, 0.15, 0.0]), ("Negative", [0.0, 0.7, 0.0])):
        (folder / "tiles" / name).mkdir(parents=True)
        for number, darkness in enumerate(lines):
            cv2.imwrite(str(folder / "tiles" / name / f"{number}.png"), tile(darkness))
    mask = np.zeros((120, 400), np.uint8)
    cv2.line(mask, (300, 20), (390, 100), 255, 3)
    for name, grey in (("images", np.where(mask > 0, 40, 170).astype(np.uint8)), ("masks", mask)):
        (folder / "walls" / name).mkdir(parents=True)
        cv2.imwrite(str(folder / "walls" / name / "wall.png"), cv2.merge([grey] * 3))
    return folder


@pytest.fixture(scope="module")
def lax_file(dark_classifier_file, tmp_path_factory):
    """The dark classifier with a threshold under which faint lines are cracks, too."""
    module = sys.modules["dark_classifier"]
    path = tmp_path_factory.mktemp("models") / f"lax-{dark_classifier_file.name}"
    return module.write_dark_classifier(path, replace(module.DARK_CLASSIFIER_CARD, threshold=0.1))


@pytest.fixture(scope="module")
def samples(sets):
    return CLASSIFICATION.find([sets])


def judge(model, samples, *, seed=0):
    shown = [each.image for each in samples]
    return CLASSIFICATION.judge(model, samples, shown=shown, seed=seed, threads=1, progress=lambda _: None)


@pytest.fixture(scope="module")
def strict(dark_classifier_file, samples):
    return judge(dark_classifier_file, samples)


def test_a_model_gets_the_figures_that_an_evaluation_of_whole_pictures_gives_it(
    strict, dark_classifier_file, samples
):
    expected = evaluate_classifier(open_picture_predictor(str(dark_classifier_file)), samples).overall
    assert 0 < strict.figures["f1"].value < 1
    for name, figure in strict.figures.items():
        assert figure == expected.figures[name], name
    counts = (expected.judged, expected.cracked, expected.sources)
    assert (strict.pictures, strict.cracked, strict.sources) == counts == (8, 5, 8)


def test_the_draws_are_those_behind_the_interval(strict):
    low, high = np.nanquantile(strict.main_draws, [0.025, 0.975])
    interval = strict.figures["f1"].interval
    assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))


def test_a_model_differs_from_itself_by_exactly_nothing(strict, dark_classifier_file, samples):
    found = difference(strict, judge(dark_classifier_file, samples), "f1")
    assert (found.value, found.interval.low, found.interval.high) == (0, 0, 0)


def test_every_draw_draws_the_same_photos_for_both_models(dark_classifier_file, lax_file, samples):
    """Of one set F1 is a ratio of sums: it follows from the draws of all other evaluations."""
    tiles = [each for each in samples if each.set_name == "tiles"]
    draws = []
    for model in (dark_classifier_file, lax_file):
        predictor = open_picture_predictor(str(model))
        called = [
            predictor.probability(cv2.imread(str(each.image))) >= predictor.facts.threshold for each in tiles
        ]
        rows = np.array(
            [[c and s.unmasked_crack, c, s.unmasked_crack] for c, s in zip(called, tiles, strict=True)], float
        )
        hits, calls, truths = resample_sums(rows, seed=5, stream="tiles").T
        with np.errstate(invalid="ignore"):
            f1 = np.where(truths > 0, 2 * hits / (calls + truths), np.nan)
        np.testing.assert_allclose(judge(model, tiles, seed=5).main_draws, f1)
        draws.append(f1)
    assert np.nanmax(np.abs(draws[0] - draws[1])) > 0.1


def answer_of(judged, sets, name):
    drawn = judged.drawn[sets / name]
    (view,) = drawn.views
    return "#{:02x}{:02x}{:02x}".format(*view[-1, -1, :3]), drawn.caption


def test_frame_and_caption_tell_right_answers_from_misses_and_false_alarms(strict, sets):
    right, missed, alarm = (colour for colour, _ in CLASSIFICATION.legend)
    for name, colour, called in (
        ("tiles/Positive/0.png", right, True),
        ("tiles/Positive/3.png", missed, False),
        ("tiles/Negative/0.png", right, False),
        ("tiles/Negative/1.png", alarm, True),
        ("walls/images/wall.png", right, True),
    ):
        own, caption = answer_of(strict, sets, name)
        assert own == colour, name
        assert caption.startswith("crack ")
        assert (float(caption.removeprefix("crack ")) >= 0.5) == called


def test_photo_truth_and_answer_are_of_one_size_and_small_tiles_are_enlarged(strict, samples):
    for sample in samples:
        photo, truth = CLASSIFICATION.draw_truth(sample)
        (view,) = strict.drawn[sample.image].views
        assert photo.shape[:2] == truth.shape[:2] == view.shape[:2]
        assert 180 < max(photo.shape) <= 360
        clear = view[..., 3] == 0
        assert clear[view.shape[0] // 2, view.shape[1] // 2], "the photo shows through"


def test_the_truth_shows_the_mask_where_there_is_one(samples):
    wall = next(each for each in samples if each.set_name == "walls")
    _, truth = CLASSIFICATION.draw_truth(wall)
    assert truth[round(60 * 0.9), round(345 * 0.9), 3] > 0
    assert truth[round(60 * 0.9), round(100 * 0.9), 3] == 0


def test_cracked_pictures_without_a_mask_are_shown_as_cracked_ones(samples):
    shown = choose_shown(samples, most=5)
    assert sum(not each.unmasked_crack and each.mask is None for each in shown) == 1
    assert len(shown) == 5


def test_pictures_with_fat_masks_stay(samples):
    fat = parse_recipe(
        {"name": "x", "task": "classify", "data": {"sets": {"walls": {"mask_margin_px": 3}}}}, source="x"
    )
    assert CLASSIFICATION.fit(samples, [fat]) == samples


def test_a_picture_that_cannot_be_read_is_named(dark_classifier_file, samples, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"broken")
    judged = judge(dark_classifier_file, [replace(samples[0], image=broken), *samples[1:]])
    (failure,) = judged.failures
    assert "broken.png" in failure.reason
    assert judged.pictures == len(samples) - 1


def test_the_curve_is_of_the_figure_by_which_the_best_epoch_is_kept():
    assert judge_of("classify") is CLASSIFICATION
    assert CLASSIFICATION.validation_column == ClassificationTask.monitor
